import type { INestApplication, LoggerService } from '@nestjs/common';
import request, { type Response } from 'supertest';
import { type Config, readConfig } from '../../apps/demo/src/config.js';
import { createApp } from '../../apps/demo/src/create-app.js';
import { examplePeople } from '../../apps/demo/src/database/example-people.js';

export type Platform = Config['platform'];
export const platforms: readonly Platform[] = ['express', 'fastify'];

export interface Shop {
  readonly app: INestApplication;
  readonly url: string;
  close(): Promise<void>;
}

/** The real shop on a free port; without a database of its own it brings the embedded one. */
export async function openShop(changes: Partial<Config> = {}, logger: LoggerService | false = false): Promise<Shop> {
  const app = await createApp(Object.assign(readConfig({}), changes), { logger });
  await app.listen(0, '127.0.0.1');
  return { app, url: await app.getUrl(), close: () => app.close() };
}

export function passwordOf(name: string): string {
  const person = examplePeople.find((one) => one.name === name);
  if (!person) throw new Error(`nobody is called ${name}`);
  return person.password;
}

export function logIn(url: string, username: string, password = passwordOf(username)): request.Test {
  return request(url).post('/login').send({ username, password });
}

export async function tokenOf(url: string, name: string): Promise<string> {
  const { body } = await logIn(url, name).expect(200);
  return String(body.token);
}

/** What a log-in with a session and a refresh answer. */
export interface Opened {
  readonly token: string;
  readonly expiresAt: string;
  readonly refreshToken: string;
  readonly refreshExpiresAt: string;
}

export async function openSession(url: string, name: string, device?: string): Promise<Opened> {
  const { body } = await logIn(url, name).send({ session: true, device }).expect(200);
  return body as Opened;
}

export function refresh(url: string, refreshToken: string): request.Test {
  return request(url).post('/refresh').send({ refreshToken });
}

/** Requests in somebody's name. */
export async function as(url: string, name: string): Promise<ReturnType<typeof request.agent>> {
  return request.agent(url).auth(await tokenOf(url, name), { type: 'bearer' });
}

/** What the policy tells a client: status, code and challenge. */
export function verdict({ status, body, headers }: Response): unknown[] {
  return [status, body.code, headers['www-authenticate']];
}

export const REVOKED = [401, 'ERR_TOKEN_REVOKED', 'Bearer realm="shop-api", error="invalid_token"'];
export const UNAVAILABLE = [503, 'ERR_POLICY_UNAVAILABLE', undefined];

/** Asks again and again until the answer has this status, or the time is over. */
export async function until(status: number, ask: () => PromiseLike<Response>, within = 2_000): Promise<Response> {
  const end = performance.now() + within;
  for (;;) {
    const answer = await ask();
    if (answer.status === status || performance.now() > end) return answer;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Windows of the log-in begin at the multiples of their length: waits for the next one, unless this one has `left` to go. */
export async function untilWindow(length: number, left = length * 0.7): Promise<void> {
  const rest = length - (Date.now() % length);
  if (rest < left) await new Promise((resolve) => setTimeout(resolve, rest + 20));
}

/** A refusal in the shape of Nest's own, and nothing else. */
export function refusal(statusCode: number, error: string): object {
  return { statusCode, error, message: expect.anything() };
}
