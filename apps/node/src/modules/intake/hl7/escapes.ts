/** The characters that MSH-1 and MSH-2 declare. */
export interface Delimiters {
  readonly field: string;
  readonly component: string;
  readonly repetition: string;
  /** '' where none is declared: then nothing is escaped. */
  readonly escaping: string;
  readonly subcomponent: string;
}

/** What HL7 recommends, and nearly everybody uses. */
export const STANDARD: Delimiters = { field: '|', component: '^', repetition: '~', escaping: '\\', subcomponent: '&' };

/**
 * Takes HL7's escape sequences away (v2.8 chapter 2.7). `\.br\` and its like become line breaks, highlighting is dropped, `\X..\` is read by
 * `decode`, and what is no sequence stays as it is.
 */
export function unescapeText(text: string, delimiters: Delimiters, decode: (bytes: Uint8Array) => string): string {
  const { escaping } = delimiters;
  if (escaping === '' || !text.includes(escaping)) return text;
  let out = '';
  let at = 0;
  while (at < text.length) {
    const start = text.indexOf(escaping, at);
    const end = start < 0 ? -1 : text.indexOf(escaping, start + 1);
    if (end < 0) break;
    const meaning = meaningOf(text.slice(start + 1, end), delimiters, decode);
    out += text.slice(at, start);
    if (meaning === null) {
      // Its second half may begin a sequence of its own.
      out += text.slice(start, end);
      at = end;
    } else {
      out += meaning;
      at = end + 1;
    }
  }
  return out + text.slice(at);
}

function meaningOf(name: string, delimiters: Delimiters, decode: (bytes: Uint8Array) => string): string | null {
  switch (name) {
    case 'F':
      return delimiters.field;
    case 'S':
      return delimiters.component;
    case 'T':
      return delimiters.subcomponent;
    case 'R':
      return delimiters.repetition;
    case 'E':
      return delimiters.escaping;
    case 'P':
      return '#';
    case 'H':
    case 'N':
    case '.fi':
    case '.nf':
      return '';
    default:
      break;
  }
  if (/^\.(?:br|ce|sp(?:[+-]?\d{1,3})?)$/.test(name)) return '\n';
  if (/^\.(?:in|ti|sk)[+-]?\d{1,3}$/.test(name)) return ' ';
  if (!/^X(?:[0-9A-Fa-f]{2})+$/.test(name)) return null;
  try {
    const text = decode(Buffer.from(name.slice(1), 'hex'));
    return text.includes('\0') ? null : text;
  } catch {
    return null;
  }
}

/** A text with escapes for what a field cannot hold. */
export function escapeText(text: string, delimiters: Delimiters = STANDARD): string {
  const { field, component, repetition, escaping, subcomponent } = delimiters;
  const names = new Map([
    ...([[field, 'F'] as const, [component, 'S'] as const, [repetition, 'R'] as const] as const),
    ...([[subcomponent, 'T'] as const, [escaping, 'E'] as const] as const),
    ...([['\r', 'X0D'] as const, ['\n', 'X0A'] as const] as const),
  ]);
  return [...text]
    .map((character) => {
      const name = names.get(character);
      return name === undefined || character === ''
        ? character
        : escaping === ''
          ? ' '
          : `${escaping}${name}${escaping}`;
    })
    .join('');
}
