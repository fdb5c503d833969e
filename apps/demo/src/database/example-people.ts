import type { Permission } from 'nestjs-jwt-policy';
import { hashPassword } from '../users/password.js';
import { normalizeUserName } from '../users/user-name.js';
import type { Database } from './database.js';
import { users } from './schema.js';

interface ExamplePerson {
  readonly name: string;
  readonly password: string;
  readonly permissions: Permission[];
}

export const examplePeople: readonly [ExamplePerson, ...ExamplePerson[]] = [
  { name: 'joe', password: 'joe-buys-apples', permissions: ['view', 'edit'] },
  { name: 'ann', password: 'ann-likes-pears', permissions: ['view'] },
  { name: 'bob', password: 'bob-has-no-basket', permissions: [] },
  { name: 'root', password: 'root-runs-the-shop', permissions: ['admin'] },
];

/** Only a shop without any people gets these, so that nobody who was changed or removed ever comes back. */
export async function seed(db: Database): Promise<void> {
  if ((await db.$count(users)) > 0) return;
  const rows = await Promise.all(
    examplePeople.map(async ({ name, password, permissions }) => ({
      name: normalizeUserName(name),
      permissions,
      passwordHash: await hashPassword(password),
    })),
  );
  await db.insert(users).values(rows);
}
