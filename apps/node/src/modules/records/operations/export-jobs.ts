import { createHash, randomBytes } from 'node:crypto';
import { openEnvelope, sealEnvelope } from '@anamnesis/crypto/envelope';
import { fromUtf8, notFound, tooManyRequests } from '@anamnesis/protocol';
import { lockLog, type Queryable } from '../../../storage/index.ts';
import type { Authority } from '../../consent/authority.ts';
import { nowOf, type RecordsContext } from '../context.ts';

/** What an export is to hold. */
export interface ExportRequest {
  readonly level: 'system' | 'Patient' | 'Group';
  /** Types of its records, one file or more for each. */
  readonly types: readonly string[];
  /** Ids of the only patients: those that were named, or the Group's at the time of the request; null for all. */
  readonly patients: readonly string[] | null;
  /** Milliseconds since 1970: only what was changed then or later, with what was deleted. */
  readonly since: number | null;
  /** `Type?query`: of these types only what one of their filters matches. */
  readonly filters: readonly string[];
  /** Elements that are wanted; null for whole resources. */
  readonly elements: readonly string[] | null;
  /** The address that the export was asked for at, as the manifest repeats it. */
  readonly url: string;
  /** Names of parameters that were ignored. */
  readonly ignored?: readonly string[];
}

/** An export as it stands. */
export interface ExportJob {
  readonly id: string;
  readonly request: ExportRequest;
  /** Leaves of the record log that count: the export shows the records as they were then. */
  readonly logSize: number;
  readonly transactionTime: Date;
  /** How many of the types are done. */
  readonly done: number;
  /** The last place of the log that a part of the type at hand holds; -1 at its beginning. */
  readonly afterLeaf: number;
  readonly ready: boolean;
  readonly expiresAt: Date;
}

interface JobRow {
  readonly id: string;
  readonly content: Uint8Array;
  readonly log_size: number;
  readonly transaction_time: Date;
  readonly next_type: number;
  readonly after_leaf: number;
  readonly ready: boolean;
  readonly expires_at: Date;
}

/** How long an export is kept, and how many of one client's at once. */
const LIFETIME_MS = 24 * 60 * 60 * 1000;
export const MAX_JOBS = 10;

/** Who a job belongs to: one client, person, app or consent. Nobody else is told that it is there. */
export function ownerOf({ actor, display, organization, basis, app }: Authority): string {
  const consent = basis.kind === 'consent' ? basis.id : null;
  return createHash('sha256')
    .update(JSON.stringify([organization, actor, display, basis.kind, consent, app?.id ?? null]))
    .digest('hex');
}

/**
 * Keeps a new export, bound to the present end of the record log. The log is locked for that moment: whatever is written later is stamped with this time
 * or a later one, so that `_since` the transaction time misses nothing. Errors: 429 when the client has too many.
 */
export async function addJob(context: RecordsContext, owner: string, request: ExportRequest): Promise<string> {
  const id = randomBytes(16).toString('hex');
  const content = sealEnvelope(keyOf(context), JSON.stringify(request), placeOf(id));
  await context.database.transaction(async (tx) => {
    const size = await lockLog(tx, 'records');
    const now = nowOf(context);
    await tx.query('delete from export_job where expires_at <= $1::timestamptz', [new Date(now).toISOString()]);
    const [kept] = await tx.query<{ count: number }>('select count(*) as count from export_job where owner = $1', [
      owner,
    ]);
    if ((kept?.count ?? 0) >= MAX_JOBS)
      throw tooManyRequests(`At most ${MAX_JOBS} exports are kept for a client: delete those that are done with`);
    await tx.query(
      `insert into export_job (id, owner, content, log_size, transaction_time, expires_at)
       values ($1, $2, $3, $4, $5::timestamptz, $6::timestamptz)`,
      [id, owner, content, size, new Date(now).toISOString(), new Date(now + LIFETIME_MS).toISOString()],
    );
  });
  return id;
}

/** An export of this owner. Errors: 404, also for one that has expired. */
export async function findJob(
  context: RecordsContext,
  q: Queryable,
  owner: string,
  id: string,
  lock: '' | 'for update' = '',
): Promise<ExportJob> {
  const [row] = await q.query<JobRow>(
    `select id, content, log_size, transaction_time, next_type, after_leaf, ready, expires_at from export_job
     where id = $1 and owner = $2 and expires_at > $3::timestamptz ${lock}`,
    [id, owner, new Date(nowOf(context)).toISOString()],
  );
  if (row === undefined) throw notFound('There is no such export');
  return {
    id: row.id,
    request: JSON.parse(fromUtf8(openEnvelope(keyOf(context), row.content, placeOf(id)))) as ExportRequest,
    logSize: row.log_size,
    transactionTime: row.transaction_time,
    done: row.next_type,
    afterLeaf: row.after_leaf,
    ready: row.ready,
    expiresAt: row.expires_at,
  };
}

/** Ends an export: nothing of it can be had any more. Errors: 404. */
export async function removeJob(q: Queryable, owner: string, id: string): Promise<void> {
  const rows = await q.query('delete from export_job where id = $1 and owner = $2 returning id', [id, owner]);
  if (rows.length === 0) throw notFound('There is no such export');
}

function keyOf(context: RecordsContext): Uint8Array {
  return context.keys.derive('export-job');
}

function placeOf(id: string): string {
  return `export/${id}`;
}
