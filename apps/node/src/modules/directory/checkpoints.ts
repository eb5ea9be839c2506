import { type Log, type PostedCheckpoint, streamOf } from '@anamnesis/protocol';
import type { Hex } from 'viem';
import type { Queryable } from '../../storage/types.ts';

const COLUMNS = 'root, size, time, block';

/** The newest checkpoint of an organisation's log on the ledger, or null before the first. */
export async function latestCheckpoint(q: Queryable, organization: number, log: Log): Promise<PostedCheckpoint | null> {
  const [row] = await q.query<PostedCheckpoint>(
    `select ${COLUMNS} from ledger_checkpoint where organization = $1 and stream = $2 order by size desc limit 1`,
    [organization, streamOf(log)],
  );
  return row ?? null;
}

/** The smallest posted checkpoint that covers a leaf, or null while the leaf is not sealed. It never changes once it is final. */
export async function checkpointCovering(
  q: Queryable,
  organization: number,
  log: Log,
  index: number,
): Promise<PostedCheckpoint | null> {
  const [row] = await q.query<PostedCheckpoint>(
    `select ${COLUMNS} from ledger_checkpoint where organization = $1 and stream = $2 and size > $3 order by size limit 1`,
    [organization, streamOf(log), index],
  );
  return row ?? null;
}

/** The checkpoint of exactly this size and root, or null when the organisation never posted it. */
export async function findCheckpoint(
  q: Queryable,
  organization: number,
  log: Log,
  checkpoint: { readonly size: number; readonly root: Hex },
): Promise<PostedCheckpoint | null> {
  const [row] = await q.query<PostedCheckpoint>(
    `select ${COLUMNS} from ledger_checkpoint where organization = $1 and stream = $2 and size = $3 and root = $4`,
    [organization, streamOf(log), checkpoint.size, checkpoint.root.toLowerCase()],
  );
  return row ?? null;
}
