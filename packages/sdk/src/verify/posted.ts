import { openNote } from '@anamnesis/crypto';
import { checkpointOrigin, type PostedCheckpoint, parseCheckpoint, type RecordProof } from '@anamnesis/protocol';
import { type Hex, hexToBytes } from 'viem';
import { readCheckpoints } from './checkpoints.ts';
import type { Failure } from './report.ts';
import type { LogOf, TrustedLedger } from './trustedLedger.ts';

/** What vouches for the checkpoints that proofs name. */
export interface CheckpointWitness {
  /** Null when the checkpoint of a proof holds, else why not. The proof is of the right form and names a checkpoint. */
  vouch(proof: RecordProof & { checkpoint: PostedCheckpoint }): Promise<Omit<Failure, 'where'> | null>;
}

/** The ledger as witness: each log's checkpoints are read once, and again only for one that is newer than all known. */
export function ledgerWitness(ledger: Pick<TrustedLedger, 'checkpoints' | 'isLast'>): CheckpointWitness {
  const known = new Map<string, Promise<readonly PostedCheckpoint[]>>();
  const read = async (of: LogOf): Promise<readonly PostedCheckpoint[]> =>
    (await readCheckpoints(ledger, of)).checkpoints;
  return {
    async vouch({ organization, log, checkpoint }) {
      const of = { organization, log };
      const key = `${organization}/${log}`;
      let posted = await cached(known, key, () => read(of));
      // Sizes only grow: what is not among the known ones and below the last was never posted.
      if (checkpoint.size > (posted.at(-1)?.size ?? 0)) {
        known.delete(key);
        posted = await cached(known, key, () => read(of));
      }
      const found = posted.find(({ size }) => size === checkpoint.size);
      if (!found) {
        return { reason: 'not-on-ledger', detail: `the ledger holds no checkpoint of size ${checkpoint.size}` };
      }
      if (!sameHex(found.root, checkpoint.root) || found.time !== checkpoint.time) {
        return { reason: 'other-than-ledger', detail: `the ledger's checkpoint of size ${checkpoint.size} is another` };
      }
      return null;
    },
  };
}

/**
 * Signed checkpoint notes as witness, for where there is no ledger: they prove what the log's key signed, not that the ledger holds it.
 * Notes that the key did not sign, or that are of another log, are worth nothing here.
 */
export function noteWitness(notes: readonly string[], verifierKey: string): CheckpointWitness {
  const signed = new Set<string>();
  for (const note of notes) {
    try {
      const { origin, size, root } = parseCheckpoint(openNote(note, verifierKey));
      signed.add(`${origin}\n${size}\n${root.join()}`);
    } catch {
      // Whatever needs this note will miss it, and be named.
    }
  }
  return {
    async vouch(proof) {
      const { size, root } = proof.checkpoint;
      return signed.has(`${checkpointOrigin(proof)}\n${size}\n${hexToBytes(root).join()}`)
        ? null
        : { reason: 'note-missing', detail: `no note signed by the log's key says so for size ${size}` };
    },
  };
}

function cached<T>(cache: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  let value = cache.get(key);
  if (!value) {
    value = make();
    // A failure is not remembered: the ledger may answer next time.
    value.catch(() => cache.delete(key));
    cache.set(key, value);
  }
  return value;
}

function sameHex(a: Hex, b: Hex): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
