import { AnamnesisError, type Log } from '@anamnesis/protocol';
import { bytesToHex, type Hex } from 'viem';
import { logRoot, logSize, type Queryable } from '../../storage/index.ts';
import { latestCheckpoint } from '../directory/index.ts';

/** A log in the database that is not the one whose checkpoint this organisation posted: an older or another database was put in its place. */
export interface Rollback {
  readonly log: Log;
  /** What stands on the ledger. */
  readonly posted: { readonly size: number; readonly root: Hex };
  /** What the database has: fewer leaves, or (`root` not null) as many with another root. */
  readonly found: { readonly size: number; readonly root: Hex | null };
}

export const LOGS: readonly Log[] = ['records', 'access'];

/** The first of this organisation's logs that falls short of its latest checkpoint on the ledger, or null when all is well (promise P3). */
export async function findRollback(q: Queryable, organization: number): Promise<Rollback | null> {
  for (const log of LOGS) {
    // The ledger first: the log only grows, so what was posted can never be more than what is read after it.
    const posted = await latestCheckpoint(q, organization, log);
    if (posted === null) continue;
    const { size, root } = posted;
    const found = await logSize(q, log);
    if (found < size) return { log, posted: { size, root }, found: { size: found, root: null } };
    const own = bytesToHex(await logRoot(q, log, size));
    if (own !== root.toLowerCase()) return { log, posted: { size, root }, found: { size, root: own } };
  }
  return null;
}

/** The node was rolled back and answers nothing until its operator has restored what is missing. */
export function rolledBackError({ log, posted, found }: Rollback): AnamnesisError {
  const what =
    found.root === null
      ? `has ${found.size} entries where ${posted.size} were sealed`
      : `differs within the ${posted.size} entries that were sealed`;
  return new AnamnesisError(
    'rolled-back',
    `The ${log} log of this node ${what} on the ledger: its database was rolled back or changed.`,
  );
}
