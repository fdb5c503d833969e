import { Inject, Injectable } from '@nestjs/common';
import { and, eq, sql } from 'drizzle-orm';
import { type Database, DATABASE } from '../database/database.js';
import { basketItems } from '../database/schema.js';
import { type Item, MOST_OF_ONE } from './basket.schema.js';

const columns = { sku: basketItems.sku, quantity: basketItems.quantity };

@Injectable()
export class BasketRepository {
  constructor(@Inject(DATABASE) private readonly db: Database) {}

  list(userId: number): Promise<Item[]> {
    return this.db.select(columns).from(basketItems).where(eq(basketItems.userId, userId)).orderBy(basketItems.sku);
  }

  /** One statement, so that parallel requests add up; nothing comes back if that would be more than fits. */
  async add(userId: number, { sku, quantity }: Item): Promise<Item | undefined> {
    const sum = sql`${basketItems.quantity} + excluded.quantity`;
    const [item] = await this.db
      .insert(basketItems)
      .values({ userId, sku, quantity })
      .onConflictDoUpdate({
        target: [basketItems.userId, basketItems.sku],
        set: { quantity: sum },
        setWhere: sql`${sum} <= ${MOST_OF_ONE}`,
      })
      .returning(columns);
    return item;
  }

  async remove(userId: number, sku: string): Promise<boolean> {
    const removed = await this.db
      .delete(basketItems)
      .where(and(eq(basketItems.userId, userId), eq(basketItems.sku, sku)))
      .returning(columns);
    return removed.length > 0;
  }
}
