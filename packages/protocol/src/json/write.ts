import { AnamnesisError } from '../errors.ts';
import { type Literals, literalsOf, numberText } from './literals.ts';

/**
 * JSON text of a value, in the order of its properties; numbers read by `parseJson` keep the digits they were written with.
 * Otherwise as JSON.stringify: properties without a value are left out.
 * @throws AnamnesisError `json-unwritable` for what JSON cannot say: NaN, an infinity, a bigint, a function.
 */
export function stringifyJson(value: unknown): string {
  return isPlain(value) ? (JSON.stringify(value) ?? unwritable()) : write(value, false);
}

/**
 * The one canonical text of a value: RFC 8785 (names sorted by UTF-16 code units, no white space, shortest escapes) with one
 * exception: a number that was read by `parseJson` keeps its digits, since FHIR makes the precision of a decimal significant and
 * 5.0 and 5.00 are two different records. A commitment is over the UTF-8 bytes of this text.
 * @throws AnamnesisError `json-unwritable` as `stringifyJson`, and for half a surrogate pair.
 */
export function canonicalize(value: unknown): string {
  return write(value, true);
}

/** True when JSON.stringify writes all of the value as we would. */
function isPlain(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object')
    return typeof value !== 'bigint' && typeof value !== 'function' && typeof value !== 'symbol';
  if (value === null) return true;
  if (literalsOf(value)) return false;
  if (Array.isArray(value)) return value.every(isPlain);
  for (const name in value) if (!isPlain((value as Record<string, unknown>)[name])) return false;
  return true;
}

function write(value: unknown, canonical: boolean): string {
  switch (typeof value) {
    case 'string':
      return writeString(value, canonical);
    case 'number':
      return writeNumber(undefined, '', value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? writeArray(value, canonical) : writeObject(value, canonical);
    default:
      return unwritable();
  }
}

function writeObject(object: object, canonical: boolean): string {
  const literals = literalsOf(object);
  const names = Object.keys(object);
  if (canonical) names.sort();
  let text = '{';
  for (const name of names) {
    const item = (object as Record<string, unknown>)[name];
    if (item === undefined) continue;
    if (text !== '{') text += ',';
    text += writeString(name, canonical);
    text += ':';
    text += typeof item === 'number' ? writeNumber(literals, name, item) : write(item, canonical);
  }
  return `${text}}`;
}

function writeArray(array: readonly unknown[], canonical: boolean): string {
  const literals = literalsOf(array);
  const items = array.map((item, at) => {
    if (item === undefined) return 'null';
    return typeof item === 'number' ? writeNumber(literals, at, item) : write(item, canonical);
  });
  return `[${items.join(',')}]`;
}

function writeNumber(literals: Literals | undefined, key: string | number, value: number): string {
  return Number.isFinite(value) ? numberText(literals, key, value) : unwritable();
}

// Strings that need no escape are nearly all of them; the test costs less than JSON.stringify.
const PLAIN_STRING = /^[ !#-[\]-\ud7ff\ue000-\uffff]*$/;

function writeString(text: string, canonical: boolean): string {
  if (PLAIN_STRING.test(text)) return `"${text}"`;
  if (canonical && !text.isWellFormed()) unwritable();
  return JSON.stringify(text);
}

function unwritable(): never {
  throw new AnamnesisError('json-unwritable', 'The value has no JSON text');
}
