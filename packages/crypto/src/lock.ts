import { AnamnesisError, checks, fromBase64, toBase64, utf8 } from '@anamnesis/protocol';
import { sha256 } from '@noble/hashes/sha2.js';
import type { Hex } from 'viem';
import { randomBytes } from './random.ts';
import { SEED_LENGTH, seedCheck } from './subject.ts';

/**
 * A seed sealed under a secret of 32 bytes: AES-256-GCM under HKDF-SHA256 of the secret, bound to what kind of lock it is. `check` tells that the right seed
 * came out: a lock that opens to another seed opens to none.
 */
export interface SealedSeed {
  readonly format: 'anamnesis-lock/1';
  /** Base64 of the IV (12 bytes). */
  readonly iv: string;
  /** Base64 of ciphertext and tag. */
  readonly ciphertext: string;
  readonly check: Hex;
}

/** Where the secret of a lock comes from: a passkey's PRF output, a passphrase, or the organisation that keeps it. */
export type LockKind = 'passkey' | 'passphrase' | 'organization';

/**
 * What every passkey of an account is asked to evaluate (WebAuthn Level 3, section 10.1.4): one input for all, since a sign-in does not know yet which passkey
 * will answer. The authenticator's own secret makes outputs differ.
 */
export const PRF_INPUT: Uint8Array = sha256(utf8('anamnesis/account/prf/v1'));

/** Bytes of a lock's secret. */
export const LOCK_SECRET_LENGTH = 32;

const { fail, hex, object, oneOf, text } = checks('lock-malformed');

/** A sealed seed from outside. Throws AnamnesisError `lock-malformed`. */
export const checkSealedSeed = object<SealedSeed>({
  format: oneOf('anamnesis-lock/1'),
  iv: text(16, 16),
  ciphertext: text(64, 64),
  check: hex(16),
});

/**
 * Seals a seed.
 * @throws AnamnesisError `seed-malformed`, `lock-malformed` for a secret that has not 32 bytes.
 */
export async function sealSeed(kind: LockKind, secret: Uint8Array, seed: Uint8Array): Promise<SealedSeed> {
  if (seed.length !== SEED_LENGTH) throw new AnamnesisError('seed-malformed', `A seed has ${SEED_LENGTH} bytes`);
  const iv = randomBytes(12);
  const check = seedCheck(seed);
  const parameters = { name: 'AES-GCM', iv, additionalData: bound(kind, check) };
  const ciphertext = await crypto.subtle.encrypt(parameters, await lockKey(kind, secret), new Uint8Array(seed));
  return { format: 'anamnesis-lock/1', iv: toBase64(iv), ciphertext: toBase64(new Uint8Array(ciphertext)), check };
}

/**
 * Opens a sealed seed.
 * @throws AnamnesisError `lock-malformed`; `account-locked` for another secret, another kind or a changed lock: never a seed that is not the one that was
 * sealed. A passkey that gives another PRF output than it did ends here; the lock must then be left as it is and another one used.
 */
export async function openSeed(kind: LockKind, secret: Uint8Array, sealed: unknown): Promise<Uint8Array> {
  const lock = checkSealedSeed(sealed, 'lock');
  const iv = fromBase64(lock.iv) ?? fail('lock.iv', 'base64');
  const ciphertext = fromBase64(lock.ciphertext) ?? fail('lock.ciphertext', 'base64');
  const key = await lockKey(kind, secret);
  let seed: Uint8Array;
  try {
    const parameters = { name: 'AES-GCM', iv, additionalData: bound(kind, lock.check) };
    seed = new Uint8Array(await crypto.subtle.decrypt(parameters, key, ciphertext));
  } catch {
    throw locked();
  }
  if (seed.length !== SEED_LENGTH || seedCheck(seed) !== lock.check) throw locked();
  return seed;
}

async function lockKey(kind: LockKind, secret: Uint8Array) {
  if (secret.length !== LOCK_SECRET_LENGTH)
    throw new AnamnesisError('lock-malformed', 'A lock has a secret of 32 bytes');
  const material = await crypto.subtle.importKey('raw', new Uint8Array(secret), 'HKDF', false, ['deriveKey']);
  const info = utf8(`anamnesis/lock/v1/${kind}`);
  const derivation = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info };
  return crypto.subtle.deriveKey(derivation, material, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}

function bound(kind: LockKind, check: Hex): Uint8Array<ArrayBuffer> {
  return utf8(['anamnesis-lock/1', kind, check.toLowerCase()].join('\n'));
}

function locked(): AnamnesisError {
  return new AnamnesisError('account-locked', 'The account does not open with this');
}
