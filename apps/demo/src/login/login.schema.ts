import { z } from 'zod';

// PostgreSQL stores neither of them, and no keyboard makes them.
const storable = (text: string) => !/\0|\p{Surrogate}/u.test(text);

export const credentialsSchema = z.strictObject({
  username: z.string().min(1).max(64).refine(storable, 'must be well-formed text'),
  password: z
    .string()
    .min(1)
    .refine((text) => Buffer.byteLength(text) <= 1024, 'must be at most 1024 bytes')
    .refine(storable, 'must be well-formed text'),
});

export type Credentials = z.output<typeof credentialsSchema>;
