/**
 * A text as JSON, in nothing but ASCII. Half a surrogate pair has no bytes of its own, so that Redis would not keep every
 * text apart; and some clients (redis before 5.12) break a letter of several bytes that is cut by the end of a packet.
 */
export function asciiOf(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\uffff]/g, escaped);
}

/** What `asciiOf` was given. */
export function fromAscii(json: string): string {
  return JSON.parse(json) as string;
}

function escaped(letter: string): string {
  return `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
