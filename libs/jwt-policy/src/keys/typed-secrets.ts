import { isUtf8 } from 'node:buffer';

/** Even random digits have ten. */
const FEWEST_BYTES = 10;
/** Of 100 characters of random base64, 62 begin something new; of words, one in four or fewer. */
const NEW_BEGINNINGS = 0.3;
/** Without capitals and blanks it is 47 of random hex and 30 of base32; of words, next to none. */
const NEW_BEGINNINGS_IN_ONE_CASE = 0.15;
const ONE_CASE = /^(?:[A-Z0-9]+|[a-z0-9]+)=*$/;

/**
 * Whether a secret reads as if somebody had made it up instead of drawing it by lot. However long it is, whoever has one
 * token can try such secrets at home, without a single request.
 */
export function looksTyped(secret: Buffer): boolean {
  if (new Set(secret).size < FEWEST_BYTES) return true;
  return isUtf8(secret) && readsLikeWords(secret.toString());
}

function readsLikeWords(text: string): boolean {
  const kinds = Array.from(/\p{Ll}/u.test(text) ? text : text.toLowerCase(), kindOf);
  const beginnings = kinds.filter((kind, i) => i > 0 && !goesOn(kinds[i - 1], kind)).length;
  const least = ONE_CASE.test(text) ? NEW_BEGINNINGS_IN_ONE_CASE : NEW_BEGINNINGS;
  return beginnings < least * (kinds.length - 1);
}

type Kind = 'capital' | 'small' | 'digit' | 'other';

function kindOf(character: string): Kind {
  if (/\p{Lu}/u.test(character)) return 'capital';
  if (/\p{L}/u.test(character)) return 'small';
  return /\p{N}/u.test(character) ? 'digit' : 'other';
}

/** Words do not change their kind of character, but for a capital that begins one and a blank that ends it. */
function goesOn(before: Kind, kind: Kind): boolean {
  if (kind === 'other') return true;
  return before === 'capital' ? kind === 'small' : before === kind;
}
