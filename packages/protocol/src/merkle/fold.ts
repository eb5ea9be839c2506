import { AnamnesisError } from '../errors.ts';
import { type Coordinate, coordinateKey, type LogNode, type ProofCoordinates, rootCoordinates } from './coordinates.ts';
import { emptyRoot, leafHash, nodeHash, type Sha256 } from './hash.ts';

/** Gives the stored hash of a complete subtree. Callers fetch all coordinates of a proof in one query and read from what came. */
export type ReadNode = (coordinate: Coordinate) => Uint8Array;

/**
 * A `ReadNode` over nodes that were fetched.
 * @throws AnamnesisError `log-node-missing` from the reader, when a node is not among them.
 */
export function nodeReader(nodes: Iterable<LogNode>): ReadNode {
  const hashes = new Map<string, Uint8Array>();
  for (const node of nodes) hashes.set(coordinateKey(node), node.hash);
  return (coordinate) => {
    const found = hashes.get(coordinateKey(coordinate));
    if (!found) throw new AnamnesisError('log-node-missing', `The log lacks its node ${coordinateKey(coordinate)}`);
    return found;
  };
}

/**
 * The nodes that appending leaves adds to the store: the leaves themselves (level 0) and every subtree that they complete.
 * @param size number of leaves before.
 * @param leafHashes hashes of the new leaves (see `leafHash`), in order.
 * @param read reads the nodes of `rootCoordinates(size)`; no others are asked for.
 */
export function newNodes(size: number, leafHashes: readonly Uint8Array[], read: ReadNode, hash?: Sha256): LogNode[] {
  const frontier: LogNode[] = rootCoordinates(size).map((coordinate) => ({ ...coordinate, hash: read(coordinate) }));
  const added: LogNode[] = [];
  let next = size;
  for (const leaf of leafHashes) {
    let node: LogNode = { level: 0, index: next++, hash: leaf };
    added.push(node);
    for (let left = frontier.at(-1); left?.level === node.level; left = frontier.at(-1)) {
      frontier.pop();
      node = { level: node.level + 1, index: left.index / 2, hash: nodeHash(left.hash, node.hash, hash) };
      added.push(node);
    }
    frontier.push(node);
  }
  return added;
}

/** The root of the hashes of complete subtrees from left to right, as `rootCoordinates` lists them. */
export function foldRoot(hashes: readonly Uint8Array[], hash?: Sha256): Uint8Array {
  const last = hashes.at(-1);
  if (!last) return emptyRoot(hash);
  let root = last;
  for (let at = hashes.length - 2; at >= 0; at--) root = nodeHash(hashes[at] as Uint8Array, root, hash);
  return root;
}

/** The elements of an inclusion or consistency proof, folded from the subtrees at its coordinates. */
export function foldProof(coordinates: ProofCoordinates, read: ReadNode, hash?: Sha256): Uint8Array[] {
  return coordinates.map((parts) => foldRoot(parts.map(read), hash));
}

/** The root of a log given all its leaf hashes; for small logs, tests and verifiers that read a whole log. */
export function rootOf(leafHashes: readonly Uint8Array[], hash?: Sha256): Uint8Array {
  const none: ReadNode = () => new Uint8Array(0);
  const nodes = nodeReader(newNodes(0, leafHashes, none, hash));
  return foldRoot(rootCoordinates(leafHashes.length).map(nodes), hash);
}

/** The root of a log given the data of all its leaves. */
export function rootOfLeaves(leaves: readonly Uint8Array[], hash?: Sha256): Uint8Array {
  return rootOf(
    leaves.map((leaf) => leafHash(leaf, hash)),
    hash,
  );
}
