import { AnamnesisError, concat, equalBytes, fromBase64, toBase64, utf8 } from '@anamnesis/protocol';
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/**
 * C2SP signed notes (https://c2sp.org/signed-note) with Ed25519: a text, an empty line, and signature lines. A log signs its
 * checkpoints so, and witnesses made elsewhere can verify them.
 */
const ED25519 = 1;
/** Timestamped cosignatures of witnesses (https://c2sp.org/tlog-cosignature). */
export const COSIGNATURE = 4;
const KEY_ID_LENGTH = 4;
/** More signature lines than any checkpoint has; the format asks for at least 16. */
const MAX_LINES = 100;

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
  return encodeVerifierKey(name, ED25519, publicKey);
}

/**
 * Signs a text. It must end with a newline, as a checkpoint's body does.
 * @throws AnamnesisError `note-malformed` for a text that a note cannot hold.
 */
export function signNote(text: string, { name, privateKey }: NoteSigner): string {
  checkName(name);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: signed-note forbids exactly these.
  if (!text.endsWith('\n') || /[\u0000-\u0009\u000b-\u001f]/.test(text) || !text.isWellFormed()) throw malformed();
  const id = noteKeyId(name, ED25519, ed25519.getPublicKey(privateKey));
  return `${text}\n${signatureLine(name, id, ed25519.sign(utf8(text), privateKey))}\n`;
}

/** One signature line of a note. Whose it is, name and key id say together; what the bytes mean, the key's type. */
export interface SignatureLine {
  readonly name: string;
  readonly keyId: Uint8Array;
  readonly signature: Uint8Array;
  /** The line itself, without its newline. */
  readonly line: string;
}

/**
 * A note taken apart, nothing verified.
 * @throws AnamnesisError `note-malformed`.
 */
export function parseNote(note: string): { readonly text: string; readonly signatures: readonly SignatureLine[] } {
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || !note.endsWith('\n')) throw malformed();
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > MAX_LINES) throw malformed();
  return { text: note.slice(0, split + 1), signatures: lines.map(parseSignatureLine) };
}

/** @throws AnamnesisError `note-malformed`. */
export function parseSignatureLine(line: string): SignatureLine {
  const [dash, name, base64, ...rest] = line.split(' ');
  const bytes = fromBase64(base64 ?? '');
  if (dash !== '—' || !name || !bytes || bytes.length <= KEY_ID_LENGTH || rest.length > 0) throw malformed();
  return { name, keyId: bytes.subarray(0, KEY_ID_LENGTH), signature: bytes.subarray(KEY_ID_LENGTH), line };
}

/** A signature as a line of a note, without a newline. */
export function signatureLine(name: string, keyId: Uint8Array, signature: Uint8Array): string {
  checkName(name);
  return `— ${name} ${toBase64(concat(keyId, signature))}`;
}

/**
 * The text of a note, if one of its signatures is the key's. Lines of other keys are passed over, as the format asks.
 * @param verifierKey what `noteVerifierKey` gives; a profile's `logKey`.
 * @throws AnamnesisError `note-malformed`, `note-key-malformed`, `note-unsigned` when the key did not sign it.
 */
export function openNote(note: string, verifierKey: string): string {
  const { name, id, publicKey } = parseVerifierKey(verifierKey, ED25519);
  const { text, signatures } = parseNote(note);
  let signed = false;
  for (const line of signatures) {
    if (line.name !== name || !equalBytes(line.keyId, id)) continue;
    if (!verify(line.signature, utf8(text), publicKey)) throw unsigned();
    signed = true;
  }
  if (!signed) throw unsigned();
  return text;
}

/**
 * The same public key under another name, as the verifier key of its notes: a node has one key, and signs the checkpoints of each of its logs
 * under the origin of that log.
 * @throws AnamnesisError `note-key-malformed`.
 */
export function verifierKeyNamed(verifierKey: string, name: string): string {
  checkName(name);
  return encodeVerifierKey(name, ED25519, parseVerifierKey(verifierKey, ED25519).publicKey);
}

/**
 * The same name and public key as the verifier key of its cosignatures. One key may serve for both types: what is signed begins differently.
 * @throws AnamnesisError `note-key-malformed`.
 */
export function cosignerKey(verifierKey: string): string {
  const { name, publicKey } = parseVerifierKey(verifierKey, ED25519);
  return encodeVerifierKey(name, COSIGNATURE, publicKey);
}

/** @throws AnamnesisError `note-key-malformed`, for a key of another type too. */
export function parseVerifierKey(verifierKey: string, type: number) {
  // The name has no plus sign; base64 may.
  const [, name = '', idText = '', base64 = ''] = /^([^+\s]+)\+([0-9a-f]{8})\+(\S+)$/.exec(verifierKey) ?? [];
  const key = fromBase64(base64);
  const publicKey = key?.subarray(1);
  if (key?.[0] !== type || publicKey?.length !== 32 || bytesToHex(noteKeyId(name, type, publicKey)) !== idText) {
    throw new AnamnesisError('note-key-malformed', 'A verifier key must be name, key id and Ed25519 public key');
  }
  return { name, id: noteKeyId(name, type, publicKey), publicKey };
}

/** First four bytes of SHA-256 of name, newline, type and public key. `type`: a byte, or bytes that begin with 0xff. */
export function noteKeyId(name: string, type: number | Uint8Array, publicKey: Uint8Array): Uint8Array {
  const kind = typeof type === 'number' ? Uint8Array.of(type) : type;
  return sha256(concat(utf8(`${name}\n`), kind, publicKey)).subarray(0, KEY_ID_LENGTH);
}

function encodeVerifierKey(name: string, type: number, publicKey: Uint8Array): string {
  return `${name}+${bytesToHex(noteKeyId(name, type, publicKey))}+${toBase64(concat(Uint8Array.of(type), publicKey))}`;
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
