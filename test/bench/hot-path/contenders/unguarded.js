import { shelves } from './shelves.js';

export function unguarded({ routes = 1 }) {
  return { controllers: shelves(routes) };
}
