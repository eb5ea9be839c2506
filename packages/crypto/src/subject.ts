import { AnamnesisError, utf8 } from '@anamnesis/protocol';
import { mapHashToField } from '@noble/curves/abstract/modular.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { Hex } from 'viem';
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { bytesToHex } from 'viem/utils';
import { randomBytes } from './random.ts';

/** Bytes of an account's seed. */
export const SEED_LENGTH = 32;

/** Which of a patient's keys: she has another one at every organisation, and after a rotation the next generation of it. */
export interface SubjectPath {
  readonly chainId: number;
  /** Directory id of the organisation toward which the subject acts. */
  readonly organization: number;
  /** 0 for the first key; one more after each rotation. */
  readonly generation?: number;
}

/** A new random seed: all of a patient's subjects come from it. */
export function newSeed(): Uint8Array {
  return randomBytes(SEED_LENGTH);
}

/**
 * The private key of a subject: HKDF-SHA256 (RFC 5869) of the seed with salt "anamnesis/subject/v1" and info uint64be chainId ‖ uint32be
 * organization ‖ uint32be generation, 48 bytes, reduced to the order of secp256k1 (FIPS 186-5 A.2.1, so without bias). One way:
 * no key tells of the seed or of another key, and nobody can link two subjects of one patient.
 * @throws AnamnesisError `seed-malformed` or `subject-path-malformed`.
 */
export function subjectPrivateKey(seed: Uint8Array, { chainId, organization, generation = 0 }: SubjectPath): Hex {
  if (seed.length !== SEED_LENGTH) throw new AnamnesisError('seed-malformed', `A seed has ${SEED_LENGTH} bytes`);
  if (!Number.isSafeInteger(chainId) || chainId < 0 || !isUint32(organization) || !isUint32(generation)) {
    throw new AnamnesisError('subject-path-malformed', 'A subject is named by chain, organisation and generation');
  }
  const numbers = new DataView(new ArrayBuffer(16));
  numbers.setBigUint64(0, BigInt(chainId));
  numbers.setUint32(8, organization);
  numbers.setUint32(12, generation);
  const material = hkdf(sha256, seed, utf8('anamnesis/subject/v1'), new Uint8Array(numbers.buffer), 48);
  return bytesToHex(mapHashToField(material, secp256k1.Point.Fn.ORDER));
}

/** A patient's subject at an organisation as a viem account: its address, and what signs her consents. */
export function subjectAccount(seed: Uint8Array, path: SubjectPath): PrivateKeyAccount {
  return privateKeyToAccount(subjectPrivateKey(seed, path));
}

/** A value that tells one seed from another and nothing else about it (16 bytes, hexadecimal). */
export function seedCheck(seed: Uint8Array): Hex {
  return bytesToHex(hkdf(sha256, seed, utf8('anamnesis/seed-check/v1'), undefined, 16));
}

const isUint32 = (n: number): boolean => n >>> 0 === n;
