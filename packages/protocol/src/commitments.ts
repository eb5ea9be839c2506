import { sha256 } from '@noble/hashes/sha2.js';
import type { Address, Hex } from 'viem';
import { hexToBytes } from 'viem/utils';
import { concat, utf8 } from './bytes.ts';
import type { Kind } from './codes.ts';
import { AnamnesisError } from './errors.ts';
import type { Sha256 } from './merkle/index.ts';

/** The log that a commitment is for. It is part of what is hashed, so a commitment of one log is nothing in another. */
export interface LogIdentity {
  readonly kind: Kind;
  readonly chainId: number;
  /** Address of the Checkpoints contract. */
  readonly checkpoints: Address;
  /** Directory id of the organisation that keeps the log. */
  readonly organization: number;
}

/** Bytes of a commitment's salt. 256 random bits keep a record of few possible values from being guessed. */
export const SALT_LENGTH = 32;

/**
 * The salted commitment to a record version or an access entry. It is the data of its leaf in the log (32 bytes):
 * SHA-256( utf8("anamnesis/<kind>/v1\n") ‖ uint64be chainId ‖ 20-byte Checkpoints address ‖ uint32be organization ‖ 32-byte salt ‖
 * utf8(content) ). Whoever lacks the salt cannot tell what it commits to; deleting the salt erases the link for good.
 * @param content canonical JSON (see `canonicalize`).
 * @throws AnamnesisError `commitment-malformed` for a salt, address or number of the wrong size.
 */
export function commitmentOf(
  log: LogIdentity,
  salt: Uint8Array | Hex,
  content: string,
  hash: Sha256 = sha256,
): Uint8Array {
  return committer(log, hash)(typeof salt === 'string' ? hexToBytes(salt) : salt, utf8(content));
}

/** `commitmentOf` for many contents of one log, given as UTF-8. Throws as it does. */
export function committer(
  log: LogIdentity,
  hash: Sha256 = sha256,
): (salt: Uint8Array, content: Uint8Array) => Uint8Array {
  const address = hexToBytes(log.checkpoints);
  if (address.length !== 20) throw malformed();
  if (!Number.isSafeInteger(log.chainId) || log.chainId < 0 || log.organization >>> 0 !== log.organization) {
    throw new AnamnesisError('commitment-malformed', 'A commitment needs a chain id and an organisation id');
  }
  const numbers = new DataView(new ArrayBuffer(12));
  numbers.setBigUint64(0, BigInt(log.chainId));
  numbers.setUint32(8, log.organization);
  const chain = new Uint8Array(numbers.buffer, 0, 8);
  const organization = new Uint8Array(numbers.buffer, 8, 4);
  const prefix = concat(utf8(`anamnesis/${log.kind}/v1\n`), chain, address, organization);
  return (salt, content) => {
    if (salt.length !== SALT_LENGTH) throw malformed();
    return hash(concat(prefix, salt, content));
  };
}

function malformed(): AnamnesisError {
  return new AnamnesisError('commitment-malformed', 'A commitment needs a salt of 32 bytes and an address of 20');
}
