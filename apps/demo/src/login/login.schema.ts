import { z } from 'zod';

// PostgreSQL stores neither of them, and no keyboard makes them.
const storable = (text: string) => !/\0|\p{Surrogate}/u.test(text);

export const logInSchema = z
  .strictObject({
    username: z.string().min(1).max(64).refine(storable, 'must be well-formed text'),
    password: z
      .string()
      .min(1)
      .refine((text) => Buffer.byteLength(text) <= 1024, 'must be at most 1024 bytes')
      .refine(storable, 'must be well-formed text'),
    session: z.boolean().optional(),
    device: z.string().min(1).max(64).refine(storable, 'must be well-formed text').optional(),
  })
  .refine(({ session, device }) => session === true || device === undefined, 'a device needs a session');

export type LogIn = z.output<typeof logInSchema>;
export type Credentials = Pick<LogIn, 'username' | 'password'>;
