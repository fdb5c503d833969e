import { forget, staleness } from './staleness.js';

const SECONDS = 1000;

/** What each freshness promises to those whose permission is taken away, and how that is tried. */
export const PROMISES = [
  {
    mode: 'token',
    promise: 'let in until the token ends: here, one of 3 s',
    tries: 5,
    options: { lifetime: '3s' },
    holds: ({ code, lastLetIn }) => code === 'ERR_TOKEN_EXPIRED' && lastLetIn < 3 * SECONDS,
  },
  {
    mode: 'maxStale: 2s',
    promise: 'let in for 2 s at most',
    tries: 10,
    holds: ({ code, lastLetIn }) => code === 'ERR_PERMISSION_MISSING' && lastLetIn < 2 * SECONDS,
  },
  {
    mode: 'maxStale: 30s',
    promise: 'told by TokenService.forget(): refused by the next request',
    tries: 20,
    options: { thenDo: forget },
    holds: ({ code, requestsLetIn }) => code === 'ERR_PERMISSION_MISSING' && requestsLetIn === 0,
  },
  {
    mode: 'live',
    promise: 'refused by the next request',
    tries: 20,
    holds: ({ code, requestsLetIn }) => code === 'ERR_PERMISSION_MISSING' && requestsLetIn === 0,
  },
];

/** Tries a promise with several people at once. */
export async function tryPromise({ mode, promise, tries, options, holds }, server) {
  const tried = await Promise.all(
    Array.from({ length: tries }, (_, number) => staleness(server, `person-${number + 1}`, options)),
  );
  return {
    mode,
    promise,
    tries,
    mostLetIn: Math.max(...tried.map(({ requestsLetIn }) => requestsLetIn)),
    longestLetIn: Math.max(...tried.map(({ lastLetIn }) => lastLetIn)),
    longestUntilRefused: Math.max(...tried.map(({ refused }) => refused)),
    holds: tried.every(holds),
  };
}
