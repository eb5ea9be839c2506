const MARKS = /\p{M}+/gu;
const SPACES = /\s+/g;
// PostgreSQL's text cannot hold it.
const NUL = '\0';
// The usual letters that Unicode does not take apart, so that "Soren" finds "Søren".
const LETTERS: Readonly<Record<string, string>> = {
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ı: 'i',
  ħ: 'h',
};
const LETTER = /[øłđðþßæœıħ]/g;
const PLAIN = /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/;

/** Longest text that goes into an index: B-trees refuse keys of more than about 2,700 bytes. */
export const INDEXED_LENGTH = 400;

/**
 * The form in which strings are compared: no case, no accents, single spaces, at most `INDEXED_LENGTH` characters
 * (https://hl7.org/fhir/R4/search.html#string). Used alike when writing and when searching.
 */
export function fold(text: string): string {
  const start = clip(text);
  if (PLAIN.test(start)) return start.toLowerCase();
  return start
    .normalize('NFKD')
    .replace(MARKS, '')
    .toLowerCase()
    .replace(LETTER, (letter) => LETTERS[letter] ?? letter)
    .replace(SPACES, ' ')
    .trim()
    .slice(0, INDEXED_LENGTH);
}

/** A code, id or URI as it is compared: unchanged but for its length and for what PostgreSQL's text cannot hold. */
export function clip(text: string, length: number = INDEXED_LENGTH): string {
  const start = text.length > length ? text.slice(0, length) : text;
  return start.includes(NUL) ? start.replaceAll(NUL, ' ') : start;
}
