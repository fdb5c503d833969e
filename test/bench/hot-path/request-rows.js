const BY_NEST = {
  unguarded: { name: 'unguarded', contender: 'unguarded' },
  again: { name: 'unguarded, again', contender: 'unguarded' },
  nodding: { name: 'a guard that lets everybody in', contender: 'nodding', onlyWith: ['HS512'] },
  known: { name: 'ours, known token', contender: 'ours' },
  unseen: { name: 'ours, every token new', contender: 'ours', supply: 'unseen', requests: { RS256: 300 } },
  inTurn: {
    name: 'ours, 10,000 tokens in turn',
    contender: 'ours',
    supply: 'inTurn',
    warmUp: 10_000,
    onlyWith: ['HS512'],
  },
  badSignature: { name: 'ours, bad signature', contender: 'ours', supply: 'badSignature' },
  malformed: { name: 'ours, malformed', contender: 'ours', supply: 'malformed', onlyWith: ['HS512'] },
  maxStale: {
    name: `ours, { maxStale: '30s' }`,
    contender: 'ours',
    freshness: { maxStale: '30s' },
    onlyWith: ['HS512'],
  },
  live: { name: `ours, 'live'`, contender: 'ours', freshness: 'live', onlyWith: ['HS512'] },
  recipe: { name: 'recipe as documented', contender: 'recipe', requests: { most: 150 }, warmUp: 800 },
  recipeWithKeyObject: { name: 'recipe with a KeyObject', contender: 'recipeWithKeyObject' },
  nestCasl: { name: 'recipe with a KeyObject and nest-casl', contender: 'nestCasl', onlyWith: ['HS512'] },
};

const BARE = {
  bare: { name: 'bare Fastify: unguarded', contender: 'bareFastify', onlyWith: ['HS512'] },
  bareAgain: { name: 'bare Fastify: unguarded, again', contender: 'bareFastify', onlyWith: ['HS512'] },
  fastifyJwt: { name: 'bare Fastify: @fastify/jwt', contender: 'fastifyJwt', onlyWith: ['HS512'] },
  fastifyJwtWithCache: {
    name: 'bare Fastify: @fastify/jwt with its cache',
    contender: 'fastifyJwtWithCache',
    onlyWith: ['HS512'],
  },
};

/** In a turn: enough to last a tenth of a second, where a request costs least. */
const REQUESTS = { express: 500, fastify: 1200 };
const UNGUARDED = ['unguarded', 'nodding', 'bareFastify'];
const VERIFY_RECIPE = ['recipe', 'recipeWithKeyObject', 'nestCasl', 'fastifyJwt', 'fastifyJwtWithCache'];

export const PLATFORMS = { express: BY_NEST, fastify: { ...BY_NEST, ...BARE } };

/** The rows of a platform that are measured with an algorithm; some of them with one only, unless all are asked for. */
export function rowsOf(platform, alg, { full, people }) {
  return Object.entries(PLATFORMS[platform])
    .filter(([, { onlyWith }]) => full || onlyWith === undefined || onlyWith.includes(alg))
    .filter(([, { freshness }]) => freshness === undefined || people !== null)
    .filter(([, { contender }]) => !lacks(contender, alg))
    .map(([id, { contender, supply = 'known', requests = {}, warmUp = 2000, freshness }]) => ({
      id,
      server: { contender, platform, people: freshness && { ...people, freshness } },
      load: {
        supply,
        issuer: VERIFY_RECIPE.includes(contender) ? 'recipe' : 'ours',
        guarded: !UNGUARDED.includes(contender),
      },
      requests: requests[alg] ?? requests.most ?? REQUESTS[platform],
      warmUp,
    }));
}

/** jsonwebtoken has no Ed25519. */
export function lacks(contender, alg) {
  return alg === 'Ed25519' && VERIFY_RECIPE.includes(contender);
}

export function nameOf(platform, id) {
  return PLATFORMS[platform][id].name;
}
