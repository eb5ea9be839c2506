import { OutcomeError } from '@anamnesis/protocol';
import { type Database, Group, type Settled, type Transaction } from '../../storage/index.ts';
import { type AccessEntry, appendAccess } from '../audit/index.ts';
import { applyChanges, type ChangeRequest, type ChangeResult } from './apply.ts';
import type { RecordsContext } from './context.ts';

/** A read: what it finds, and the access entries that must be written for it to be answered. It writes nothing itself. */
export type ReadJob = (
  tx: Transaction,
) => Promise<{ readonly found: unknown; readonly entries: readonly AccessEntry[] }>;

/** The reads and the single writes of a database that are under way in this process. */
export interface Groups {
  readonly reads: Group<ReadJob, unknown>;
  readonly writes: Group<ChangeRequest, ChangeResult>;
}

const groups = new WeakMap<Database, Groups>();

/** The groups of a context's database. */
export function groupsOf(context: RecordsContext): Groups {
  const existing = groups.get(context.database);
  if (existing !== undefined) return existing;
  // PGlite is one session. On PostgreSQL a group reads while another writes its entries; more would only wait at the access log, and each be smaller.
  const atOnce = context.database.engine === 'pglite' ? 1 : 2;
  const made: Groups = {
    reads: new Group((jobs) => runReads(context, jobs), { limit: 64, atOnce }),
    writes: new Group((requests) => runWrites(context, requests), {
      limit: 128,
      atOnce: 1,
      keyOf: ({ change }) => `${change.type}/${change.id}`,
    }),
  };
  groups.set(context.database, made);
  return made;
}

/** Reads side by side, so that what they ask first travels together, then writes the entries of all in one statement. */
function runReads(context: RecordsContext, jobs: readonly ReadJob[]): Promise<Settled<unknown>[]> {
  return context.database.transaction(async (tx) => {
    const reads = await Promise.allSettled(jobs.map((job) => job(tx)));
    const entries: AccessEntry[] = [];
    const results = reads.map((read): Settled<unknown> => {
      if (read.status === 'rejected') {
        if (!(read.reason instanceof OutcomeError)) throw read.reason;
        return { error: read.reason };
      }
      entries.push(...read.value.entries);
      return { value: read.value.found };
    });
    await appendAccess(context, tx, entries);
    return results;
  });
}

function runWrites(context: RecordsContext, requests: readonly ChangeRequest[]): Promise<Settled<ChangeResult>[]> {
  return context.database.transaction(async (tx) => {
    const results = await applyChanges(context, tx, requests, { refuse: 'one' });
    return results.map((value) => (value instanceof OutcomeError ? { error: value } : { value }));
  });
}
