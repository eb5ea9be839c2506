import { utf8 } from '@anamnesis/protocol';
import { keccak256 } from 'viem';

/** Crockford's base 32: no I, L, O or U, so that it survives being read aloud and written by hand. */
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Bytes as people copy them: groups of six digits, the last of which find a slip of the pen. `domain`: of this kind of text and of no other. */
export function toCodedText(body: Uint8Array, domain: string): string {
  const bytes = new Uint8Array([...body, ...checkOf(body, domain)]);
  let digits = '';
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) digits += DIGITS[(held >> (bits - 5)) & 31];
    held &= (1 << bits) - 1;
  }
  if (bits > 0) digits += DIGITS[(held << (5 - bits)) & 31];
  return digits.match(/.{1,6}/g)?.join('-') ?? '';
}

/** The bytes of what `toCodedText` wrote, `length` of them, in any case and spacing; null for anything else. */
export function fromCodedText(text: string, length: number, domain: string): Uint8Array | null {
  const digits = text.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');
  if (digits.length !== Math.ceil(((length + 2) * 8) / 5)) return null;
  const bytes: number[] = [];
  let held = 0;
  let bits = 0;
  for (const digit of digits) {
    const value = DIGITS.indexOf(digit);
    if (value < 0) return null;
    held = (held << 5) | value;
    bits += 5;
    if (bits >= 8) {
      bytes.push((held >> (bits - 8)) & 255);
      bits -= 8;
    }
    held &= (1 << bits) - 1;
  }
  const body = new Uint8Array(bytes.slice(0, length));
  if (held !== 0 || checkOf(body, domain).some((byte, at) => byte !== bytes[length + at])) return null;
  return body;
}

function checkOf(body: Uint8Array, domain: string): Uint8Array {
  return keccak256(new Uint8Array([...utf8(domain), ...body]), 'bytes').slice(0, 2);
}
