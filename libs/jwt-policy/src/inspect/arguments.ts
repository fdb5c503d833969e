import { parseArgs, type ParseArgsConfig } from 'node:util';
import { UsageError } from './command.js';

type Flags = NonNullable<ParseArgsConfig['options']>;
interface Strict<F extends Flags> {
  args: string[];
  options: F;
  allowPositionals: true;
  tokens: true;
}
type Parsed<F extends Flags> = ReturnType<typeof parseArgs<Strict<F>>>;

/** @throws {UsageError} for a flag that is unknown, without its value or given twice, and for a word that is too much. */
export function argumentsOf<const F extends Flags>(
  args: readonly string[],
  flags: F,
  mostWords = 0,
): { values: Parsed<F>['values']; words: readonly string[] } {
  const { values, positionals, tokens } = parsed(args, flags);
  if (positionals.length > mostWords) throw new UsageError(`'${positionals[mostWords]}' is too much.`);
  const names = tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : []));
  const twice = names.find((name, i) => names.indexOf(name) < i && flags[name].multiple !== true);
  if (twice !== undefined) throw new UsageError(`--${twice} is given twice.`);
  return { values, words: positionals };
}

function parsed<F extends Flags>(args: readonly string[], options: F): Parsed<F> {
  try {
    return parseArgs<Strict<F>>({ args: [...args], options, allowPositionals: true, tokens: true });
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

/** @throws {UsageError} when a flag has an empty value, or is left out. */
export function required(value: string | undefined, flag: string): string {
  if (value === undefined) throw new UsageError(`${flag} is missing.`);
  return notEmpty(value, flag);
}

/** @throws {UsageError} when a flag has an empty value. */
export function notEmpty<T extends string | undefined>(value: T, flag: string): T {
  if (value === '') throw new UsageError(`${flag} is empty.`);
  return value;
}
