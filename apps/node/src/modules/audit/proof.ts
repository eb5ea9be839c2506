import { equalBytes, type Log, type PostedCheckpoint, type RecordProof } from '@anamnesis/protocol';
import { bytesToHex, hexToBytes } from 'viem/utils';
import { inclusions, logRoot, logSize, type Queryable, StorageError } from '../../storage/index.ts';
import type { LogContext } from './context.ts';

/** A leaf whose content and salt its owner knows. */
export interface OpenedLeaf {
  readonly index: number;
  readonly salt: Uint8Array;
}

/** Leaves that are proved under one tree. */
interface Tree {
  readonly checkpoint: PostedCheckpoint | null;
  readonly size: number;
  readonly leaves: OpenedLeaf[];
}

/**
 * The proof that a leaf is in one of the node's logs: under the smallest checkpoint on the ledger that covers it, otherwise under the log
 * as it is now, with `checkpoint` null.
 *
 * Errors: `log-range` for a leaf that the log does not have; `storage-damaged` when the log no longer leads to the root that was posted.
 */
export async function proveLeaf(context: LogContext, q: Queryable, log: Log, leaf: OpenedLeaf): Promise<RecordProof> {
  const [proof] = await proveLeaves(context, q, log, [leaf]);
  return proof as RecordProof;
}

/** The proofs of many leaves of one log, in their order, with a few queries for each checkpoint that covers some of them. */
export async function proveLeaves(
  context: LogContext,
  q: Queryable,
  log: Log,
  leaves: readonly OpenedLeaf[],
): Promise<RecordProof[]> {
  const proofs = new Map<OpenedLeaf, RecordProof>();
  for (const tree of await treesOf(context, q, log, leaves)) {
    const root = await logRoot(q, log, tree.size);
    if (tree.checkpoint !== null && !equalBytes(root, hexToBytes(tree.checkpoint.root))) {
      throw new StorageError('storage-damaged', 'The log in the database is not the log whose checkpoint was posted');
    }
    const indexes = tree.leaves.map((leaf) => leaf.index);
    const paths = await inclusions(q, log, indexes, tree.size);
    for (const [at, leaf] of tree.leaves.entries()) {
      proofs.set(leaf, {
        kind: log === 'records' ? 'record' : 'access',
        ...context.ledger,
        log,
        salt: bytesToHex(leaf.salt),
        index: leaf.index,
        size: tree.size,
        path: (paths[at] ?? []).map((hash) => bytesToHex(hash)),
        root: bytesToHex(root),
        checkpoint: tree.checkpoint,
      });
    }
  }
  return leaves.map((leaf) => proofs.get(leaf) as RecordProof);
}

/** Going up by index, a checkpoint that is the smallest to cover one leaf is the smallest for all that it covers after it. */
async function treesOf(context: LogContext, q: Queryable, log: Log, leaves: readonly OpenedLeaf[]): Promise<Tree[]> {
  const trees: Tree[] = [];
  for (const leaf of leaves.toSorted((a, b) => a.index - b.index)) {
    const last = trees.at(-1);
    if (last !== undefined && (last.checkpoint === null || leaf.index < last.size)) {
      last.leaves.push(leaf);
      continue;
    }
    const checkpoint = await context.covering(q, log, leaf.index);
    trees.push({ checkpoint, size: checkpoint?.size ?? (await logSize(q, log)), leaves: [leaf] });
  }
  return trees;
}
