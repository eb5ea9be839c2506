import { AnamnesisError } from '../errors.ts';

/**
 * Where the hashes of a proof lie. A log of any size is cut into complete subtrees: the node at (level, index) covers the leaves from
 * index · 2^level up to (index + 1) · 2^level. A complete subtree never changes once its last leaf is there, so a store keeps each
 * one for good, and every root and proof of every size is folded from them. Sizes and indices are whole numbers below 2^53.
 */
export interface Coordinate {
  readonly level: number;
  readonly index: number;
}

/** A node of the log: a coordinate and its hash. */
export interface LogNode extends Coordinate {
  readonly hash: Uint8Array;
}

/** Each element of a proof is the root of some leaves: the complete subtrees, from left to right, from which to fold it. */
export type ProofCoordinates = readonly (readonly Coordinate[])[];

/** A key for maps and caches of nodes. */
export function coordinateKey({ level, index }: Coordinate): string {
  return `${level}/${index}`;
}

/** The complete subtrees of a log of `size` leaves, from left to right: at most one of each level. */
export function rootCoordinates(size: number): Coordinate[] {
  checkSize(size);
  return subtrees(0, size);
}

/**
 * Where the inclusion proof of leaf `index` in a log of `size` leaves lies (RFC 6962 section 2.1.1), nearest sibling first.
 * @throws AnamnesisError `log-range` when the leaf is not in the log.
 */
export function inclusionCoordinates(index: number, size: number): ProofCoordinates {
  checkSize(size);
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) throw outOfRange();
  const path: Coordinate[][] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = start + largestPowerBelow(end - start);
    if (index < middle) {
      path.push(subtrees(middle, end));
      end = middle;
    } else {
      path.push(subtrees(start, middle));
      start = middle;
    }
  }
  return path.reverse();
}

/**
 * Where the consistency proof from a log of `from` leaves to the same log of `to` leaves lies (RFC 6962 section 2.1.2). Empty when
 * `from` is 0 or equals `to`: there is nothing to prove but the roots themselves.
 * @throws AnamnesisError `log-range` unless 0 ≤ from ≤ to.
 */
export function consistencyCoordinates(from: number, to: number): ProofCoordinates {
  checkSize(to);
  if (!Number.isSafeInteger(from) || from < 0 || from > to) throw outOfRange();
  if (from === 0 || from === to) return [];
  const path: Coordinate[][] = [];
  let start = 0;
  let end = to;
  let wholeKnown = true;
  while (from !== end) {
    const middle = start + largestPowerBelow(end - start);
    if (from <= middle) {
      path.push(subtrees(middle, end));
      end = middle;
    } else {
      path.push(subtrees(start, middle));
      start = middle;
      wholeKnown = false;
    }
  }
  if (!wholeKnown) path.push(subtrees(start, end));
  return path.reverse();
}

/** The complete subtrees that make up the leaves from `start` to `end`; `start` must be aligned, as in every subtree of RFC 6962. */
function subtrees(start: number, end: number): Coordinate[] {
  const parts: Coordinate[] = [];
  let at = start;
  while (at < end) {
    const level = levelUpTo(end - at);
    parts.push({ level, index: at / 2 ** level });
    at += 2 ** level;
  }
  return parts;
}

/** Level of the largest complete subtree of at most n leaves. No 32-bit operators, since logs may outgrow them. */
function levelUpTo(n: number): number {
  let level = 0;
  while (2 ** (level + 1) <= n) level++;
  return level;
}

/** Largest power of two < n (RFC 6962 calls it k). */
function largestPowerBelow(n: number): number {
  return 2 ** levelUpTo(n - 1);
}

function checkSize(size: number): void {
  if (!Number.isSafeInteger(size) || size < 0) throw outOfRange();
}

function outOfRange(): AnamnesisError {
  return new AnamnesisError('log-range', 'The log has no such leaf or size');
}
