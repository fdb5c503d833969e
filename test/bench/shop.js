import { Controller, Get, HttpCode, Inject, Module, Param, Post, Query } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  Authenticated,
  CurrentIdentity,
  JwtPolicyModule,
  Public,
  RequirePermission,
  secretKey,
  TokenService,
} from 'nestjs-jwt-policy';
import { decorate, parameter } from './decorate.js';

const ADAPTERS = { express: () => new ExpressAdapter(), fastify: () => new FastifyAdapter() };

export const PLATFORMS = Object.keys(ADAPTERS);

class BasketController {
  show(me) {
    return { owner: me.id, items: [] };
  }
}
decorate(BasketController, [Controller('basket')], {
  show: [Get(), RequirePermission('view'), parameter(0, CurrentIdentity())],
});

class TokensController {
  constructor(tokens) {
    this.tokens = tokens;
  }

  logIn(subject, lifetime) {
    return this.tokens.issue({ id: subject, permissions: ['view'] }, { lifetime });
  }

  async logOut(me) {
    await this.tokens.revoke(me.token);
  }

  async forget(subject) {
    await this.tokens.forget(subject);
  }
}
decorate(TokensController, [Controller(), parameter(0, Inject(TokenService))], {
  logIn: [Post('login/:subject'), Public(), parameter(0, Param('subject')), parameter(1, Query('lifetime'))],
  logOut: [Post('logout'), HttpCode(204), Authenticated(), parameter(0, CurrentIdentity())],
  forget: [Post('changes/:subject'), HttpCode(204), Public(), parameter(0, Param('subject'))],
});

/** The address of an app that listens as long as its process lives. Its `GET /basket` needs `view`. */
export async function openShop({ platform, secret, identify }) {
  class Shop {}
  const policy = JwtPolicyModule.forRoot({
    issuer: 'https://shop.example',
    audience: 'shop-api',
    keys: secretKey(secret),
    issue: { lifetime: '1h' },
    identify,
  });
  decorate(Shop, [Module({ imports: [policy], controllers: [BasketController, TokensController] })]);
  const app = await NestFactory.create(Shop, ADAPTERS[platform](), { logger: ['error', 'warn'] });
  await app.listen(0, '127.0.0.1');
  // Connections wait while another shop has its turn.
  app.getHttpServer().keepAliveTimeout = 0;
  return app.getUrl();
}
