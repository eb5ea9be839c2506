import type { Grant } from '@anamnesis/protocol';
import type { Hex } from 'viem';
import type { Queryable } from '../../storage/index.ts';
import { lower } from '../directory/subjects.ts';
import type { ConsentContext } from './context.ts';
import { NEWEST_DIRECTIVE } from './directives/held.ts';
import { findConsent, type StoredConsent } from './grants.ts';
import { type FoundState, readState, type StateRow, stateFrom, stateOf } from './state.ts';

/**
 * What a decision needs of the database, found by one statement with what names the consent, such as a token. Nothing of it is remembered from one request to
 * the next. What is remembered is what cannot change: the opened terms, whose bytes are what was signed.
 */
export interface HeldConsent extends StateRow {
  readonly id: Hex;
  readonly keyId: string;
  readonly patient: string;
  /** As the row has it in clear, beside the sealed terms. */
  readonly named: Pick<Grant['terms'], 'subject' | 'index' | 'epoch' | 'grantee'>;
  readonly receivedAt: number;
  /** See `NEWEST_DIRECTIVE`. */
  readonly newest: number | null;
}

/** Columns that {@link HELD} gives; null where the consent is not held here, or its subject stands for no Patient. */
export interface HeldRow extends StateRow {
  readonly held_id: Hex | null;
  readonly held_patient: string | null;
  readonly held_key: string;
  readonly held_subject: Hex;
  readonly held_index: number;
  readonly held_epoch: number;
  readonly held_grantee: number;
  readonly held_at: number;
  readonly newest: number | null;
}

const STATE = stateOf({
  ...{ subject: 'consent.subject', index: 'consent.index' },
  ...{ epoch: 'consent.epoch', grantee: 'consent.grantee' },
});

/** SQL: columns of a {@link HeldRow}, and the joins for them to a row that names a consent by the expression `id`. */
export const HELD = {
  columns: `consent.id as held_id, subject.patient as held_patient, consent.key_id as held_key, consent.subject as held_subject,
    consent.index as held_index, consent.epoch as held_epoch, consent.grantee as held_grantee, consent.received_at as held_at,
    ${NEWEST_DIRECTIVE} as newest, ${STATE.columns}`,
  joinedBy: (id: string): string =>
    `left join consent on consent.id = ${id} left join subject on subject.address = consent.subject ${STATE.join}`,
} as const;

/** What a row says, or null when it says that there is nothing. */
export function heldIn(row: HeldRow): HeldConsent | null {
  const { held_id: id, held_patient: patient, controller, epoch, revoked, active, newest } = row;
  if (id === null || patient === null) return null;
  const named = { subject: row.held_subject, index: row.held_index, epoch: row.held_epoch, grantee: row.held_grantee };
  const state = { controller, epoch, revoked, active };
  return { id, patient, keyId: row.held_key, named, receivedAt: row.held_at, newest, ...state };
}

/** Looks for a consent by itself. */
export async function findHeld(q: Queryable, id: Hex): Promise<HeldConsent | null> {
  const [row] = await q.query<HeldRow>(
    `select ${HELD.columns} from (select $1::text as id) as wanted ${HELD.joinedBy('wanted.id')}`,
    [id.toLowerCase()],
  );
  return row === undefined ? null : heldIn(row);
}

/** Terms that were opened, by consent and content key; all are forgotten when there are too many. */
const REMEMBERED = 10_000;
const opened = new Map<string, Grant>();

/** The consent with its terms opened; null when it was erased meanwhile. Errors: `key-erased`. */
export async function openHeld(
  context: ConsentContext,
  q: Queryable,
  { id, keyId, patient, receivedAt }: HeldConsent,
): Promise<StoredConsent | null> {
  const name = `${id}/${keyId}`;
  const known = opened.get(name);
  if (known !== undefined) return { id, grant: known, patient, receivedAt };
  const found = await findConsent(context, q, id);
  if (found === null) return null;
  if (opened.size >= REMEMBERED) opened.clear();
  opened.set(name, found.grant);
  return found;
}

/** Forgets the terms of consents that were erased. */
export function forgetOpened(ids: readonly string[]): void {
  const gone = new Set(ids);
  for (const name of opened.keys()) if (gone.has(name.slice(0, name.indexOf('/')))) opened.delete(name);
}

/** The state of a consent. Where the row says other than what was signed, what was signed is looked up. */
export async function stateHeld(
  context: ConsentContext,
  q: Queryable,
  held: HeldConsent,
  grant: Grant,
): Promise<FoundState> {
  const { named } = held;
  const { subject, index, epoch, grantee } = grant.terms;
  const agree =
    named.subject === lower(subject) && named.index === index && named.epoch === epoch && named.grantee === grantee;
  return agree ? stateFrom(context, q, held, grant) : readState(context, q, grant);
}
