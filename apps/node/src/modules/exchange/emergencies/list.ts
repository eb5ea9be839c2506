import { reviewEmergency } from '@anamnesis/ledger';
import { checks, EMERGENCY_OUTCOMES, EMERGENCY_REASONS, maskOf, parseStoredJson, ROLES } from '@anamnesis/protocol';
import type { Address } from 'viem';
import { appendAccess } from '../../audit/index.ts';
import { type Authority, addNotice, consentEntry } from '../../consent/index.ts';
import { findOrganization, intend, listEmergencies } from '../../directory/index.ts';
import type { Audience } from '../../events/index.ts';
import type { ExchangeContext } from '../context.ts';
import { ExchangeError } from '../errors.ts';
import { announceReview, type KeptEmergency, refused } from './declare.ts';

/** A declaration as staff see it. Times in seconds since 1970. */
export interface ListedEmergency {
  /** The commitment; for our own, a random id. */
  readonly id: string;
  /** `ledger`: between others, as the ledger has it; at those who judge it with the words, as soon as they came. */
  readonly side: 'asking' | 'asked' | 'own' | 'ledger';
  readonly state: 'pending' | 'refused' | 'open' | 'due' | 'overdue' | 'reviewed';
  readonly organization: number;
  readonly custodian: number | null;
  readonly slot: number | null;
  readonly reason: string;
  readonly declaredAt: number;
  readonly until: number | null;
  readonly outcome: string | null;
  readonly actor: string | null;
  /** The name of who declared it; null where it is not known here. */
  readonly name: string | null;
  readonly patient: string | null;
  /** The patient's subject at the custodian, for who declared it: what came is read by it. */
  readonly subject: Address | null;
  /** Why, in words; null where it is not known here. */
  readonly text: string | null;
  readonly restAt: number | null;
}

/** A review is overdue after this many seconds, as on the ledger. */
const REVIEW_WITHIN = 72 * 3600;

interface Row {
  id: string;
  side: KeptEmergency['side'];
  organization: number;
  custodian: number;
  patient: string | null;
  actor: string;
  slot: number | null;
  pending: boolean;
  key_id: string;
  content: Uint8Array;
  declared_at: number;
  until: number | null;
  rest_at: number | null;
  outcome: string | null;
  /** What came of declaring it on the ledger; a receipt comes before the node has followed the ledger so far. */
  settlement: 'succeeded' | 'reverted' | 'refused' | null;
}

/**
 * The review queue: what was declared here, by us and by others for our records, and at a regulator or an ethics board what everybody declared. It holds no health data.
 * For staff of this organisation; a patient is given what was declared about her. Errors: ExchangeError `emergency-refused` for anybody else.
 */
export async function listDeclared(
  context: ExchangeContext,
  authority: Authority,
  state?: string,
): Promise<ListedEmergency[]> {
  const { kind } = authority.basis;
  if (kind !== 'staff' && kind !== 'subject') throw refused('emergencies are listed for staff and for the patient');
  const patient = kind === 'subject' ? authority.actor.slice('Patient/'.length) : null;
  const { organization } = context.ledger;
  const reviewer = await isReviewer(context);
  const now = Math.floor(context.clock() / 1000);
  const kept = await context.database.query<Row>(
    `select e.*, (select settlement::jsonb ->> 'status' from outbox o where o.id = 'emergency/' || e.id) as settlement
     from emergency e where $1::text is null or e.patient = $1 order by declared_at desc limit 1000`,
    [patient],
  );
  const ledger = await listEmergencies(context.database, null);
  const byId = new Map(ledger.map((one) => [one.commitment as string, one]));
  const listed: ListedEmergency[] = [];
  for (const row of kept) {
    const found = byId.get(row.id);
    byId.delete(row.id);
    const { text = null, reason = '', display = null, statement } = await opened(context, row);
    const asks = row.side === 'asking' && row.actor === authority.actor;
    const until = found?.until ?? row.until;
    const outcome = row.side === 'own' ? row.outcome : outcomeOf(found?.outcome);
    const declaredAt = found?.declaredAt ?? row.declared_at;
    const waits = row.side === 'asking' && found === undefined;
    listed.push({
      ...{
        id: row.id,
        side: row.side === 'judging' ? 'ledger' : row.side,
        organization: row.organization,
        custodian: row.custodian,
        slot: row.slot,
      },
      state: waits
        ? row.settlement === 'reverted' || row.settlement === 'refused'
          ? 'refused'
          : 'pending'
        : stateOf(outcome, until, declaredAt, now),
      ...{ reason: found ? reasonOf(found.reason) : reason, declaredAt, until, outcome },
      ...{ actor: row.actor, name: display, patient: row.patient, subject: (asks && statement?.subject) || null },
      ...{ text, restAt: row.rest_at },
    });
  }
  for (const one of byId.values()) {
    if (patient !== null || (!reviewer && one.organization !== organization)) continue;
    const outcome = outcomeOf(one.outcome);
    listed.push({
      ...{ id: one.commitment, side: 'ledger', organization: one.organization, custodian: null, slot: one.slot },
      state: stateOf(outcome, one.until, one.declaredAt, now),
      ...{ reason: reasonOf(one.reason), declaredAt: one.declaredAt, until: one.until, outcome },
      ...{ actor: null, name: null, patient: null, subject: null, text: null, restAt: null },
    });
  }
  return state === undefined ? listed : listed.filter((one) => one.state === state);
}

