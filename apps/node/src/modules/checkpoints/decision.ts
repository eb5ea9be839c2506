import { createHash } from 'node:crypto';
import { AnamnesisError, conflict, type Log, type PostedCheckpoint, streamOf, utf8 } from '@anamnesis/protocol';
import { bytesToHex, type Hex } from 'viem';
import { appendLeaves, logRoot, logSize, type Queryable, type Transaction } from '../../storage/index.ts';
import type { Rollback } from './rollback.ts';

/**
 * What an operator decides about a log that is not the one that was sealed. The right backup needs no decision: with it the node answers again. Where
 * what is missing is lost, the node may go on, and says so for ever: the ledger keeps the checkpoints of what was lost, other nodes find the
 * contradiction, and the decision stands in the status and in the access log.
 */
export interface RollbackDecision {
  readonly log: Log;
  /** Checkpoints up to this size are those of the log as it is. */
  readonly kept: number;
  /** Checkpoints above `kept` up to this size are of what was lost. */
  readonly posted: number;
  readonly postedRoot: Hex;
  readonly decidedBy: string;
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly decidedAt: number;
}

const COLUMNS =
  'log, kept, posted, posted_root as "postedRoot", decided_by as "decidedBy", reason, decided_at as "decidedAt"';

/** Places of lost leaves are filled in portions. */
const PORTION = 10_000;

/** Every decision, oldest first. */
export async function rollbackDecisions(q: Queryable): Promise<RollbackDecision[]> {
  return q.query<RollbackDecision>(`select ${COLUMNS} from rollback_decision order by place`);
}

/** A condition on `ledger_checkpoint` of this organisation: not of what was given up by a decision. `log`: SQL of the name of its log. */
const STANDS = `not exists (select 1 from rollback_decision
  where rollback_decision.log = $3 and size > rollback_decision.kept and size <= rollback_decision.posted)`;

/** The newest checkpoint of an own log on the ledger that is of the log as it is, or null. */
export async function keptCheckpoint(q: Queryable, organization: number, log: Log): Promise<PostedCheckpoint | null> {
  const [row] = await q.query<PostedCheckpoint>(
    `select root, size, time, block from ledger_checkpoint where organization = $1 and stream = $2 and ${STANDS}
     order by size desc limit 1`,
    [organization, streamOf(log), log],
  );
  return row ?? null;
}

/** The smallest checkpoint of an own log that covers a leaf and is of the log as it is, or null while the leaf is not sealed. */
export async function keptCovering(
  q: Queryable,
  organization: number,
  log: Log,
  index: number,
): Promise<PostedCheckpoint | null> {
  const [row] = await q.query<PostedCheckpoint>(
    `select root, size, time, block from ledger_checkpoint
     where organization = $1 and stream = $2 and ${STANDS} and size > $4 order by size limit 1`,
    [organization, streamOf(log), log, index],
  );
  return row ?? null;
}

/**
 * Writes down, in the caller's transaction, that the node goes on without what is missing. Places that were sealed and are lost are filled with
 * leaves that nothing opens, so that the log can be sealed again: the ledger takes only longer ones.
 *
 * Errors: `conflict` when what the operator names is not what was found.
 */
export async function giveUp(
  tx: Transaction,
  organization: number,
  found: Rollback,
  decision: { readonly postedRoot: string; readonly decidedBy: string; readonly reason: string; readonly now: number },
): Promise<RollbackDecision> {
  const { log, posted } = found;
  if (decision.postedRoot.toLowerCase() !== posted.root.toLowerCase()) {
    throw conflict('The decision names another checkpoint than the one that the log falls short of');
  }
  const kept = await lastAgreeing(tx, organization, log);
  for (let size = await logSize(tx, log); size < posted.size; ) {
    const count = Math.min(PORTION, posted.size - size);
    await appendLeaves(
      tx,
      log,
      Array.from({ length: count }, (_, at) => lostLeaf(posted.root, size + at)),
    );
    size += count;
  }
  // What the backup still meant to post, the ledger has, or more.
  await tx.query('delete from checkpoint_intent where log = $1', [log]);
  const { decidedBy, reason, now } = decision;
  const row = [log, kept, posted.size, posted.root, decidedBy, reason, now];
  const [made] = await tx.query<RollbackDecision>(
    `insert into rollback_decision (log, kept, posted, posted_root, decided_by, reason, decided_at)
     values ($1, $2, $3, $4, $5, $6, $7) returning ${COLUMNS}`,
    row,
  );
  if (made === undefined) throw new AnamnesisError('storage-refused', 'The decision was not kept');
  return made;
}

/** Size of the newest checkpoint on the ledger that the log as it is leads to; 0 when there is none. */
async function lastAgreeing(q: Queryable, organization: number, log: Log): Promise<number> {
  const size = await logSize(q, log);
  const posted = await q.query<{ size: number; root: string }>(
    `select size, root from ledger_checkpoint
     where organization = $1 and stream = $2 and size <= $4 and ${STANDS} order by size desc`,
    [organization, streamOf(log), log, size],
  );
  for (const checkpoint of posted) {
    if (bytesToHex(await logRoot(q, log, checkpoint.size)) === checkpoint.root.toLowerCase()) return checkpoint.size;
  }
  return 0;
}

/** Stands where a leaf was lost. Anyone who knows the decision can tell it from a real one. */
function lostLeaf(postedRoot: Hex, index: number): Uint8Array {
  return createHash('sha256')
    .update(utf8(`anamnesis/lost/v1\n${postedRoot.toLowerCase()}\n${index}\n`))
    .digest();
}
