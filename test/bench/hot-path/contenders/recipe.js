import { createPublicKey, createSecretKey } from 'node:crypto';
import { Inject, Injectable, SetMetadata, UseGuards } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { JwtModule, JwtService } from '@nestjs/jwt';
import { AuthGuard, PassportModule, PassportStrategy } from '@nestjs/passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { decorate, parameter } from '../../decorate.js';
import { shelves } from './shelves.js';

const PERMISSIONS_KEY = 'permissions';

export class JwtAuthGuard extends AuthGuard('jwt') {}
decorate(JwtAuthGuard, [Injectable()]);

class PermissionsGuard {
  constructor(reflector) {
    this.reflector = reflector;
  }

  canActivate(context) {
    const required = this.reflector.getAllAndOverride(PERMISSIONS_KEY, [context.getHandler(), context.getClass()]);
    if (!required) return true;
    const { user } = context.switchToHttp().getRequest();
    return required.every((permission) => user.permissions?.includes(permission));
  }
}
decorate(PermissionsGuard, [Injectable(), parameter(0, Inject(Reflector))]);

/** What the documentation of Nest tells people to write, with the key as text. */
export function recipe({ key, routes = 1, required }) {
  return guardedBy(key.secret ?? key.publicKey, { key, routes, required });
}

/** The same by somebody who knows what jsonwebtoken does with text. */
export function recipeWithKeyObject({ key, routes = 1, required }) {
  return guardedBy(keyObject(key), { key, routes, required });
}

export function keyObject({ secret, publicKey }) {
  return secret === undefined ? createPublicKey(publicKey) : createSecretKey(secret, 'utf8');
}

/** The module of the documentation: who signs in gets a token, who brings it is known. */
export function authentication(secretOrKey, { alg, secret, privateKey, publicKey }) {
  class JwtStrategy extends PassportStrategy(Strategy) {
    constructor() {
      super({ jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(), ignoreExpiration: false, secretOrKey });
    }

    async validate({ sub, username, permissions }) {
      return { userId: sub, username, permissions };
    }
  }
  decorate(JwtStrategy, [Injectable()]);
  const signOptions = { algorithm: alg, expiresIn: '1h' };
  return {
    imports: [PassportModule, JwtModule.register({ secret, privateKey, publicKey, signOptions })],
    providers: [JwtStrategy, JwtAuthGuard],
    issue: (app, id, permissions) => app.get(JwtService).signAsync({ sub: id, username: id, permissions }),
  };
}

function guardedBy(secretOrKey, { key, routes, required }) {
  const { imports, providers, issue } = authentication(secretOrKey, key);
  return {
    imports,
    providers: [...providers, PermissionsGuard],
    controllers: shelves(routes, {
      ofRoutes: [SetMetadata(PERMISSIONS_KEY, required)],
      ofControllers: [UseGuards(JwtAuthGuard, PermissionsGuard)],
    }),
    guards: [JwtAuthGuard, PermissionsGuard],
    issue,
  };
}
