import { withoutBlanks } from './blanks.js';

/** What the extractors may read of a request: only what Node's own `IncomingMessage` has, on every platform. */
export interface RequestLike {
  readonly rawHeaders: readonly string[];
  readonly url?: string;
  readonly method?: string;
}

/** The places of a request in which a token can travel. */
export class Carrier {
  constructor(private readonly request: RequestLike) {}

  /** Every value sent under a header name, in order. Node's `headers` would show only the first `Authorization`. */
  header(name: string): string[] {
    const wanted = name.toLowerCase();
    const { rawHeaders } = this.request;
    const values: string[] = [];
    for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
      if (rawHeaders[i].length === wanted.length && rawHeaders[i].toLowerCase() === wanted) {
        values.push(rawHeaders[i + 1]);
      }
    }
    return values;
  }

  /** Every value of a cookie, however often its name was sent. */
  cookie(name: string): string[] {
    const values = this.header('cookie')
      .flatMap((header) => header.split(';'))
      .map(withoutBlanks)
      .filter((pair) => pair.startsWith(`${name}=`))
      .map((pair) => pair.slice(name.length + 1));
    // What a log-out leaves behind is no token.
    return values.length === 1 && values[0] === '' ? [] : values;
  }

  /** Every value of a query parameter. */
  query(name: string): string[] {
    const { url = '' } = this.request;
    const start = url.indexOf('?');
    return start < 0 ? [] : new URLSearchParams(url.slice(start + 1)).getAll(name);
  }
}
