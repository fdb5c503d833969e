import { Inject, Injectable } from '@nestjs/common';
import { eq } from 'drizzle-orm';
import type { Permission } from 'nestjs-jwt-policy';
import { type Database, DATABASE } from '../database/database.js';
import { users } from '../database/schema.js';
import { normalizeUserName } from './user-name.js';

export type User = Omit<Account, 'passwordHash'>;
export type Account = typeof users.$inferSelect;

const publicColumns = {
  id: users.id,
  name: users.name,
  permissions: users.permissions,
  disabled: users.disabled,
};

@Injectable()
export class UsersRepository {
  constructor(@Inject(DATABASE) private readonly db: Database) {}

  async findById(id: number): Promise<User | undefined> {
    const [user] = await this.db.select(publicColumns).from(users).where(eq(users.id, id));
    return user;
  }

  /** With the password hash: for the log-in only. */
  async findAccount(name: string): Promise<Account | undefined> {
    const [account] = await this.db
      .select()
      .from(users)
      .where(eq(users.name, normalizeUserName(name)));
    return account;
  }

  async setPermissions(id: number, permissions: Permission[]): Promise<User | undefined> {
    const [user] = await this.db.update(users).set({ permissions }).where(eq(users.id, id)).returning(publicColumns);
    return user;
  }
}
