import { readFileSync } from 'node:fs';

export interface Snippet {
  readonly language: string;
  readonly text: string;
  /** The heading above it and its first line, to name it in a test. */
  readonly title: string;
}

export const LIBRARY_README = 'libs/jwt-policy/README.md';
export const read = (path: string): string => readFileSync(path, 'utf8');

export function snippets(path: string): Snippet[] {
  const markdown = read(path);
  return [...markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map((match, index) => {
    const [, language, text] = match;
    const heading = [...markdown.slice(0, match.index).matchAll(/^#+ (.*)$/gm)].at(-1)?.[1] ?? '';
    return { language, text, title: `${path} ${heading} (${index})` };
  });
}

const cells = (line: string): string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim().replace(/^`([^`]*)`$/, '$1'));

/** The rows of every table whose first column has this title, cell by cell, without the marks of code. */
export function rows(path: string, title: string): string[][] {
  const found: string[][] = [];
  let wanted = false;
  let previous = '';
  for (const line of read(path).split('\n')) {
    if (!line.startsWith('|')) wanted = false;
    else if (!previous.startsWith('|')) wanted = cells(line)[0] === title;
    else if (wanted && !/^\|[\s|:-]+$/.test(line)) found.push(cells(line));
    previous = line;
  }
  return found;
}
