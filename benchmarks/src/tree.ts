import { createHash } from 'node:crypto';
import {
  type ConsistencyProof,
  consistencyCoordinates,
  foldProof,
  foldRoot,
  inclusionCoordinates,
  leafHash,
  newNodes,
  nodeReader,
  rootCoordinates,
} from '@anamnesis/protocol';

/** SHA-256 of the server. */
export const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

/** A log in memory, for proofs of any leaf and between any sizes. */
export interface Tree {
  readonly size: number;
  readonly root: Uint8Array;
  inclusion(index: number): Uint8Array[];
  consistency(from: number): ConsistencyProof;
}

/**
 * A log of `size` leaves.
 * @param data 32 bytes of leaf `index`.
 */
export function growTree(size: number, data: (index: number) => Uint8Array): Tree {
  const hashes = Array.from({ length: size }, (_, index) => leafHash(data(index), sha256));
  const none = (): Uint8Array => new Uint8Array(0);
  const read = nodeReader(newNodes(0, hashes, none, sha256));
  const rootAt = (at: number): Uint8Array => foldRoot(rootCoordinates(at).map(read), sha256);
  const root = rootAt(size);
  return {
    ...{ size, root },
    inclusion: (index) => foldProof(inclusionCoordinates(index, size), read, sha256),
    consistency(from) {
      const path = foldProof(consistencyCoordinates(from, size), read, sha256);
      return { from, fromRoot: rootAt(from), to: size, toRoot: root, path };
    },
  };
}
