import { AnamnesisError } from '@anamnesis/protocol';
import { type Address, bytesToHex, hexToBytes } from 'viem';
import { fromCodedText, toCodedText } from './codedText.ts';

/** What a patient shows so that somebody elsewhere can ask her: who holds her records, and who she is there. It opens nothing by itself. */
export interface ShareCode {
  /** Directory id of the custodian. */
  readonly custodian: number;
  readonly subject: Address;
}

const LENGTH = 4 + 20;
const DOMAIN = 'anamnesis/share-code/v1';

/** The code in groups of six: 26 bytes, the last two of which find a slip of the pen. */
export function formatShareCode({ custodian, subject }: ShareCode): string {
  const body = new Uint8Array(LENGTH);
  new DataView(body.buffer).setUint32(0, custodian);
  body.set(hexToBytes(subject), 4);
  return toCodedText(body, DOMAIN);
}

/** Reads a code as somebody typed it. Throws AnamnesisError `share-code-malformed`. */
export function readShareCode(text: string): ShareCode {
  const body = fromCodedText(text, LENGTH, DOMAIN);
  if (body === null) throw new AnamnesisError('share-code-malformed', 'The code is not complete, or has a slip in it');
  return { custodian: new DataView(body.buffer).getUint32(0), subject: bytesToHex(body.slice(4)) };
}
