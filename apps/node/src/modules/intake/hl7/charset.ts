import { IntakeRefusal } from '../refusal.ts';

/** Reads bytes in one of the character sets that MSH-18 may name. Throws a TypeError for what is no text in it. */
export type Decode = (bytes: Uint8Array) => string;

const latin = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

const DECODERS: Readonly<Record<string, Decode>> = {
  ASCII: (bytes) => {
    if (bytes.some((byte) => byte > 0x7f)) throw new TypeError('no ASCII');
    return latin(bytes);
  },
  'UNICODE UTF-8': (bytes) => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes),
  '8859/1': latin,
  '8859/2': named('iso-8859-2'),
  '8859/7': named('iso-8859-7'),
  '8859/15': named('iso-8859-15'),
};

function named(label: string): Decode {
  return (bytes) => new TextDecoder(label, { fatal: true }).decode(bytes);
}

/** Other spellings that are met with. */
const ALIASES: Readonly<Record<string, string>> = {
  'UTF-8': 'UNICODE UTF-8',
  UTF8: 'UNICODE UTF-8',
  UNICODE: 'UNICODE UTF-8',
  'ISO-8859-1': '8859/1',
  'ISO8859-1': '8859/1',
  'US-ASCII': 'ASCII',
};

/** The reader of a character set of HL7 table 0211. Errors: `table-value` for one that is not read. */
export function decoderOf(charset: string): Decode {
  const name = charset.trim().toUpperCase();
  const own = Object.hasOwn(ALIASES, name) ? (ALIASES[name] as string) : name;
  const decoder = Object.hasOwn(DECODERS, own) ? DECODERS[own] : undefined;
  if (decoder !== undefined) return decoder;
  throw new IntakeRefusal('table-value', 'The character set is not read here', { segment: 'MSH', field: 18 });
}
