/** Where what is sent does not leave the machine. */
const LOOPBACK: readonly unknown[] = ['localhost', '127.0.0.1', '[::1]'];

/**
 * The address of a server that says which keys count: whoever can change its answer on the way can sign anything.
 *
 * @throws what `refuse` makes of the problem, which does not quote the address.
 */
export function keyServerUrl(address: unknown, refuse: (problem: string) => Error): URL {
  const text = address instanceof URL ? address.href : address;
  if (typeof text !== 'string' || !URL.canParse(text)) throw refuse('is not a URL');
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') throw refuse('holds a name or a password');
  if (url.protocol === 'https:') return url;
  if (url.protocol !== 'http:' || !LOOPBACK.includes(url.hostname)) throw refuse('is not an https: address');
  if (process.env.NODE_ENV === 'production') throw refuse('is not an https: address, as production needs');
  return url;
}

/** What of an address may stand in a log: its query may hold a secret. */
export function shownUrl({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}
