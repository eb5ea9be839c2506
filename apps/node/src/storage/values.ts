/**
 * A value as a parameter: text, or bytes in PostgreSQL's binary form, which for `bytea` is the bytes themselves. Numbers, booleans, dates, bytes, and
 * arrays of these; null and undefined are null. Errors: TypeError for anything else.
 */
export function encodeValue(value: unknown): string | Buffer | null {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'undefined':
      return null;
    case 'object':
      if (value === null) return null;
      if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
      if (value instanceof Date) return value.toISOString();
      if (Array.isArray(value)) return isBytes(value) ? bytesArray(value) : arrayLiteral(value);
  }
  throw new TypeError('a parameter has no form in SQL');
}

function isBytes(values: readonly unknown[]): values is readonly Uint8Array[] {
  return values.length > 0 && values.every((value) => value instanceof Uint8Array);
}

/** Type `bytea` in the system catalogue. */
const BYTEA = 17;

/**
 * `bytea[]` in PostgreSQL's binary form, half the bytes of its text: dimensions, whether there are nulls, type of the elements, their number, index of the
 * first, then each with its length before it (`array_recv` in src/backend/utils/adt/arrayfuncs.c).
 */
function bytesArray(values: readonly Uint8Array[]): Buffer {
  const array = Buffer.allocUnsafe(values.reduce((size, { length }) => size + 4 + length, 20));
  let at = 0;
  for (const word of [1, 0, BYTEA, values.length, 1]) at = array.writeInt32BE(word, at);
  for (const value of values) {
    at = array.writeInt32BE(value.length, at);
    array.set(value, at);
    at += value.length;
  }
  return array;
}

/** https://www.postgresql.org/docs/18/arrays.html#ARRAYS-IO */
function arrayLiteral(values: readonly unknown[]): string {
  let text = '{';
  for (const [at, value] of values.entries()) {
    if (at > 0) text += ',';
    if (typeof value === 'string') text += quoted(value);
    else if (typeof value === 'number' || typeof value === 'boolean') text += value;
    else if (value === null || value === undefined) text += 'NULL';
    else if (value instanceof Uint8Array) text += `"\\\\x${hexOf(value)}"`;
    else if (value instanceof Date) text += quoted(value.toISOString());
    else throw new TypeError('an array holds what has no form in SQL');
  }
  return `${text}}`;
}

function quoted(text: string): string {
  return /["\\]/.test(text) ? `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"` : `"${text}"`;
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
