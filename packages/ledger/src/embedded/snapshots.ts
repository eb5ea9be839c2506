import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Hash, Hex } from 'viem';
import { writeDurably } from '../durable.ts';

/** What a snapshot says about itself, as one line of JSON before the state. */
export interface SnapshotHead {
  /** The last journal entry that it contains. */
  readonly sequence: number;
  readonly number: number;
  readonly hash: Hash;
  readonly timestamp: number;
  /** Acknowledged transactions that still wait for an earlier nonce: the engine does not keep these in its state. */
  readonly held: readonly Hex[];
}

export interface Snapshot {
  readonly head: SnapshotHead;
  /** The engine's state, gzipped JSON. */
  readonly state: Buffer;
}

const GENERATIONS = 2;
const fileName = (sequence: number) => `snapshot-${String(sequence).padStart(12, '0')}.bin`;

async function listSnapshots(directory: string): Promise<string[]> {
  const names = (await readdir(directory)).filter((name) => /^snapshot-\d{12}\.bin$/.test(name));
  return names.sort((a, b) => b.localeCompare(a));
}

/**
 * Writes a snapshot and keeps the two newest.
 *
 * @returns the journal position behind which nothing is needed any more: that of the older generation, 0 while there is one only.
 */
export async function writeSnapshot(directory: string, { head, state }: Snapshot): Promise<number> {
  const sha256 = createHash('sha256').update(state).digest('hex');
  const line = Buffer.from(`${JSON.stringify({ ...head, bytes: state.length, sha256 })}\n`);
  await writeDurably(join(directory, fileName(head.sequence)), [line, state]);
  const names = await listSnapshots(directory);
  const unfinished = (await readdir(directory)).filter((name) => /^snapshot-.*\.tmp$/.test(name));
  for (const name of [...names.slice(GENERATIONS), ...unfinished]) await rm(join(directory, name));
  const oldest = names.length < GENERATIONS ? undefined : names[GENERATIONS - 1];
  return oldest ? Number(oldest.slice('snapshot-'.length, -'.bin'.length)) : 0;
}

/** The whole snapshots of a folder, newest first. A torn one is left out, with a message. */
export async function* readSnapshots(directory: string, log: (message: string) => void): AsyncGenerator<Snapshot> {
  for (const name of await listSnapshots(directory)) {
    const snapshot = parse(await readFile(join(directory, name)));
    if (snapshot) yield snapshot;
    else log(`ledger: the snapshot ${name} is torn and is skipped`);
  }
}

function parse(content: Buffer): Snapshot | null {
  try {
    const end = content.indexOf(10);
    const head = JSON.parse(content.toString('utf8', 0, end)) as SnapshotHead & { sha256: string };
    const state = content.subarray(end + 1);
    return createHash('sha256').update(state).digest('hex') === head.sha256 ? { head, state } : null;
  } catch {
    return null;
  }
}
