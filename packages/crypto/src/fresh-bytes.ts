import { randomBytes, randomFillSync } from 'node:crypto';

const pool = new Uint8Array(4096);
let given = pool.length;

/**
 * Random bytes for what needs a few of them many times a second, such as IVs and salts: they are drawn from the system many at a time, which costs a tenth.
 * Each is given out once and not kept here.
 */
export function freshBytes(length: number): Uint8Array {
  if (length > pool.length) return randomBytes(length);
  if (given + length > pool.length) {
    randomFillSync(pool);
    given = 0;
  }
  const bytes = pool.slice(given, given + length);
  pool.fill(0, given, given + length);
  given += length;
  return bytes;
}
