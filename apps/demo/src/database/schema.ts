import type { Permission } from 'nestjs-jwt-policy';
import { sql } from 'drizzle-orm';
import { boolean, check, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';

export const users = pgTable('users', {
  id: integer().primaryKey().generatedAlwaysAsIdentity(),
  name: text().notNull().unique(),
  passwordHash: text('password_hash').notNull(),
  permissions: text().array().$type<Permission[]>().notNull().default([]),
  disabled: boolean().notNull().default(false),
});

export const basketItems = pgTable(
  'basket_items',
  {
    userId: integer('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    sku: text().notNull(),
    quantity: integer().notNull(),
  },
  (item) => [
    primaryKey({ columns: [item.userId, item.sku] }),
    check('basket_items_quantity', sql`${item.quantity} between 1 and 999`),
  ],
);
