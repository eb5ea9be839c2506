import { AnamnesisError, concat, equalBytes, utf8 } from '@anamnesis/protocol';
import { ed25519 } from '@noble/curves/ed25519.js';
import {
  COSIGNATURE,
  type NoteSigner,
  noteKeyId,
  parseNote,
  parseSignatureLine,
  parseVerifierKey,
  signatureLine,
} from './note.ts';

/**
 * C2SP cosignatures of version 1 (https://c2sp.org/tlog-cosignature): a witness says that, at this time, this was the largest tree of the log
 * that it had seen, and that it is consistent with all before.
 */

/** Signs a checkpoint's text at a time (seconds since 1970). Returns a signature line without a newline. */
export function cosign(text: string, { name, privateKey }: NoteSigner, time: number): string {
  const id = noteKeyId(name, COSIGNATURE, ed25519.getPublicKey(privateKey));
  return signatureLine(name, id, concat(uint64(time), ed25519.sign(message(text, time), privateKey)));
}

/**
 * When (seconds since 1970) a witness cosigned a note; null when it did not.
 * @param witnessKey what `cosignerKey` gives.
 * @throws AnamnesisError `note-malformed`, `note-key-malformed`; `note-unsigned` for a line that names the key and is not its.
 */
export function cosignedAt(note: string, witnessKey: string): number | null {
  const { text, signatures } = parseNote(note);
  let latest: number | null = null;
  for (const { line } of signatures) {
    const time = cosignatureTime(text, line, witnessKey);
    if (time !== null && (latest === null || time > latest)) latest = time;
  }
  return latest;
}

/** The time of one cosignature line over a checkpoint's text; null when the line is another key's. Errors as `cosignedAt`. */
export function cosignatureTime(text: string, line: string, witnessKey: string): number | null {
  const { name, id, publicKey } = parseVerifierKey(witnessKey, COSIGNATURE);
  const found = parseSignatureLine(line);
  if (found.name !== name || !equalBytes(found.keyId, id)) return null;
  const time =
    found.signature.length === 72 ? Number(new DataView(Uint8Array.from(found.signature).buffer).getBigUint64(0)) : -1;
  if (!Number.isSafeInteger(time) || time < 0 || !holds(found.signature.subarray(8), message(text, time), publicKey)) {
    throw new AnamnesisError('note-unsigned', 'The note is not cosigned by this key');
  }
  return time;
}

function message(text: string, time: number): Uint8Array {
  return utf8(`cosignature/v1\ntime ${time}\n${text}`);
}

function uint64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

function holds(signature: Uint8Array, signed: Uint8Array, publicKey: Uint8Array): boolean {
  try {
    return ed25519.verify(signature, signed, publicKey, { zip215: false });
  } catch {
    return false;
  }
}
