import { AnamnesisError, type Log, type TreeState } from '@anamnesis/protocol';
import { bytesToHex, type Hex } from 'viem';
import { logRoot, logSize, type Queryable } from '../../storage/index.ts';
import { keptCheckpoint } from './decision.ts';

/** A log in the database that is not the one whose checkpoint this organisation posted: an older or another database was put in its place. */
export interface Rollback {
  readonly log: Log;
  /** What stands on the ledger, or what this node signed and a witness kept. */
  readonly posted: { readonly size: number; readonly root: Hex };
  /** Directory id of the witness that keeps it; null: the ledger does. */
  readonly witness: number | null;
  /** What the database has: fewer leaves, or (`root` not null) as many with another root. */
  readonly found: { readonly size: number; readonly root: Hex | null };
}

export const LOGS: readonly Log[] = ['records', 'access'];

/** The first of this organisation's logs that falls short of its latest checkpoint on the ledger, or null when all is well (promise P3). */
export async function findRollback(q: Queryable, organization: number): Promise<Rollback | null> {
  for (const log of LOGS) {
    // The ledger first: the log only grows, so what was posted can never be more than what is read after it.
    const posted = await keptCheckpoint(q, organization, log);
    const found = posted && (await fallsShort(q, log, posted, null));
    if (found !== null) return found;
  }
  return null;
}

/** What is wrong with a log that should have begun with this tree; null when it does. */
export async function fallsShort(
  q: Queryable,
  log: Log,
  { size, root }: TreeState,
  witness: number | null,
): Promise<Rollback | null> {
  const found = await logSize(q, log);
  if (found < size) return { log, posted: { size, root }, witness, found: { size: found, root: null } };
  const own = bytesToHex(await logRoot(q, log, size));
  return own === root.toLowerCase() ? null : { log, posted: { size, root }, witness, found: { size, root: own } };
}

/** The node was rolled back and answers nothing until its operator has restored what is missing. */
export function rolledBackError({ log, posted, found, witness }: Rollback): AnamnesisError {
  const sealed = witness === null ? 'sealed on the ledger' : 'signed, as a witness can show';
  const what =
    found.root === null
      ? `has ${found.size} entries where ${posted.size} were ${sealed}`
      : `differs within the ${posted.size} entries that were ${sealed}`;
  return new AnamnesisError(
    'rolled-back',
    `The ${log} log of this node ${what}: its database was rolled back or changed. An operator has to decide.`,
  );
}
