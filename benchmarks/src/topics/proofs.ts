import { randomBytes } from 'node:crypto';
import {
  canonicalize,
  commitmentOf,
  type RecordProof,
  verifyConsistency,
  verifyRecordProof,
} from '@anamnesis/protocol';
import { bytesToHex } from 'viem/utils';
import type { Profile } from '../profile.ts';
import { figure, type Row, type Table } from '../report.ts';
import { quantile, timed } from '../runner.ts';
import { observation } from '../samples.ts';
import { growTree, sha256, type Tree } from '../tree.ts';

const LOG = { chainId: 31337, checkpoints: `0x${'c4'.repeat(20)}`, organization: 1 } as const;

/** How long proofs are, and how long it takes to verify one, by the size of the log. */
export async function proofs(profile: Profile): Promise<Table> {
  const rows: Row[] = [];
  for (const size of profile.leaves) {
    const resource = { ...observation('Patient/7', 7), id: '7', meta: { versionId: '1' } };
    const text = canonicalize(resource);
    const salt = randomBytes(32);
    // Somewhere in the middle, off the powers of two, where paths are long.
    const index = Math.floor(size * 0.618);
    const commitment = commitmentOf({ kind: 'record', ...LOG }, salt, text, sha256);
    const tree = growTree(size, (at) => (at === index ? commitment : sha256(Buffer.from(String(at)))));
    rows.push(await inclusionRow(profile, tree, index, salt, resource), await consistencyRow(profile, tree));
  }
  return {
    title: 'Proofs',
    note: 'Inclusion: that one record version is in the log, as the node hands it out (JSON) with salt, path and checkpoint; verifying it canonicalises the record, makes the commitment and folds the path. Consistency: that the log only grew between two sizes. Hashes: typical (the median over all places) and most. Microseconds, with the portable SHA-256 of the browser and with that of Node.',
    labels: ['proof', 'leaves'],
    figures: ['hashes', 'most', 'bytes of hashes', 'bytes as JSON', 'µs portable', 'µs Node'],
    rows,
  };
}

async function inclusionRow(
  profile: Profile,
  tree: Tree,
  index: number,
  salt: Uint8Array,
  resource: object,
): Promise<Row> {
  const { size } = tree;
  const root = bytesToHex(tree.root);
  const proof: RecordProof = {
    ...{ kind: 'record', ...LOG, log: 'records', salt: bytesToHex(salt), index, size, root },
    path: tree.inclusion(index).map((hash) => bytesToHex(hash)),
    checkpoint: { root, size, time: 1_700_000_000, block: 123_456 },
  };
  const verify = (hash?: typeof sha256) => () => {
    if (!verifyRecordProof(proof, resource, { kind: 'record', ...LOG }, hash).ok)
      throw new Error('a good proof failed');
  };
  const [portable, node] = [await timed(profile, verify()), await timed(profile, verify(sha256))];
  const lengths = sampled(size).map((at) => tree.inclusion(at).length);
  return rowOf('inclusion', size, lengths, JSON.stringify(proof).length, [portable.median, node.median]);
}

async function consistencyRow(profile: Profile, tree: Tree): Promise<Row> {
  const { size } = tree;
  const proof = tree.consistency(Math.floor(size * 0.618));
  const verify = (hash?: typeof sha256) => () => {
    if (!verifyConsistency(proof, hash)) throw new Error('a good proof failed');
  };
  const [portable, node] = [await timed(profile, verify()), await timed(profile, verify(sha256))];
  const lengths = sampled(size).map((from) => tree.consistency(Math.max(from, 1)).path.length);
  const json = JSON.stringify({ ...proof, path: proof.path.map((hash) => bytesToHex(hash)) }, hexed).length;
  return rowOf('consistency', size, lengths, json, [portable.median, node.median]);
}

function rowOf(name: string, size: number, lengths: number[], json: number, milliseconds: readonly number[]): Row {
  const sorted = lengths.sort((a, b) => a - b);
  const typical = quantile(sorted, 0.5);
  const sizes = [typical, sorted.at(-1) ?? 0, typical * 32, json];
  return { labels: [name, figure(size)], figures: [...sizes, ...milliseconds.map((one) => one * 1000)].map(figure) };
}

/** Up to a thousand places spread over a log. */
function sampled(size: number): number[] {
  const count = Math.min(size, 1_000);
  return Array.from({ length: count }, (_, at) => Math.floor((at * size) / count));
}

function hexed(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? bytesToHex(value) : value;
}
