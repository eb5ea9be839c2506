import { AnamnesisError, utf8 } from '@anamnesis/protocol';
import { x25519 } from '@noble/curves/ed25519.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { combine, split } from 'shamir-secret-sharing';
import type { Hex } from 'viem';
import type { HpkeKeyPair } from './hpke.ts';
import { SEED_LENGTH, seedCheck } from './subject.ts';

/** How many shares of a seed there are, and how many give it back. */
export const SHARES = { all: 3, needed: 2 } as const;
/** Bytes of a share: those of the seed and its place. */
export const SHARE_LENGTH = SEED_LENGTH + 1;

/** A seed in shares (Shamir over GF(256)): any two give it back, one alone tells nothing of it. */
export interface SplitSeed {
  readonly shares: readonly [Uint8Array, Uint8Array, Uint8Array];
  /** Tells that the right seed came back; of a random seed it tells nothing. */
  readonly check: Hex;
}

/** Splits a seed, each time into other shares: shares of two splits do not fit together. Throws AnamnesisError `seed-malformed`. */
export async function splitSeed(seed: Uint8Array): Promise<SplitSeed> {
  if (seed.length !== SEED_LENGTH) throw new AnamnesisError('seed-malformed', `A seed has ${SEED_LENGTH} bytes`);
  const shares = await split(Uint8Array.from(seed), SHARES.all, SHARES.needed);
  return { shares: shares as [Uint8Array, Uint8Array, Uint8Array], check: seedCheck(seed) };
}

/**
 * The seed of which these are shares. More than are needed may be given: every two are tried, so one that is wrong or of an older split does no harm.
 * Throws AnamnesisError `account-locked` when no two give the seed of this check value: never another seed.
 */
export async function combineShares(shares: readonly Uint8Array[], check: Hex): Promise<Uint8Array> {
  const sound = shares.filter((share) => share.length === SHARE_LENGTH);
  for (const [at, first] of sound.entries()) {
    for (const second of sound.slice(at + 1)) {
      // Two with the same place are the same share, or of two splits.
      if (first.at(-1) === second.at(-1)) continue;
      const seed = await combine([Uint8Array.from(first), Uint8Array.from(second)]).catch(() => null);
      if (seed !== null && seed.length === SEED_LENGTH && seedCheck(seed) === check.toLowerCase()) return seed;
    }
  }
  throw new AnamnesisError('account-locked', 'The shares do not give the account back');
}

/** The HPKE key pair of an account, from its seed: to it others seal what is for its holder. HKDF-SHA256 with info "anamnesis/account-hpke/v1". */
export function accountHpke(seed: Uint8Array): HpkeKeyPair {
  if (seed.length !== SEED_LENGTH) throw new AnamnesisError('seed-malformed', `A seed has ${SEED_LENGTH} bytes`);
  const privateKey = hkdf(sha256, seed, undefined, utf8('anamnesis/account-hpke/v1'), 32);
  return { publicKey: x25519.getPublicKey(privateKey), privateKey };
}
