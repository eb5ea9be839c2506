import { OutcomeError } from '@anamnesis/protocol';
import { type Database, lockLog, type Transaction } from '../../storage/index.ts';
import { type AccessEntry, appendAccess } from '../audit/index.ts';
import { applyChanges, type ChangeRequest, type ChangeResult } from './apply.ts';
import { nowOf, type RecordsContext } from './context.ts';
import { Group, type Settled } from './group.ts';

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
  // PGlite is one session. On PostgreSQL a group reads while another writes its entries; more would only wait at the access log.
  const atOnce = context.database.engine === 'pglite' ? 1 : 3;
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

/** Reads one after the other, then writes the entries of all with a few statements. */
function runReads(context: RecordsContext, jobs: readonly ReadJob[]): Promise<Settled<unknown>[]> {
  return context.database.transaction(async (tx) => {
    const results: Settled<unknown>[] = [];
    const entries: AccessEntry[] = [];
    for (const job of jobs) {
      try {
        const { found, entries: own } = await job(tx);
        entries.push(...own);
        results.push({ value: found });
      } catch (error) {
        if (!(error instanceof OutcomeError)) throw error;
        results.push({ error });
      }
    }
    await appendAccess(context, tx, entries);
    return results;
  });
}

function runWrites(context: RecordsContext, requests: readonly ChangeRequest[]): Promise<Settled<ChangeResult>[]> {
  return context.database.transaction(async (tx) => {
    const locked = await lockLog(tx, 'records');
    const { results } = await applyChanges(context, tx, locked, requests, { at: nowOf(context), refuse: 'one' });
    return results.map((value) => (value instanceof OutcomeError ? { error: value } : { value }));
  });
}
