import { hash } from 'node:crypto';
import {
  AnamnesisError,
  type Coordinate,
  consistencyCoordinates,
  coordinateKey,
  foldProof,
  foldRoot,
  inclusionCoordinates,
  type Log,
  type LogNode,
  nodeReader,
  type ProofCoordinates,
  type ReadNode,
  rootCoordinates,
} from '@anamnesis/protocol';
import type { Queryable, Transaction } from './types.ts';

/**
 * The two Merkle logs (RFC 6962) in the database. Only complete subtrees are stored, each once and for good, in `log_node`; every root and
 * proof, of every size, is folded from them. Table `log` has a row for each log with its size and its frontier (the subtrees that make up
 * its root), so that appending reads one row: see `append_leaves` in migration 017. The lock on that row is what puts the leaves in order.
 */

const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer');

/**
 * Locks a log until the transaction ends: nobody else can append meanwhile. Returns how many leaves it has. Where a transaction takes both, it takes
 * `records` first, so that two never wait for each other.
 */
export async function lockLog(tx: Transaction, log: Log): Promise<number> {
  const [row] = await tx.query<{ size: number }>('select size from log where name = $1 for update', [log]);
  if (row === undefined) throw unknownLog();
  return row.size;
}

/**
 * Appends leaves (commitments of 32 bytes) to a log, serialised by its row. Returns the index of the first one. Who writes rows of another table by
 * these indexes calls the SQL function `append_leaves` in that statement, which is one round trip.
 */
export async function appendLeaves(tx: Transaction, log: Log, leaves: readonly Uint8Array[]): Promise<number> {
  const [row] = await tx.query<{ first: number }>('select append_leaves($1, $2::bytea[]) as first', [log, leaves]);
  return row?.first ?? 0;
}

/** How many leaves a log has. */
export async function logSize(q: Queryable, log: Log): Promise<number> {
  const [row] = await q.query<{ size: number }>('select size from log where name = $1', [log]);
  if (row === undefined) throw unknownLog();
  return row.size;
}

/** Root of the log's first `size` leaves. Errors: `log-range` when it has fewer. */
export async function logRoot(q: Queryable, log: Log, size: number): Promise<Uint8Array> {
  const coordinates = rootCoordinates(size);
  const read = await readNodes(q, log, coordinates);
  return foldRoot(coordinates.map(read), sha256);
}

/** Inclusion proof (RFC 6962 section 2.1.1) of a leaf in the tree of the first `size` leaves. Errors: `log-range`. */
export async function inclusion(q: Queryable, log: Log, index: number, size: number): Promise<Uint8Array[]> {
  return proof(q, log, inclusionCoordinates(index, size));
}

/** Inclusion proofs of many leaves in the same tree, with one query. Errors: `log-range`. */
export async function inclusions(
  q: Queryable,
  log: Log,
  indexes: readonly number[],
  size: number,
): Promise<Uint8Array[][]> {
  const proofs = indexes.map((index) => inclusionCoordinates(index, size));
  const read = await readNodes(q, log, proofs.flat(2));
  return proofs.map((coordinates) => foldProof(coordinates, read, sha256));
}

/** Consistency proof (RFC 6962 section 2.1.2) between two sizes. Errors: `log-range`. */
export async function consistency(q: Queryable, log: Log, from: number, to: number): Promise<Uint8Array[]> {
  return proof(q, log, consistencyCoordinates(from, to));
}

/** Hashes of the leaves from `start` up to, not including, `end`; fewer when the log ends before. */
export async function leafHashes(q: Queryable, log: Log, start: number, end: number): Promise<Uint8Array[]> {
  const rows = await q.query<{ hash: Uint8Array }>(
    'select hash from log_node where log = $1 and level = 0 and index >= $2 and index < $3 order by index',
    [log, start, end],
  );
  return rows.map((row) => row.hash);
}

/**
 * Hashes of complete subtrees of one level (2^level leaves each) from `start` up to, not including, `end`; null when the log does not have all.
 */
export async function subtreeHashes(
  q: Queryable,
  log: Log,
  level: number,
  start: number,
  end: number,
): Promise<Uint8Array[] | null> {
  const rows = await q.query<{ hash: Uint8Array }>(
    'select hash from log_node where log = $1 and level = $2 and index >= $3 and index < $4 order by index',
    [log, level, start, end],
  );
  return rows.length === end - start ? rows.map((row) => row.hash) : null;
}

/** What the leaf hashes from `start` up to `end` are of: salted commitments. Null when the log does not have all. */
export async function logEntries(q: Queryable, log: Log, start: number, end: number): Promise<Uint8Array[] | null> {
  const rows = await q.query<{ entry: Uint8Array | null }>(
    'select entry from log_node where log = $1 and level = 0 and index >= $2 and index < $3 order by index',
    [log, start, end],
  );
  const entries = rows.flatMap((row) => (row.entry === null ? [] : [row.entry]));
  return entries.length === end - start ? entries : null;
}

async function proof(q: Queryable, log: Log, coordinates: ProofCoordinates): Promise<Uint8Array[]> {
  return foldProof(coordinates, await readNodes(q, log, coordinates.flat()), sha256);
}

/** All nodes of a proof in one query. */
async function readNodes(q: Queryable, log: Log, coordinates: readonly Coordinate[]): Promise<ReadNode> {
  const wanted = [...new Map(coordinates.map((one) => [coordinateKey(one), one])).values()];
  if (wanted.length === 0) return nodeReader([]);
  const nodes = await q.query<LogNode>(
    `select level, index, hash from log_node
     join unnest($2::smallint[], $3::bigint[]) as wanted (level, index) using (level, index) where log = $1`,
    [log, wanted.map((one) => one.level), wanted.map((one) => one.index)],
  );
  if (nodes.length !== wanted.length) {
    throw new AnamnesisError('log-range', 'The log has no such leaf or size');
  }
  return nodeReader(nodes);
}

function unknownLog(): AnamnesisError {
  return new AnamnesisError('log-unknown', 'The database has no such log');
}
