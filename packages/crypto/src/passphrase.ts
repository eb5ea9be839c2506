import { checks, fromBase64, toBase64, toBase64Url, utf8 } from '@anamnesis/protocol';
import { hkdf } from '@noble/hashes/hkdf.js';
import { scryptAsync } from '@noble/hashes/scrypt.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { randomBytes } from './random.ts';

/** How a passphrase becomes a secret: scrypt (RFC 7914). */
export interface PassphraseKdf {
  readonly name: 'scrypt';
  readonly N: number;
  readonly r: 8;
  readonly p: 1;
  /** Base64 of 16 random bytes. */
  readonly salt: string;
}

/** scrypt's N: 2^17 takes 128 MiB and about a second, the OWASP recommendation. */
const DEFAULT_COST = 2 ** 17;
const MAX_COST = 2 ** 20;
const { fail, object, oneOf, text, whole } = checks('lock-malformed');
/** A kdf from outside. Throws AnamnesisError `lock-malformed`. */
export const checkPassphraseKdf = object<PassphraseKdf>({
  name: oneOf('scrypt'),
  N: (value, path) => {
    const cost = whole(2 ** 10, MAX_COST)(value, path);
    return Number.isInteger(Math.log2(cost)) ? cost : fail(path, 'a power of two');
  },
  r: (value, path) => (value === 8 ? 8 : fail(path, '8')),
  p: (value, path) => (value === 1 ? 1 : fail(path, '1')),
  salt: text(24, 24),
});

/** A new kdf with a random salt. `cost`: scrypt's N, a power of two; lower only where the seed protects nothing. */
export function newPassphraseKdf(cost: number = DEFAULT_COST): PassphraseKdf {
  return checkPassphraseKdf({ name: 'scrypt', N: cost, r: 8, p: 1, salt: toBase64(randomBytes(16)) }, 'kdf');
}

/** What a passphrase gives: the secret of its lock, and what signs in at the node. Throws `lock-malformed` for a kdf that is none. */
export async function fromPassphrase(
  passphrase: string,
  given: unknown,
): Promise<{ readonly secret: Uint8Array; readonly verifier: string }> {
  const { N, r, p, salt } = checkPassphraseKdf(given, 'kdf');
  // The same words typed on two keyboards are the same passphrase (RFC 8265 asks for NFC).
  const password = utf8(passphrase.normalize('NFC'));
  const saltBytes = fromBase64(salt) ?? fail('kdf.salt', 'base64');
  const stretched = await scryptAsync(password, saltBytes, { N, r, p, dkLen: 32, maxmem: 2 * 128 * r * MAX_COST });
  const part = (purpose: string) => hkdf(sha256, stretched, undefined, utf8(`anamnesis/passphrase/v1/${purpose}`), 32);
  return { secret: part('lock'), verifier: toBase64Url(part('sign-in')) };
}
