/** A list of so many texts, as Redis has sent it. */
export function texts(reply: unknown, length: number): (string | null)[] {
  if (Array.isArray(reply) && reply.length === length)
    return reply.map((item) => (item === null ? null : String(item)));
  throw new TypeError('Redis sent an answer of another shape');
}
