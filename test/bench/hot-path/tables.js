import { printTable } from '../report.js';
import { ratioOf, spreadOf } from './spread.js';

/** A number with as many digits as it deserves. */
export function figure(value) {
  if (value >= 100) return value.toFixed(0);
  return value.toFixed(value >= 10 ? 1 : 2);
}

export function factor(value) {
  return `${figure(value)} ×`;
}

/** The median, and between what most rounds lie. */
export function shown({ median, low, high }) {
  return `${figure(median)} (${figure(low)} – ${figure(high)})`;
}

/** A table of contenders: what each cost, and how many times the first of them. */
export function printCosts(unit, rows, columns = []) {
  const header = ['', unit, ...columns.map(({ title }) => title), '÷ the first, by pairs'];
  printTable(
    header,
    rows.map((row) => [
      row.name,
      shown(spreadOf(row.cost)),
      ...columns.map(({ of }) => of(row)),
      shown(ratioOf(row.cost, rows[0].cost)),
    ]),
  );
}
