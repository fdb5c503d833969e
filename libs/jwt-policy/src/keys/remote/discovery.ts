import { keyServerUrl, shownUrl } from './key-server-url.js';
import { fetchStrictly } from './strict-fetch.js';

/**
 * Asks an issuer where its keys are (OpenID Connect Discovery 1.0, section 4).
 *
 * @throws {Error} when it does not say so, or says that it is another issuer (section 4.3).
 */
export async function discoverKeyServer(issuer: string, signal: AbortSignal): Promise<URL> {
  const url = new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  const headers = new Headers({ accept: 'application/json' });
  const document = parse(await fetchStrictly(url, headers, signal));
  const refuse = (problem: string): Error => new Error(`${shownUrl(url)} ${problem}`);
  if (document === null) throw refuse('is not a JSON object');
  if (document.issuer !== issuer) throw refuse('is of another issuer');
  const server = keyServerUrl(document.jwks_uri, (problem) => refuse(`has a jwks_uri that ${problem}`));
  if (url.protocol === 'https:' && server.protocol !== 'https:')
    throw refuse('has a jwks_uri that is no https: address');
  return server;
}

function parse(bytes: Buffer): { readonly issuer?: unknown; readonly jwks_uri?: unknown } | null {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return typeof value === 'object' ? value : null;
  } catch {
    // What a parser says quotes what it read.
    return null;
  }
}
