import { addressOf, bareFastify, fastifyJwt, fastifyJwtWithCache } from './bare-fastify.js';
import { nestCasl } from './nest-casl.js';
import { listening, nestApp } from './nest-app.js';
import { ours } from './ours.js';
import { recipe, recipeWithKeyObject } from './recipe.js';
import { nodding } from './nodding.js';
import { unguarded } from './unguarded.js';

/** What a module of Nest is made of, by the name of the contender. */
export const DEFINITIONS = { unguarded, nodding, ours, recipe, recipeWithKeyObject, nestCasl };
const BARE = { bareFastify, fastifyJwt, fastifyJwtWithCache };

/** The address of a contender that listens as long as its process lives. */
export async function listen({ contender, platform, ...settings }) {
  if (contender in BARE) return addressOf(await BARE[contender](settings));
  return listening(await nestApp(platform, DEFINITIONS[contender](settings)));
}
