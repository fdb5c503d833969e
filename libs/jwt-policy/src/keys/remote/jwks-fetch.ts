import type { JsonWebKey } from 'node:crypto';
import { PolicyConfigurationError } from '../../errors.js';
import { shownUrl } from './key-server-url.js';
import { fetchStrictly } from './strict-fetch.js';

const MAX_KEYS = 100;

/**
 * Reads a JWK Set (RFC 7517, section 5).
 *
 * @throws {PolicyConfigurationError} when the package that does so is not there.
 * @throws {Error} when there is no such set, or it is too large.
 */
export async function fetchJwks(url: URL, signal: AbortSignal): Promise<readonly JsonWebKey[]> {
  const jose = await loadJose();
  let failure: unknown;
  const remote = jose.createRemoteJWKSet(url, {
    [jose.customFetch]: async (_url, { headers }) => {
      const body = await fetchStrictly(url, headers, signal).catch((error: unknown) => {
        failure = error;
        throw error;
      });
      return new Response(body);
    },
  });
  try {
    await remote.reload();
  } catch {
    // A parser quotes what it reads, which is not for a log.
    throw failure ?? new Error(`${shownUrl(url)} answered with something else than a JWK Set`);
  }
  const { keys } = remote.jwks() as { keys: JsonWebKey[] };
  if (keys.length <= MAX_KEYS) return keys;
  throw new Error(`${shownUrl(url)} holds more than ${MAX_KEYS} keys`);
}

/** Only now, so that those who have no use for it need not install it. */
async function loadJose(): Promise<typeof import('jose')> {
  try {
    return await import('jose');
  } catch (error) {
    const isMissing = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes(
      (error as NodeJS.ErrnoException).code ?? '',
    );
    if (isMissing) {
      throw new PolicyConfigurationError('keys', 'of another issuer need the package jose', 'npm install jose');
    }
    // It is an ES module, which Jest for one cannot require.
    const { message } = error as Error;
    throw new PolicyConfigurationError(
      'keys',
      `of another issuer need jose, which does not load (${message})`,
      'mend that',
    );
  }
}
