import { AnamnesisError, utf8 } from '@anamnesis/protocol';
import { type Address, bytesToHex, hexToBytes, keccak256 } from 'viem';

/** What a patient shows so that somebody elsewhere can ask her: who holds her records, and who she is there. It opens nothing by itself. */
export interface ShareCode {
  /** Directory id of the custodian. */
  readonly custodian: number;
  readonly subject: Address;
}

/** Crockford's base 32: no I, L, O or U, so that it survives being read aloud. */
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 4 + 20 + 2;
const LENGTH_IN_DIGITS = Math.ceil((LENGTH * 8) / 5);

/** The code in groups of six: 26 bytes, the last two of which find a slip of the pen. */
export function formatShareCode({ custodian, subject }: ShareCode): string {
  const body = new Uint8Array(LENGTH - 2);
  new DataView(body.buffer).setUint32(0, custodian);
  body.set(hexToBytes(subject), 4);
  const bytes = new Uint8Array([...body, ...checkOf(body)]);
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

/** Reads a code as somebody typed it. Throws AnamnesisError `share-code-malformed`. */
export function readShareCode(text: string): ShareCode {
  const digits = text.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');
  if (digits.length !== LENGTH_IN_DIGITS) throw malformed();
  const bytes: number[] = [];
  let held = 0;
  let bits = 0;
  for (const digit of digits) {
    const value = DIGITS.indexOf(digit);
    if (value < 0) throw malformed();
    held = (held << 5) | value;
    bits += 5;
    if (bits >= 8) {
      bytes.push((held >> (bits - 8)) & 255);
      bits -= 8;
    }
    held &= (1 << bits) - 1;
  }
  const all = new Uint8Array(bytes);
  const body = all.slice(0, -2);
  if (all.length !== LENGTH || held !== 0 || checkOf(body).some((byte, at) => byte !== all[body.length + at]))
    throw malformed();
  return { custodian: new DataView(body.buffer).getUint32(0), subject: bytesToHex(body.slice(4)) };
}

function checkOf(body: Uint8Array): Uint8Array {
  const text = utf8('anamnesis/share-code/v1');
  return keccak256(new Uint8Array([...text, ...body]), 'bytes').slice(0, 2);
}

function malformed(): AnamnesisError {
  return new AnamnesisError('share-code-malformed', 'The code is not complete, or has a slip in it');
}
