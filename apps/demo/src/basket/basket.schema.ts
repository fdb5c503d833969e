import { z } from 'zod';

export const MOST_OF_ONE = 999;

export const skuSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be up to 64 letters, digits, dots, dashes or underscores');

export const itemSchema = z.strictObject({
  sku: skuSchema,
  quantity: z.int().min(1).max(MOST_OF_ONE),
});

export type Item = z.output<typeof itemSchema>;
