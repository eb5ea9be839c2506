import {
  type AccessWish,
  type FetchOutcome,
  type Grant,
  parseStoredJson,
  type RequestedAccess,
  type RequestState,
} from '@anamnesis/protocol';
import type { Address, Hex } from 'viem';
import { keyOwner, type Queryable, type Transaction } from '../../storage/index.ts';
import { lower } from '../directory/index.ts';
import { type ExchangeContext, receivedOwner } from '../exchange/index.ts';

/** What is kept of a request, encrypted. */
export interface Kept {
  readonly wish: AccessWish;
  readonly consent?: Hex;
  readonly grant?: Grant;
  readonly fetched?: FetchOutcome;
  /** Whether to fetch as soon as it is granted. */
  readonly fetch?: boolean;
  /** The name under which the access log has who asked. */
  readonly display?: string | null;
}

/** A row with what it says. */
export interface RequestRow {
  readonly id: string;
  /** `asked`: of a patient here; `asking`: by staff here. */
  readonly side: 'asked' | 'asking';
  readonly peer: number;
  readonly subject: Address;
  /** Of this organisation. */
  readonly patient: string | null;
  readonly actor: string | null;
  readonly state: Exclude<RequestState, 'expired'>;
  readonly delivered: boolean;
  readonly asked_at: number;
  readonly expires_at: number;
  readonly answered_at: number | null;
  readonly kept: Kept;
}

type Stored = Omit<RequestRow, 'kept'> & { readonly key_id: string; readonly content: Uint8Array };
const COLUMNS =
  'id, side, peer, subject, patient, actor, state, key_id, content, delivered, asked_at, expires_at, answered_at';

/** Rows that meet a condition, newest first; those whose patient was erased are gone. */
export async function findRequests(
  context: ExchangeContext,
  q: Queryable,
  condition: string,
  values: readonly unknown[],
): Promise<RequestRow[]> {
  const rows = await q.query<Stored>(
    `select ${COLUMNS} from access_request where ${condition} order by asked_at desc, id limit 500`,
    values,
  );
  const present = await context.keys.presentOf(
    q,
    rows.map(({ key_id }) => key_id),
  );
  const opened: RequestRow[] = [];
  for (const { key_id, content, ...row } of rows) {
    if (!present.has(key_id)) continue;
    const kept = parseStoredJson(await context.keys.open(q, key_id, content, place(row.id))) as unknown as Kept;
    opened.push({ ...row, kept });
  }
  return opened;
}

/** Writes a new row; false when there is one of that id. */
export async function insertRequest(
  context: ExchangeContext,
  tx: Transaction,
  row: Omit<RequestRow, 'answered_at'>,
): Promise<boolean> {
  const { keyId, content } = await seal(context, tx, row);
  const made = await tx.query(
    `insert into access_request (id, side, peer, subject, patient, actor, state, key_id, content, delivered, asked_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict do nothing returning id`,
    [
      ...[row.id, row.side, row.peer, lower(row.subject), row.patient, row.actor, row.state, keyId, content],
      ...[row.delivered, row.asked_at, row.expires_at],
    ],
  );
  return made.length === 1;
}

/** Writes what changed. `state` changes only from what it was, so of two answers at once one counts; false when it has changed since. */
export async function updateRequest(
  context: ExchangeContext,
  tx: Transaction,
  row: RequestRow,
  change: Partial<Pick<RequestRow, 'state' | 'answered_at' | 'kept'>>,
): Promise<boolean> {
  const { keyId, content } = await seal(context, tx, { ...row, ...change });
  const rows = await tx.query(
    `update access_request set state = $3, answered_at = $4, key_id = $5, content = $6 where id = $1 and state = $2 returning id`,
    [row.id, row.state, change.state ?? row.state, change.answered_at ?? row.answered_at, keyId, content],
  );
  return rows.length === 1;
}

function seal(context: ExchangeContext, tx: Transaction, row: Omit<RequestRow, 'answered_at'>) {
  const owner = row.side === 'asked' ? keyOwner(row.patient) : receivedOwner(row.peer, row.subject);
  return context.keys.seal(tx, owner, JSON.stringify(row.kept), place(row.id));
}

function place(id: string): string {
  return `AccessRequest/${id}`;
}

/** A request as it is shown. An unanswered one ends by itself. */
export function shownRequest(context: ExchangeContext, row: RequestRow): RequestedAccess {
  const { side, peer, patient, delivered, kept } = row;
  const own = context.ledger.organization;
  const [custodian, grantee] = side === 'asked' ? [own, peer] : [peer, own];
  return {
    ...kept.wish,
    state: row.state === 'requested' && row.expires_at * 1000 <= context.clock() ? 'expired' : row.state,
    ...{ custodian, grantee, delivered, askedAt: row.asked_at, answeredAt: row.answered_at },
    consent: kept.consent ?? null,
    ...(side === 'asking' && kept.grant !== undefined && { grant: kept.grant }),
    ...(side === 'asking' && patient !== null && { patient }),
    ...(kept.fetched !== undefined && { fetched: kept.fetched }),
  };
}
