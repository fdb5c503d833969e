/** What a client sees of an answer, as far as the tests look at it. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly challenge: string | null;
  readonly headers: Headers;
}

/** One real request, with an `Authorization` header if one is given. */
export async function send(url: string, authorization?: string, init: RequestInit = {}): Promise<Answer> {
  const headers = {
    ...(init.headers as Record<string, string>),
    ...(authorization === undefined ? {} : { authorization }),
  };
  const response = await fetch(url, { ...init, headers });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json');
  return {
    status: response.status,
    body: isJson && text !== '' ? JSON.parse(text) : text,
    challenge: response.headers.get('www-authenticate'),
    headers: response.headers,
  };
}
