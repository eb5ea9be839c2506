import { openNote } from '@anamnesis/crypto';
import {
  checkpointOrigin,
  type Log,
  type PostedCheckpoint,
  parseCheckpoint,
  type RecordProof,
} from '@anamnesis/protocol';
import { type Hex, hexToBytes } from 'viem';
import { readCheckpoints } from './checkpoints.ts';
import type { Failure } from './report.ts';
import type { TrustedLedger } from './trustedLedger.ts';

/** What vouches for the checkpoints that proofs name. */
export interface CheckpointWitness {
  /** Null when the checkpoint of a proof holds, else why not. The proof is of the right form and names a checkpoint. */
  vouch(proof: RecordProof & { checkpoint: PostedCheckpoint }): Promise<Omit<Failure, 'where'> | null>;
}

/** The ledger as witness: each log's checkpoints are read once. */
export function ledgerWitness(ledger: Pick<TrustedLedger, 'checkpoints' | 'isLast'>): CheckpointWitness {
  const known = new Map<string, Promise<Map<number, PostedCheckpoint>>>();
  const read = async (organization: number, log: Log): Promise<Map<number, PostedCheckpoint>> => {
    const { checkpoints } = await readCheckpoints(ledger as TrustedLedger, { organization, log });
    return new Map(checkpoints.map((checkpoint) => [checkpoint.size, checkpoint]));
  };
  return {
    async vouch({ organization, log, checkpoint }) {
      const key = `${organization}/${log}`;
      let found = (await cached(known, key, () => read(organization, log))).get(checkpoint.size);
      if (!found) {
        // It may have been posted after the list was read.
        known.delete(key);
        found = (await cached(known, key, () => read(organization, log))).get(checkpoint.size);
      }
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
