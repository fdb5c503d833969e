import { Controller, Get } from '@nestjs/common';
import { decorate } from '../../decorate.js';

const ITEMS = 50;

export const FIRST_ROUTE = '/shelf-0/item-0';

/** Controllers with so many routes, every one with these decorators. */
export function shelves(routes, { ofRoutes = [], ofControllers = [] } = {}) {
  return Array.from({ length: Math.ceil(routes / ITEMS) }, (_, number) => {
    const items = Math.min(ITEMS, routes - number * ITEMS);
    return shelf(number, items, ofRoutes, ofControllers);
  });
}

function shelf(number, items, ofRoutes, ofControllers) {
  class Shelf {}
  const decorators = {};
  for (let item = 0; item < items; item += 1) {
    const value = () => ({ shelf: number, item, left: [] });
    Object.defineProperty(Shelf.prototype, `item${item}`, { value, writable: true, configurable: true });
    decorators[`item${item}`] = [Get(`item-${item}`), ...ofRoutes];
  }
  decorate(Shelf, [Controller(`shelf-${number}`), ...ofControllers], decorators);
  return Shelf;
}
