import { z } from 'zod';

export const refreshSchema = z.strictObject({ refreshToken: z.string().min(1).max(1024) });

export type RefreshInput = z.output<typeof refreshSchema>;

export const sessionIdSchema = z.uuid({ error: 'id must be a session id' });
