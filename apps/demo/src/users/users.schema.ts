import { z } from 'zod';
import { permissionNames } from '../permissions.js';
import { parseUserId } from './user-id.js';

export const userIdSchema = z.string().transform((text, context) => {
  const id = parseUserId(text);
  if (id !== undefined) return id;
  context.addIssue({ code: 'custom', message: 'id must be a user id' });
  return z.NEVER;
});

export const permissionsSchema = z.strictObject({
  permissions: z
    .array(z.enum(permissionNames))
    .max(permissionNames.length)
    .refine((names) => new Set(names).size === names.length, 'must not repeat a name'),
});

export type PermissionsInput = z.output<typeof permissionsSchema>;
