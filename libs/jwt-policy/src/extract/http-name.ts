const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Whether a header, a cookie or a parameter can be called so: what RFC 9110, section 5.6.2, calls a token. */
export function isHttpName(name: unknown): name is string {
  return typeof name === 'string' && TOKEN.test(name);
}
