import jwt from '@fastify/jwt';
import fastify from 'fastify';
import { FIRST_ROUTE } from './shelves.js';

/** The same route without Nest. */
export async function bareFastify() {
  return withRoute(fastify(), {});
}

export async function fastifyJwt({ key, required }) {
  return guarded({ key, required, verify: {} });
}

/** As many tokens as fit into our cache. */
export async function fastifyJwtWithCache({ key, required }) {
  return guarded({ key, required, verify: { cache: 10_000 } });
}

/** As its documentation protects routes, with the check of permissions that it leaves to the reader. */
async function guarded({ key, required, verify }) {
  const { alg, secret, privateKey, publicKey } = key;
  const app = fastify();
  await app.register(jwt, {
    secret: secret ?? { private: privateKey, public: publicKey },
    sign: { algorithm: alg },
    verify,
  });
  return withRoute(app, {
    onRequest: async (request, reply) => {
      try {
        await request.jwtVerify();
      } catch (error) {
        reply.send(error);
      }
    },
    preHandler: async ({ user }, reply) => {
      const allowed = required.every((permission) => user.permissions?.includes(permission));
      return allowed ? undefined : reply.code(403).send({ message: 'Forbidden' });
    },
  });
}

function withRoute(app, hooks) {
  app.get(FIRST_ROUTE, hooks, () => ({ shelf: 0, item: 0, left: [] }));
  return app;
}

/** A promise of the address. */
export async function addressOf(app) {
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  app.server.keepAliveTimeout = 0;
  return url;
}
