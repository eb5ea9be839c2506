import { AnamnesisError, concat, equalBytes, fromBase64, toBase64, utf8 } from '@anamnesis/protocol';
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/**
 * C2SP signed notes (https://c2sp.org/signed-note) with Ed25519: a text, an empty line, and signature lines. A log signs its
 * checkpoints so, and witnesses made elsewhere can verify them.
 */
const ED25519 = 1;
const KEY_ID_LENGTH = 4;

/** The key of a log: its name (the origin of its checkpoints) and an Ed25519 private key of 32 bytes. */
export interface NoteSigner {
  readonly name: string;
  readonly privateKey: Uint8Array;
}

/** A new private key for a log. */
export function newNoteKey(): Uint8Array {
  return ed25519.utils.randomSecretKey();
}

/** The verifier key that belongs to a signer: `<name>+<key id, hexadecimal>+<base64 of type and public key>`. */
export function noteVerifierKey({ name, privateKey }: NoteSigner): string {
  checkName(name);
  const publicKey = ed25519.getPublicKey(privateKey);
  return `${name}+${bytesToHex(keyId(name, publicKey))}+${toBase64(concat(Uint8Array.of(ED25519), publicKey))}`;
}

/**
 * Signs a text. It must end with a newline, as a checkpoint's body does.
 * @throws AnamnesisError `note-malformed` for a text that a note cannot hold.
 */
export function signNote(text: string, { name, privateKey }: NoteSigner): string {
  checkName(name);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: signed-note forbids exactly these.
  if (!text.endsWith('\n') || /[\u0000-\u0009\u000b-\u001f]/.test(text) || !text.isWellFormed()) throw malformed();
  const id = keyId(name, ed25519.getPublicKey(privateKey));
  return `${text}\n— ${name} ${toBase64(concat(id, ed25519.sign(utf8(text), privateKey)))}\n`;
}

/**
 * The text of a note, if one of its signatures is the key's. Lines of other keys are passed over, as the format asks.
 * @param verifierKey what `noteVerifierKey` gives; a profile's `logKey`.
 * @throws AnamnesisError `note-malformed`, `note-key-malformed`, `note-unsigned` when the key did not sign it.
 */
export function openNote(note: string, verifierKey: string): string {
  const { name, id, publicKey } = parseVerifierKey(verifierKey);
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || !note.endsWith('\n')) throw malformed();
  const text = note.slice(0, split + 1);
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > 100) throw malformed();
  let signed = false;
  for (const line of lines) {
    const [dash, signer, base64, ...rest] = line.split(' ');
    const bytes = fromBase64(base64 ?? '');
    if (dash !== '—' || !signer || !bytes || bytes.length <= KEY_ID_LENGTH || rest.length > 0) throw malformed();
    if (signer !== name || !equalBytes(bytes.subarray(0, KEY_ID_LENGTH), id)) continue;
    if (!verify(bytes.subarray(KEY_ID_LENGTH), utf8(text), publicKey)) throw unsigned();
    signed = true;
  }
  if (!signed) throw unsigned();
  return text;
}

function parseVerifierKey(verifierKey: string) {
  // The name has no plus sign; base64 may.
  const [, name = '', idText = '', base64 = ''] = /^([^+\s]+)\+([0-9a-f]{8})\+(\S+)$/.exec(verifierKey) ?? [];
  const key = fromBase64(base64);
  const publicKey = key?.subarray(1);
  if (key?.[0] !== ED25519 || publicKey?.length !== 32 || bytesToHex(keyId(name, publicKey)) !== idText) {
    throw new AnamnesisError('note-key-malformed', 'A verifier key must be name, key id and Ed25519 public key');
  }
  return { name, id: keyId(name, publicKey), publicKey };
}

function keyId(name: string, publicKey: Uint8Array): Uint8Array {
  return sha256(concat(utf8(`${name}\n`), Uint8Array.of(ED25519), publicKey)).subarray(0, KEY_ID_LENGTH);
}

function verify(signature: Uint8Array, text: Uint8Array, publicKey: Uint8Array): boolean {
  try {
    return ed25519.verify(signature, text, publicKey, { zip215: false });
  } catch {
    return false;
  }
}

function checkName(name: string): void {
  if (name === '' || /[\s+]/.test(name))
    throw new AnamnesisError('note-key-malformed', 'A key name has no space or plus');
}

const malformed = () => new AnamnesisError('note-malformed', 'A note must be text, an empty line and signature lines');
const unsigned = () => new AnamnesisError('note-unsigned', 'The note is not signed by this key');
