import { join } from 'node:path';

/** Beside this file in the sources and in what `nest build` makes of them. */
export const migrationsFolder = join(import.meta.dirname, 'migrations');
