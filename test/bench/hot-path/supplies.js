import { randomBytes } from 'node:crypto';

const IN_TURN = 10_000;

/**
 * Where requests take their tokens from: each supply issues what it needs, and then hands out so many at a time.
 * `refused` are those that must not be let in.
 */
export const SUPPLIES = {
  known: {
    start: async (issue) => {
      const token = await issue();
      return (count) => Array.from({ length: count }, () => token);
    },
  },
  unseen: { start: (issue) => (count) => issued(issue, count) },
  inTurn: {
    start: async (issue) => {
      const tokens = await issued(issue, IN_TURN);
      let next = 0;
      return (count) => Array.from({ length: count }, () => tokens[(next += 1) % tokens.length]);
    },
  },
  badSignature: {
    refused: true,
    start: async (issue) => {
      const token = await issue();
      return (count) => Array.from({ length: count }, () => forged(token));
    },
  },
  malformed: {
    refused: true,
    start: async (issue) => {
      const token = await issue();
      return (count) => Array.from({ length: count }, (_, index) => MALFORMED[index % MALFORMED.length](token));
    },
  },
};

/** No two are the same text. */
const MALFORMED = [
  (token) => `${token.slice(0, token.lastIndexOf('.'))}${junk(16)}`,
  (token) => `${token.slice(0, -24)}${junk(16)}!!`,
  (token) => `${junk(24)}${token.slice(token.indexOf('.'))}`,
  (token) => `${token}.${junk(16)}`,
];

async function issued(issue, count) {
  const tokens = [];
  for (let number = 0; number < count; number += 1) tokens.push(await issue());
  return tokens;
}

/** As long as the true signature, and no number too great for its key. */
function forged(token) {
  const end = token.lastIndexOf('.') + 1;
  const signature = randomBytes(Buffer.byteLength(token.slice(end), 'base64url'));
  signature[0] = 0;
  return `${token.slice(0, end)}${signature.toString('base64url')}`;
}

function junk(bytes) {
  return randomBytes(bytes).toString('base64url');
}
