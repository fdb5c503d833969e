import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';

const nest = createRequire(import.meta.url)('@nestjs/core/package.json').version;

export const machine = `${availableParallelism()} cores, Node ${process.versions.node}, Nest ${nest}`;

/** A table in Markdown. */
export function printTable(header, rows) {
  const cells = [header, header.map(() => '---'), ...rows].map((row) => row.map(String));
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  for (const row of cells) console.log(`| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`);
  console.log();
}

/** What a table says of a goal. A missed one makes the process end with 1. */
export function verdict(met) {
  if (met) return 'met';
  process.exitCode = 1;
  return '**missed**';
}

/** Says that something cannot be measured here. Where everything must be, that is an error. */
export function leftOut(reason) {
  console.log(`Left out: ${reason}\n`);
  if (process.env['CI'] === 'true') process.exitCode = 1;
}
