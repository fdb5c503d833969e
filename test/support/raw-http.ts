import { connect } from 'node:net';
import type { Answer } from './http.js';

/** One request, byte for byte: clients with manners cannot repeat a header or leave out a blank. */
export async function sendRaw(
  url: string,
  headers: readonly string[],
  { method = 'GET', path = '/', host }: { method?: string; path?: string; host?: string } = {},
): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const lines = [`${method} ${path} HTTP/1.1`, `Host: ${host ?? hostname}`, 'Connection: close', ...headers, '', ''];
  const answer = await new Promise<string>((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => socket.write(lines.join('\r\n'), 'latin1'));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('utf8')));
  });
  return parsed(answer);
}

function parsed(answer: string): Answer {
  const end = answer.indexOf('\r\n\r\n');
  const [statusLine, ...lines] = answer.slice(0, end).split('\r\n');
  const headers = new Headers(
    lines.map((line): [string, string] => [line.split(':', 1)[0], line.replace(/^[^:]*:/, '')]),
  );
  const text = answer.slice(end + 4);
  const isJson = text !== '' && headers.get('content-type')?.includes('json');
  return {
    status: Number(statusLine.split(' ')[1]),
    body: isJson ? JSON.parse(text) : text,
    challenge: headers.get('www-authenticate'),
    headers,
  };
}
