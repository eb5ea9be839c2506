import { equalBytes } from '../bytes.ts';
import { emptyRoot, HASH_LENGTH, nodeHash, type Sha256 } from './hash.ts';

/** What an inclusion proof says: the leaf with this hash stands at `index` in the log of `size` leaves with this root. */
export interface InclusionProof {
  readonly leafHash: Uint8Array;
  readonly index: number;
  readonly size: number;
  readonly path: readonly Uint8Array[];
  readonly root: Uint8Array;
}

/** What a consistency proof says: the first `from` leaves of the later log are the earlier log. */
export interface ConsistencyProof {
  readonly from: number;
  readonly fromRoot: Uint8Array;
  readonly to: number;
  readonly toRoot: Uint8Array;
  readonly path: readonly Uint8Array[];
}

/** Checks an inclusion proof (RFC 9162 section 2.1.3.2). False for anything malformed; never throws. */
export function verifyInclusion({ leafHash, index, size, path, root }: InclusionProof, hash?: Sha256): boolean {
  if (!isCount(index) || !isCount(size) || index >= size || !areHashes([leafHash, root, ...path])) return false;
  let position = index;
  let last = size - 1;
  let node = leafHash;
  for (const sibling of path) {
    if (last === 0) return false;
    if (isOdd(position) || position === last) {
      node = nodeHash(sibling, node, hash);
      while (!isOdd(position) && position !== 0) {
        position = half(position);
        last = half(last);
      }
    } else {
      node = nodeHash(node, sibling, hash);
    }
    position = half(position);
    last = half(last);
  }
  return last === 0 && equalBytes(node, root);
}

/**
 * Checks a consistency proof (RFC 9162 section 2.1.4.2). From size 0 the path is empty and the earlier root is that of the empty log;
 * between equal sizes the path is empty and the roots are equal. False for anything malformed; never throws.
 */
export function verifyConsistency({ from, fromRoot, to, toRoot, path }: ConsistencyProof, hash?: Sha256): boolean {
  if (!isCount(from) || !isCount(to) || from > to || !areHashes([fromRoot, toRoot, ...path])) return false;
  if (from === to) return path.length === 0 && equalBytes(fromRoot, toRoot);
  if (from === 0) return path.length === 0 && equalBytes(fromRoot, emptyRoot(hash));
  // A complete earlier log is itself the first element; the proof leaves it out.
  const elements = isPowerOfTwo(from) ? [fromRoot, ...path] : [...path];
  const first = elements.shift();
  if (!first) return false;
  let position = from - 1;
  let last = to - 1;
  while (isOdd(position)) {
    position = half(position);
    last = half(last);
  }
  let earlier = first;
  let later = first;
  for (const element of elements) {
    if (last === 0) return false;
    if (isOdd(position) || position === last) {
      earlier = nodeHash(element, earlier, hash);
      later = nodeHash(element, later, hash);
      while (!isOdd(position) && position !== 0) {
        position = half(position);
        last = half(last);
      }
    } else {
      later = nodeHash(later, element, hash);
    }
    position = half(position);
    last = half(last);
  }
  return last === 0 && equalBytes(earlier, fromRoot) && equalBytes(later, toRoot);
}

const isCount = (n: number): boolean => Number.isSafeInteger(n) && n >= 0;
const isOdd = (n: number): boolean => n % 2 === 1;
const half = (n: number): number => Math.floor(n / 2);
const areHashes = (hashes: readonly Uint8Array[]): boolean => hashes.every((one) => one.length === HASH_LENGTH);

function isPowerOfTwo(n: number): boolean {
  let odd = n;
  while (odd % 2 === 0) odd /= 2;
  return odd === 1;
}