/** One of {@link listDeclared}. Errors: ExchangeError `emergency-unknown` besides. */
export async function findDeclared(
  context: ExchangeContext,
  authority: Authority,
  id: string,
): Promise<ListedEmergency> {
  const found = (await listDeclared(context, authority)).find((one) => one.id === id.toLowerCase());
  if (found === undefined) throw new ExchangeError('emergency-unknown', 'there is no such emergency');
  return found;
}

function stateOf(
  outcome: string | null,
  until: number | null,
  declaredAt: number,
  now: number,
): ListedEmergency['state'] {
  if (outcome !== null) return 'reviewed';
  if (until !== null && now < until) return 'open';
  return now >= declaredAt + REVIEW_WITHIN ? 'overdue' : 'due';
}

function outcomeOf(number: number | undefined): string | null {
  return number === undefined || number === 0
    ? null
    : (EMERGENCY_OUTCOMES.find((one) => one.number === number)?.name ?? null);
}

function reasonOf(number: number): string {
  return EMERGENCY_REASONS.find((one) => one.number === number)?.name ?? String(number);
}

async function opened(context: ExchangeContext, row: Row): Promise<Partial<KeptEmergency['content']>> {
  try {
    const text = await context.keys.open(context.database, row.key_id, row.content, `Emergency/${row.id}`);
    return parseStoredJson(text) as KeptEmergency['content'];
  } catch {
    return {}; // Erased with the patient.
  }
}

/** Whether this organisation judges others' emergencies. */
export async function isReviewer(context: ExchangeContext): Promise<boolean> {
  const us = await findOrganization(context.database, context.ledger.organization);
  return us?.active === true && (us.roles & maskOf(ROLES, ['regulator', 'ethics-board'])) !== 0;
}

const { fail, object, text } = checks('emergency-malformed');
const checkReview = object<{ readonly outcome: 'justified' | 'not-justified'; readonly text: string }>({
  outcome: (value, path) =>
    value === 'justified' || value === 'not-justified' ? value : fail(path, 'justified or not-justified'),
  text: text(0, 2000),
});

/**
 * Judges a declaration whose box is over. One on the ledger is judged by a regulator or an ethics board, on the ledger; one of our own staff for our own records by
 * another of us. Errors: AnamnesisError `emergency-malformed`; ExchangeError `emergency-refused`, `emergency-unknown`.
 */
export async function review(
  context: ExchangeContext,
  authority: Authority,
  id: string,
  value: unknown,
): Promise<void> {
  const { outcome } = checkReview(value, 'review');
  const one = await findDeclared(context, authority, id);
  if (one.state !== 'due' && one.state !== 'overdue') throw refused('it is judged once, when its box is over');
  const at = context.clock();
  const entry = { at, action: 'emergency', basis: 'emergency', purpose: 'HQUALIMP' } as const;
  const query = `emergency id=${one.id} review=${outcome}`;
  if (one.side === 'own') {
    if (one.actor === authority.actor) throw refused('nobody reviews herself');
    await context.database.transaction(async (tx) => {
      await tx.query('update emergency set outcome = $2, reviewed_by = $3 where id = $1', [
        one.id,
        outcome,
        authority.actor,
      ]);
      const patients = one.patient === null ? [] : [one.patient];
      if (one.patient !== null)
        await addNotice(context, tx, { patient: one.patient, kind: 'emergency-review', reference: one.id, at });
      if (one.actor !== null) await announceReview(context, tx, one.actor as Audience, `${one.id}/judged`);
      await appendAccess(context, tx, [consentEntry(authority, { ...entry, patients, query })]);
    });
    return;
  }
  if (!(await isReviewer(context)) || one.organization === context.ledger.organization || one.slot === null)
    throw refused('another organisation that is a regulator or an ethics board reviews it');
  const { organization, slot, declaredAt } = one;
  await context.database.transaction(async (tx) => {
    const call = reviewEmergency(context.reader.deployment, {
      organization,
      slot: slot as number,
      declaredAt,
      outcome,
    });
    await intend(tx, `emergency-review/${organization}/${slot}/${declaredAt}`, call);
    await appendAccess(context, tx, [consentEntry(authority, { ...entry, patients: [], query })]);
    tx.onCommit(context.wakeSender);
  });
}
