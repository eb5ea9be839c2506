import { foldRoot, nodeHash, type Sha256 } from '@anamnesis/protocol';

/**
 * The root of a log while its leaf hashes stream by: it keeps one hash for each level (the complete subtrees of RFC 6962), so a log of
 * any length is verified in constant memory.
 */
export class RunningRoot {
  readonly #subtrees: { level: number; hash: Uint8Array }[] = [];
  readonly #hash: Sha256 | undefined;
  #size = 0;

  constructor(hash?: Sha256) {
    this.#hash = hash;
  }

  /** Leaves so far. */
  get size(): number {
    return this.#size;
  }

  /** Takes the hash of the next leaf. */
  append(leafHash: Uint8Array): void {
    let node = { level: 0, hash: leafHash };
    for (let left = this.#subtrees.at(-1); left?.level === node.level; left = this.#subtrees.at(-1)) {
      this.#subtrees.pop();
      node = { level: node.level + 1, hash: nodeHash(left.hash, node.hash, this.#hash) };
    }
    this.#subtrees.push(node);
    this.#size++;
  }

  /** The root of the leaves so far. */
  root(): Uint8Array {
    return foldRoot(
      this.#subtrees.map((subtree) => subtree.hash),
      this.#hash,
    );
  }
}
