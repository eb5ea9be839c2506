import { randomUUID } from 'node:crypto';
import { type Deployment, post } from '@anamnesis/ledger';
import type { Log } from '@anamnesis/protocol';
import { bytesToHex, type Hex } from 'viem';
import { type Database, logRoot, logSize, type Queryable } from '../../storage/index.ts';
import { intend, latestCheckpoint } from '../directory/index.ts';

/** A checkpoint on its way to the ledger. There is at most one for each log. */
export interface SealIntent {
  readonly log: Log;
  /** Its id in the outbox. */
  readonly intention: string;
  readonly size: number;
  readonly root: Hex;
}

/** The checkpoint of this log that is under way, or null. */
export async function openIntent(q: Queryable, log: Log): Promise<SealIntent | null> {
  const [row] = await q.query<SealIntent>('select log, intention, size, root from checkpoint_intent where log = $1', [
    log,
  ]);
  return row ?? null;
}

/** How many leaves a log has, and how many of them the ledger has sealed. */
export async function sealState(
  q: Queryable,
  organization: number,
  log: Log,
): Promise<{ size: number; sealed: number }> {
  const sealed = (await latestCheckpoint(q, organization, log))?.size ?? 0;
  return { size: await logSize(q, log), sealed };
}

/**
 * Decides on the next checkpoint of a log: its size and root and the call that posts it go into the database in one transaction, so
 * that after any crash the very same checkpoint is posted, once.
 */
export async function intendSeal(database: Database, deployment: Deployment, log: Log): Promise<SealIntent> {
  return database.transaction(async (tx) => {
    const open = await openIntent(tx, log);
    if (open !== null) return open;
    const size = await logSize(tx, log);
    const root = bytesToHex(await logRoot(tx, log, size));
    const intent = { log, intention: `checkpoint/${log}/${size}/${randomUUID()}`, size, root };
    await tx.query('insert into checkpoint_intent (log, intention, size, root) values ($1, $2, $3, $4)', [
      log,
      intent.intention,
      size,
      root,
    ]);
    await intend(tx, intent.intention, post(deployment, { log, size, root }));
    return intent;
  });
}

/** The intent is over: posted, or refused for good. */
export async function closeIntent(q: Queryable, { intention }: SealIntent): Promise<void> {
  await q.query('delete from checkpoint_intent where intention = $1', [intention]);
}
