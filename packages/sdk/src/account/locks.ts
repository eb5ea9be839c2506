import {
  fromPassphrase,
  newPassphraseKdf,
  openSeed,
  type PassphraseKdf,
  randomBytes,
  type SealedSeed,
  sealSeed,
} from '@anamnesis/crypto';
import { AnamnesisError, toBase64Url } from '@anamnesis/protocol';

/** One way to open an account's seed. The node keeps it and can open none, except that of kind `organization`, whose secret it keeps. */
export type Lock =
  | { readonly id: string; readonly kind: 'passkey'; readonly credentialId: string; readonly sealed: SealedSeed }
  | { readonly id: string; readonly kind: 'passphrase'; readonly kdf: PassphraseKdf; readonly sealed: SealedSeed }
  | {
      readonly id: string;
      readonly kind: 'organization';
      /** Who keeps it, as people read it: "Kept for you by …". */
      readonly keeper: string;
      readonly sealed: SealedSeed;
    };

/** A new lock, and what the node is told besides: to know a passphrase by, or to keep. */
export interface NewLock {
  readonly lock: Lock;
  /** Of a passphrase: what signs in, derived from it and telling nothing of the secret. Base64url. */
  readonly verifier?: string;
  /** Of the organisation's: the secret itself, base64url. */
  readonly secret?: string;
}

/**
 * Locks a seed with a passkey. `prf`: the 32 bytes that `navigator.credentials.get()` gave as `prf.results.first`; never what `create()` gave, which some
 * authenticators compute differently.
 */
export async function passkeyLock(seed: Uint8Array, credentialId: string, prf: Uint8Array): Promise<NewLock> {
  return { lock: { id: newId(), kind: 'passkey', credentialId, sealed: await sealSeed('passkey', prf, seed) } };
}

/** Locks a seed with a passphrase. `cost`: scrypt's N, lower only where the seed protects nothing. */
export async function passphraseLock(seed: Uint8Array, passphrase: string, cost?: number): Promise<NewLock> {
  const kdf = newPassphraseKdf(cost);
  const { secret, verifier } = await fromPassphrase(passphrase, kdf);
  return {
    lock: { id: newId(), kind: 'passphrase', kdf, sealed: await sealSeed('passphrase', secret, seed) },
    verifier,
  };
}

/** Has the organisation keep a lock: it can open the account, and people must be told so plainly. */
export async function organizationLock(seed: Uint8Array, keeper: string): Promise<NewLock> {
  const secret = randomBytes(32);
  const sealed = await sealSeed('organization', secret, seed);
  return { lock: { id: newId(), kind: 'organization', keeper, sealed }, secret: toBase64Url(secret) };
}

/**
 * Opens a lock. `secret`: a passkey's PRF output, what `fromPassphrase` gave, or what the organisation handed out.
 * Throws `account-locked` when it does not open: the lock is then left as it is, and another one tried.
 */
export async function openLock(lock: Lock, secret: Uint8Array): Promise<Uint8Array> {
  return openSeed(lock.kind, secret, lock.sealed);
}

/** The first of the locks that opens. Throws `account-locked` when none does. */
export async function openAnyLock(
  locks: readonly Lock[],
  secretOf: (lock: Lock) => Promise<Uint8Array | null> | Uint8Array | null,
): Promise<Uint8Array> {
  for (const lock of locks) {
    const secret = await secretOf(lock);
    if (secret === null) continue;
    try {
      return await openLock(lock, secret);
    } catch (error) {
      if (!(error instanceof AnamnesisError) || error.code !== 'account-locked') throw error;
    }
  }
  throw new AnamnesisError('account-locked', 'No lock of the account opens with this');
}

function newId(): string {
  return toBase64Url(randomBytes(16));
}
