import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { AUDIENCE } from './tokens.js';

const CLIENT_ID = 'shop-client';
const RESOURCE = 'https://api.shop.example';

export interface IdentityProvider {
  readonly issuer: string;
  /** What its tokens say in `sub`. */
  readonly subject: string;
  /** An access token for the shop, of the client itself (RFC 6749, section 4.4). Scopes: `view` and `edit`. */
  getToken(options?: { readonly scope?: string }): Promise<string>;
  /** Signs with a new key from now on, and publishes no other. */
  rotateKeys(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts an OpenID provider that issues access tokens in the form of RFC 9068. */
export async function startIdentityProvider(): Promise<IdentityProvider> {
  const secret = randomUUID();
  const child = fork(resolve('test/support/identity-provider-process.js'), {
    env: { ...process.env, CLIENT_ID, CLIENT_SECRET: secret, AUDIENCE },
    // It warns of the version of Node and of plain http.
    silent: true,
    execArgv: [],
  });
  const died = once(child, 'exit').then(([code]) =>
    Promise.reject(new Error(`the provider ended with ${String(code)}`)),
  );
  died.catch(() => undefined);
  const [{ issuer }] = (await Promise.race([once(child, 'message'), died])) as [{ issuer: string }];
  return {
    issuer,
    subject: CLIENT_ID,
    getToken: async ({ scope = 'view' } = {}) => {
      const response = await fetch(`${issuer}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`${CLIENT_ID}:${secret}`).toString('base64')}` },
        body: new URLSearchParams({ grant_type: 'client_credentials', scope, resource: RESOURCE }),
      });
      const answer = (await response.json()) as { access_token?: string };
      if (answer.access_token === undefined) throw new Error(`no token was issued: ${JSON.stringify(answer)}`);
      return answer.access_token;
    },
    rotateKeys: async () => {
      const rotated = once(child, 'message');
      child.send('rotate');
      await rotated;
    },
    stop: async () => {
      if (child.exitCode !== null) return;
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}
