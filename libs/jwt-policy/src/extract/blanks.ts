/**
 * A part of a cookie line without the blanks and tabs around it. Any other white space belongs to a name (RFC 6265bis,
 * section 5.6), so that a browser keeps none of the promises of a prefix that stands behind it.
 */
export function withoutBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text[start])) start += 1;
  while (end > start && isBlank(text[end - 1])) end -= 1;
  return text.slice(start, end);
}

function isBlank(character: string): boolean {
  return character === ' ' || character === '\t';
}
