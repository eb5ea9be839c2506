import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { AnamnesisError } from '@anamnesis/protocol';
import { freshBytes } from './fresh-bytes.ts';

export { freshBytes };

/**
 * Encryption at rest, for servers: AES-256-GCM of node:crypto, synchronous, since a transaction writes many small records. A subpath of
 * its own (`@anamnesis/crypto/envelope`), so that browsers never load it.
 *
 * An envelope is: version byte ‖ 12-byte random IV ‖ ciphertext ‖ 16-byte tag. With random IVs a key is good for 2^32 envelopes
 * (NIST SP 800-38D section 8.3); every patient has a key of her own.
 */
const CONTENT = 1;
const WRAPPED_KEY = 2;
const IV_LENGTH = 12;
const TAG_LENGTH = 16;

/** Bytes of a key. */
export const KEY_LENGTH = 32;

/** A key made ready once, for what is encrypted or decrypted many times: a fifth of the time that its bytes would take each time. */
export function readyKey(key: Uint8Array): KeyObject {
  checkKey(key);
  return createSecretKey(key);
}

/** A new random key. */
export function newKey(): Uint8Array {
  return randomBytes(KEY_LENGTH);
}

/**
 * Encrypts a text or bytes.
 * @param aad what the envelope is bound to, such as "Patient/7/_history/2": opening it anywhere else fails.
 * @throws AnamnesisError `key-malformed` unless the key has 32 bytes.
 */
export function sealEnvelope(
  key: Uint8Array | KeyObject,
  plaintext: Uint8Array | string,
  aad: Uint8Array | string,
): Uint8Array {
  return seal(CONTENT, key, plaintext, aad);
}

/**
 * Decrypts an envelope.
 * @throws AnamnesisError `envelope-unreadable` when it was changed, or the key or `aad` is another; which, is not told.
 */
export function openEnvelope(key: Uint8Array | KeyObject, envelope: Uint8Array, aad: Uint8Array | string): Uint8Array {
  return open(CONTENT, key, envelope, aad);
}

/** Encrypts a key under a master key. `aad` names whose key it is. A wrapped key never opens as content, nor content as a key. */
export function wrapKey(master: Uint8Array, key: Uint8Array, aad: Uint8Array | string): Uint8Array {
  checkKey(key);
  return seal(WRAPPED_KEY, master, key, aad);
}

/**
 * Decrypts a key that `wrapKey` encrypted.
 * @throws AnamnesisError `envelope-unreadable` as `openEnvelope`.
 */
export function unwrapKey(master: Uint8Array, wrapped: Uint8Array, aad: Uint8Array | string): Uint8Array {
  const key = open(WRAPPED_KEY, master, wrapped, aad);
  checkKey(key);
  return key;
}

function seal(
  version: number,
  key: Uint8Array | KeyObject,
  plaintext: Uint8Array | string,
  aad: Uint8Array | string,
): Uint8Array {
  checkKey(key);
  const iv = freshBytes(IV_LENGTH);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(bound(version, aad));
  const body = typeof plaintext === 'string' ? cipher.update(plaintext, 'utf8') : cipher.update(plaintext);
  return Buffer.concat([Uint8Array.of(version), iv, body, cipher.final(), cipher.getAuthTag()]);
}

function open(
  version: number,
  key: Uint8Array | KeyObject,
  envelope: Uint8Array,
  aad: Uint8Array | string,
): Uint8Array {
  checkKey(key);
  if (envelope.length < 1 + IV_LENGTH + TAG_LENGTH || envelope[0] !== version) throw unreadable();
  const end = envelope.length - TAG_LENGTH;
  const iv = envelope.subarray(1, 1 + IV_LENGTH);
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_LENGTH });
  decipher.setAAD(bound(version, aad));
  decipher.setAuthTag(envelope.subarray(end));
  try {
    return Buffer.concat([decipher.update(envelope.subarray(1 + IV_LENGTH, end)), decipher.final()]);
  } catch {
    throw unreadable();
  }
}

/** The version is authenticated with the rest, so that one kind of envelope cannot be passed off as another. */
function bound(version: number, aad: Uint8Array | string): Uint8Array {
  if (typeof aad === 'string') return Buffer.from(String.fromCharCode(version) + aad, 'utf8');
  return Buffer.concat([Uint8Array.of(version), aad]);
}

function checkKey(key: Uint8Array | KeyObject): void {
  if ((key instanceof Uint8Array ? key.length : key.symmetricKeySize) !== KEY_LENGTH)
    throw new AnamnesisError('key-malformed', `A key has ${KEY_LENGTH} bytes`);
}

function unreadable(): AnamnesisError {
  return new AnamnesisError('envelope-unreadable', 'The envelope cannot be opened with this key in this place');
}
