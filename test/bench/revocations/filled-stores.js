import { randomBytes } from 'node:crypto';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import { JwtPolicyModule, MemoryRevocations, secretKey, TokenService } from 'nestjs-jwt-policy';
import { redisRevocations } from 'nestjs-jwt-policy/redis';
import { decorate } from '../decorate.js';
import { entries, idOf } from './entries.js';

/** The ways in which entries get into a store. */
export const FILLED_STORES = {
  /** Entries whose texts were read from somewhere. */
  'memory, added': async ({ kind, count }) => {
    const store = new MemoryRevocations();
    for (const entry of entries(kind, count)) await store.add(entry);
    return store;
  },
  /** What an app does at log-out. */
  'memory, by TokenService': async ({ kind, count }) => {
    const store = new MemoryRevocations();
    const tokens = await tokenService(store);
    for (let number = 0; number < count; number += 1) {
      const id = idOf(number);
      if (kind === 'token') await tokens.revoke((await tokens.issue({ id })).token);
      else await tokens.revokeAll(id);
    }
    return store;
  },
  /** What an instance does when it starts. */
  'replica of Redis': async ({ address, prefix }) => {
    const store = redisRevocations(new Redis(address), { prefix });
    await store.open();
    return store;
  },
};

/** Puts entries into Redis for a replica to load. */
export async function fillRedis({ address, prefix, kind, count }) {
  const client = new Redis(address);
  const store = redisRevocations(client, { prefix, timeout: '60s' });
  let added = [];
  for (const entry of entries(kind, count)) {
    added.push(store.add(entry));
    if (added.length === 1000) await Promise.all(added.splice(0));
  }
  await Promise.all(added);
  client.disconnect();
}

async function tokenService(revocations) {
  class App {}
  const policy = JwtPolicyModule.forRoot({
    issuer: 'https://shop.example',
    audience: 'shop-api',
    keys: secretKey(randomBytes(64).toString('base64url')),
    verify: { maxLifetime: '7d' },
    issue: { lifetime: '7d' },
    identify: { revocations },
  });
  decorate(App, [Module({ imports: [policy] })]);
  const app = await NestFactory.createApplicationContext(App, { logger: ['error', 'warn'] });
  return app.get(TokenService);
}
