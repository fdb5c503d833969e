import { hash, verify } from '@node-rs/argon2';

/** argon2id at the strength OWASP asks for: 19 MiB, two passes, one lane. */
const strength = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export function hashPassword(password: string): Promise<string> {
  return hash(password, strength);
}

export function isPassword(password: string, hashed: string): Promise<boolean> {
  return verify(hashed, password);
}
