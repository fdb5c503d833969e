import { shownUrl } from './key-server-url.js';

const MAX_BYTES = 256 * 1024;

/**
 * Reads a short document from exactly this address. A redirect is no answer: it would let the server, or whoever finds an
 * open redirect on it, choose where keys come from.
 *
 * @param signal Ends it, at any point, with the error that is its reason.
 * @throws {Error} whose message holds nothing of the answer, and no secret of the request.
 */
export async function fetchStrictly(url: URL, headers: Headers, signal: AbortSignal): Promise<Buffer> {
  try {
    const response = await fetch(url, { headers, signal, redirect: 'manual' });
    if (response.status !== 200) throw new BadAnswer(`answered with status ${response.status}`);
    return await bodyOf(response);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const problem = error instanceof BadAnswer ? error.message : `cannot be read (${codeOf(error)})`;
    // oxlint-disable-next-line preserve-caught-error -- it may hold what was sent and received
    throw new Error(`${shownUrl(url)} ${problem}`);
  }
}

class BadAnswer extends Error {}

/** Counts what comes out, whatever the length was said to be and however it was compressed. */
async function bodyOf({ body }: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new BadAnswer(`answered with more than ${MAX_BYTES / 1024} kB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** `fetch` says only that it failed, and what failed in its cause. */
function codeOf(error: unknown): string {
  const { cause } = error as { readonly cause?: { readonly code?: string } };
  return cause?.code ?? 'the request failed';
}
