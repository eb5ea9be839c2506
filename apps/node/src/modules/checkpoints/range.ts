import { type Log, type PostedCheckpoint, rootCoordinates, streamOf, tooCostly } from '@anamnesis/protocol';
import { bytesToHex, type Hex } from 'viem';
import { leafHashes, logSize, type Queryable, subtreeHashes } from '../../storage/index.ts';

/** A stretch of a log, from one checkpoint on the ledger to another, with everything that lies between: nobody can take out of it what was there. */
export interface LogRange {
  /** The last checkpoint before the stretch; null: it begins with the log. */
  readonly from: PostedCheckpoint | null;
  /** The first that covers its end; null: it is not sealed to its end, and goes as far as the log does. */
  readonly to: PostedCheckpoint | null;
  /** Roots of the complete subtrees that make up `from`, from left to right. */
  readonly before: readonly Hex[];
  /** Hashes of all leaves of the stretch, in order. */
  readonly leaves: readonly Hex[];
}

/** More leaves than this are not put into one file. */
const MAX_LEAVES = 250_000;

/**
 * The stretch of an own log that covers a period (milliseconds since 1970, the end excluded) by the times of the ledger. Errors: 403 `too-costly` when it
 * is too long for one file.
 */
export async function logRange(
  q: Queryable,
  organization: number,
  log: Log,
  period: { readonly from: number; readonly until: number },
): Promise<LogRange> {
  const at = [organization, streamOf(log)];
  const columns = 'root, size, time, block from ledger_checkpoint where organization = $1 and stream = $2';
  const [from] = await q.query<PostedCheckpoint>(`select ${columns} and time < $3 order by size desc limit 1`, [
    ...at,
    Math.floor(period.from / 1000),
  ]);
  const [to] = await q.query<PostedCheckpoint>(
    `select ${columns} and (time >= $3 or size = (select max(size) from ledger_checkpoint where organization = $1 and stream = $2))
     order by size limit 1`,
    [...at, Math.ceil(period.until / 1000)],
  );
  const start = from?.size ?? 0;
  // What a rollback took away is not there to be shown: then the log ends before the checkpoint does.
  const size = await logSize(q, log);
  const end = Math.max(Math.min(to?.size ?? size, size), start);
  if (end - start > MAX_LEAVES)
    throw tooCostly(`The period has more than ${MAX_LEAVES} entries: ask for a shorter one`);
  const before: Hex[] = [];
  for (const { level, index } of rootCoordinates(start)) {
    const [hash] = (await subtreeHashes(q, log, level, index, index + 1)) ?? [];
    if (hash !== undefined) before.push(bytesToHex(hash));
  }
  const leaves = await leafHashes(q, log, start, end);
  return { from: from ?? null, to: to ?? null, before, leaves: leaves.map((leaf) => bytesToHex(leaf)) };
}
