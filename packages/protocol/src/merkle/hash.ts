import { sha256 } from '@noble/hashes/sha2.js';

/**
 * SHA-256 of some bytes. Functions of the log take one as last parameter, so that a server can pass the faster
 * `node:crypto`; without it they use @noble/hashes, which runs everywhere.
 */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** Bytes of a hash in a log. */
export const HASH_LENGTH = 32;

/** Hash of a leaf: SHA-256(0x00 ‖ data) (RFC 6962 section 2.1). The prefix keeps a leaf from passing for a node. */
export function leafHash(data: Uint8Array, hash: Sha256 = sha256): Uint8Array {
  const bytes = new Uint8Array(1 + data.length);
  bytes.set(data, 1);
  return hash(bytes);
}

/** Hash of an inner node: SHA-256(0x01 ‖ left ‖ right) (RFC 6962 section 2.1). */
export function nodeHash(left: Uint8Array, right: Uint8Array, hash: Sha256 = sha256): Uint8Array {
  const bytes = new Uint8Array(1 + left.length + right.length);
  bytes[0] = 1;
  bytes.set(left, 1);
  bytes.set(right, 1 + left.length);
  return hash(bytes);
}

/** Root of a log without entries: SHA-256 of nothing (RFC 6962 section 2.1). */
export function emptyRoot(hash: Sha256 = sha256): Uint8Array {
  return hash(new Uint8Array(0));
}
