/** Where a token comes from: the session and the log-in, by the names that OpenID Connect has for them. */
export interface TokenOrigin {
  readonly sid?: string;
  /** In seconds since 1970. */
  readonly auth_time: number;
}

/** The origin of the tokens of a session. */
export function originIn({ id, openedAt }: { readonly id: string; readonly openedAt: Date }): TokenOrigin {
  return { sid: id, auth_time: Math.floor(openedAt.getTime() / 1000) };
}
