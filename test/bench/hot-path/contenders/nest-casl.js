import { Module, UseGuards } from '@nestjs/common';
import { AccessGuard, Actions, CaslModule, UseAbility } from 'nest-casl';
import { decorate } from '../../decorate.js';
import { authentication, JwtAuthGuard, keyObject } from './recipe.js';
import { shelves } from './shelves.js';

class Item {}

/** The recipe with a KeyObject, and nest-casl in place of its own guard: a permission of the token is a role. */
export function nestCasl({ key, routes = 1, required }) {
  const { imports, providers, issue } = authentication(keyObject(key), key);
  const permissions = Object.fromEntries(required.map((name) => [name, ({ can }) => can(Actions.read, Item)]));
  const controllers = shelves(routes, {
    ofRoutes: [UseAbility(Actions.read, Item)],
    ofControllers: [UseGuards(JwtAuthGuard, AccessGuard)],
  });
  class Shop {}
  decorate(Shop, [Module({ imports: [CaslModule.forFeature({ permissions })], controllers })]);
  const root = CaslModule.forRoot({ getUserFromRequest: ({ user }) => ({ id: user.userId, roles: user.permissions }) });
  return { imports: [...imports, root, Shop], providers, issue };
}
