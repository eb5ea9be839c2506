import { AnamnesisError, checks, fromBase64, toBase64, utf8 } from '@anamnesis/protocol';
import { scryptAsync } from '@noble/hashes/scrypt.js';
import type { Hex } from 'viem';
import { randomBytes } from './random.ts';
import { SEED_LENGTH, seedCheck } from './subject.ts';

/**
 * A seed locked with a passphrase: scrypt (RFC 7914) makes a key, AES-256-GCM encrypts. The form is JSON, so that it can stand in a
 * file; `check` tells that the right seed came out. For devices without a passkey; a passkey's PRF output takes the place of scrypt.
 */
export interface WrappedSeed {
  readonly format: 'anamnesis-account/1';
  readonly kdf: { readonly name: 'scrypt'; readonly N: number; readonly r: 8; readonly p: 1; readonly salt: string };
  /** Base64 of the IV (12 bytes). */
  readonly iv: string;
  /** Base64 of ciphertext and tag. */
  readonly ciphertext: string;
  readonly check: Hex;
}

/** scrypt's N: 2^17 takes 128 MiB and about a second, the OWASP recommendation. */
const DEFAULT_COST = 2 ** 17;
const MIN_COST = 2 ** 10;
const MAX_COST = 2 ** 20;

const { fail, hex, object, oneOf, text, whole } = checks('account-malformed');
const readWrapped = object<WrappedSeed>({
  format: oneOf('anamnesis-account/1'),
  kdf: object<WrappedSeed['kdf']>({
    name: oneOf('scrypt'),
    N: (value, path) => {
      const cost = whole(MIN_COST, MAX_COST)(value, path);
      return Number.isInteger(Math.log2(cost)) ? cost : fail(path, 'a power of two');
    },
    r: (value, path) => (value === 8 ? 8 : fail(path, '8')),
    p: (value, path) => (value === 1 ? 1 : fail(path, '1')),
    salt: text(24, 24),
  }),
  iv: text(16, 16),
  ciphertext: text(64, 64),
  check: hex(16),
});

/**
 * Locks a seed with a passphrase.
 * @param cost scrypt's N, a power of two; lower only where the seed protects nothing, as in tests and demonstrations.
 */
export async function wrapSeed(
  seed: Uint8Array,
  passphrase: string,
  cost: number = DEFAULT_COST,
): Promise<WrappedSeed> {
  if (seed.length !== SEED_LENGTH) throw new AnamnesisError('seed-malformed', `A seed has ${SEED_LENGTH} bytes`);
  const iv = randomBytes(12);
  const kdf = { name: 'scrypt', N: cost, r: 8, p: 1, salt: toBase64(randomBytes(16)) } as const;
  const head = { format: 'anamnesis-account/1', kdf, check: seedCheck(seed) } as const;
  const key = await passphraseKey(passphrase, kdf);
  const parameters = { name: 'AES-GCM', iv, additionalData: utf8(authenticated(head)) };
  const ciphertext = await crypto.subtle.encrypt(parameters, key, new Uint8Array(seed));
  return readWrapped({ ...head, iv: toBase64(iv), ciphertext: toBase64(new Uint8Array(ciphertext)) }, 'account');
}

/**
 * Unlocks a seed.
 * @throws AnamnesisError `account-malformed` for what is not a wrapped seed; `account-locked` for another passphrase or a changed file:
 * never a seed that is not the one that was wrapped.
 */
export async function unwrapSeed(wrapped: unknown, passphrase: string): Promise<Uint8Array> {
  const account = readWrapped(wrapped, 'account');
  const iv = fromBase64(account.iv) ?? fail('account.iv', 'base64');
  const ciphertext = fromBase64(account.ciphertext) ?? fail('account.ciphertext', 'base64');
  const key = await passphraseKey(passphrase, account.kdf);
  let seed: Uint8Array;
  try {
    const parameters = { name: 'AES-GCM', iv, additionalData: utf8(authenticated(account)) };
    seed = new Uint8Array(await crypto.subtle.decrypt(parameters, key, ciphertext));
  } catch {
    throw locked();
  }
  // AES-GCM alone can be made to open under two passphrases; the check value cannot.
  if (seed.length !== SEED_LENGTH || seedCheck(seed) !== account.check) throw locked();
  return seed;
}

async function passphraseKey(passphrase: string, { N, r, p, salt }: WrappedSeed['kdf']) {
  const saltBytes = fromBase64(salt) ?? fail('account.kdf.salt', 'base64');
  // The same words typed on two keyboards are the same passphrase (RFC 8265 asks for NFC).
  const password = utf8(passphrase.normalize('NFC'));
  const key = await scryptAsync(password, saltBytes, { N, r, p, dkLen: 32, maxmem: 2 * 128 * r * MAX_COST });
  return crypto.subtle.importKey('raw', new Uint8Array(key), 'AES-GCM', false, ['encrypt', 'decrypt']);
}

function authenticated({ format, kdf, check }: Pick<WrappedSeed, 'format' | 'kdf' | 'check'>): string {
  return [format, kdf.name, kdf.N, kdf.r, kdf.p, kdf.salt, check].join('\n');
}

function locked(): AnamnesisError {
  return new AnamnesisError('account-locked', 'The account does not open with this passphrase');
}
