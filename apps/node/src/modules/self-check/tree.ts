import { createHash } from 'node:crypto';
import { equalBytes, foldRoot, type Log, newNodes, nodeReader, rootCoordinates, streamOf } from '@anamnesis/protocol';
import { bytesToHex } from 'viem';
import type { Queryable } from '../../storage/index.ts';
import { rollbackDecisions } from '../checkpoints/index.ts';
import type { Finding } from './index.ts';

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
const PORTION = 2_000;

/** The leaves of a log as the database has them, and what is wrong with the tree itself. */
export interface CheckedTree {
  readonly size: number;
  readonly findings: readonly Finding[];
  /** By place: whether the leaf's hash is that of a commitment. */
  holds(index: number, commitment: Uint8Array): boolean;
}

/**
 * Computes a log again from its leaf hashes: every stored subtree, the frontier, the size, and the root at each of its own checkpoints on the ledger, as
 * this node followed it. A leaf hash that was changed is told by the first checkpoint that does not come out, and by the record that it no longer fits.
 */
export async function checkTree(q: Queryable, organization: number, log: Log): Promise<CheckedTree> {
  const findings: Finding[] = [];
  const fail = (where: string, reason: string, detail: string): void => void findings.push({ where, reason, detail });
  const [head] = await q.query<{ size: number; frontier: Uint8Array }>(
    'select size, frontier from log where name = $1',
    [log],
  );
  const size = head?.size ?? 0;
  if (head === undefined) fail(`${log} log`, 'log-missing', 'its row is gone');
  const posted = await q.query<{ size: number; root: string }>(
    'select size, root from ledger_checkpoint where organization = $1 and stream = $2 order by size',
    [organization, streamOf(log)],
  );
  const given = (await rollbackDecisions(q)).filter((one) => one.log === log);
  const due = posted.filter((one) => !given.some(({ kept, posted: up }) => one.size > kept && one.size <= up));
  const last = due.at(-1);
  if (last !== undefined && last.size > size) {
    fail(`${log} log, size ${last.size}`, 'rolled-back', `it has ${size} leaves where ${last.size} were sealed`);
  }
  const leaves: Uint8Array[] = [];
  let frontier: { level: number; index: number; hash: Uint8Array }[] = [];
  let parted = false;
  let at = 0;
  for (let start = 0; start < size; start += PORTION) {
    const end = Math.min(start + PORTION, size);
    const rows = await q.query<{ index: number; hash: Uint8Array; entry: Uint8Array | null }>(
      'select index, hash, entry from log_node where log = $1 and level = 0 and index >= $2 and index < $3 order by index',
      [log, start, end],
    );
    const found = new Map(rows.map((row) => [row.index, row]));
    const hashes: Uint8Array[] = [];
    for (let index = start; index < end; index++) {
      const row = found.get(index);
      if (row === undefined) fail(`${log} log, leaf ${index}`, 'leaf-missing', 'the hash of a leaf is gone');
      else if (row.entry === null)
        fail(`${log} log, leaf ${index}`, 'entry-missing', 'what its hash is of is gone: no tile can show it');
      else if (!equalBytes(sha256(Buffer.concat([Buffer.of(0), row.entry])), row.hash)) {
        fail(`${log} log, leaf ${index}`, 'leaf-differs', 'the hash of a leaf is not that of its entry');
      }
      hashes.push(row?.hash ?? new Uint8Array(32));
    }
    leaves.push(...hashes);
    // Up to each checkpoint by itself, so that the root there can be compared.
    for (let from = start; from < end; ) {
      const next = due[at]?.size ?? Number.POSITIVE_INFINITY;
      const to = Math.min(end, Math.max(next, from + 1));
      const added = newNodes(from, leaves.slice(from, to), nodeReader(frontier), sha256);
      await compareNodes(q, log, added, fail);
      const all = new Map([...frontier, ...added].map((node) => [`${node.level}/${node.index}`, node]));
      frontier = rootCoordinates(to).flatMap(({ level, index }) => all.get(`${level}/${index}`) ?? []);
      if (to === next) {
        const root = bytesToHex(
          foldRoot(
            frontier.map((node) => node.hash),
            sha256,
          ),
        );
        if (root !== due[at]?.root.toLowerCase() && !parted) {
          parted = true;
          fail(
            `${log} log, size ${to}`,
            'root-differs',
            `leaves ${due[at - 1]?.size ?? 0} to ${to - 1} are not those that were sealed`,
          );
        }
        at++;
      }
      from = to;
    }
  }
  const own = Buffer.concat(frontier.map((node) => node.hash));
  if (head !== undefined && !equalBytes(own, head.frontier)) {
    fail(`${log} log`, 'frontier-differs', 'its row does not lead to the root of its leaves');
  }
  const [beyond] = await q.query<{ count: number }>(
    'select count(*)::int as count from log_node where log = $1 and (index + 1) * (1::bigint << level) > $2',
    [log, size],
  );
  if ((beyond?.count ?? 0) > 0) fail(`${log} log`, 'nodes-beyond', 'hashes stand beyond its end');
  return {
    size,
    findings,
    holds: (index, commitment) => {
      const leaf = leaves[index];
      return leaf !== undefined && equalBytes(leaf, sha256(Buffer.concat([Buffer.of(0), commitment])));
    },
  };
}

async function compareNodes(
  q: Queryable,
  log: Log,
  nodes: readonly { level: number; index: number; hash: Uint8Array }[],
  fail: (where: string, reason: string, detail: string) => void,
): Promise<void> {
  const inner = nodes.filter(({ level }) => level > 0);
  if (inner.length === 0) return;
  const rows = await q.query<{ level: number; index: number; hash: Uint8Array }>(
    `select level, index, hash from log_node join unnest($2::smallint[], $3::bigint[]) as wanted (level, index) using (level, index)
     where log = $1`,
    [log, inner.map(({ level }) => level), inner.map(({ index }) => index)],
  );
  const stored = new Map(rows.map((row) => [`${row.level}/${row.index}`, row.hash]));
  for (const { level, index, hash } of inner) {
    const own = stored.get(`${level}/${index}`);
    if (own !== undefined && equalBytes(own, hash)) continue;
    const where = `${log} log, leaves ${index * 2 ** level} to ${(index + 1) * 2 ** level - 1}`;
    fail(where, 'subtree-differs', 'the hash of a subtree is not that of its leaves');
  }
}
