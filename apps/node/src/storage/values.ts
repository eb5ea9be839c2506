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
      if (Array.isArray(value)) return arrayLiteral(value);
  }
  throw new TypeError('a parameter has no form in SQL');
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
