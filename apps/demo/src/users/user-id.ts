const LARGEST = 2_147_483_647;

/** A user id as it stands in a path or a token, or nothing if no user can have it. */
export function parseUserId(text: string): number | undefined {
  const id = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : Number.NaN;
  return id <= LARGEST ? id : undefined;
}
