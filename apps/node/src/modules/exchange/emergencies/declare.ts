import { randomBytes } from 'node:crypto';
import { declareEmergency } from '@anamnesis/ledger';
import { checks, EMERGENCY_REASONS, type EmergencyReason, recipientOf } from '@anamnesis/protocol';
import type { Address } from 'viem';
import { bytesToHex } from 'viem';
import type { Transaction } from '../../../storage/index.ts';
import { appendAccess } from '../../audit/index.ts';
import { type Authority, addNotice, consentEntry } from '../../consent/index.ts';
import { findOrganization, intend, listEmergencies } from '../../directory/index.ts';
import { type Audience, announce } from '../../events/index.ts';
import type { ExchangeContext } from '../context.ts';
import { ExchangeError } from '../errors.ts';
import { commitmentOfStatement, justificationOf, type OpenedStatement, subjectOfPatient } from './statement.ts';

/** What a clinician declares. */
export interface Declaration {
  /** Directory id of the custodian; our own for records that are withheld from her here. */
  readonly custodian: number;
  /** The patient's subject at the custodian; or */
  readonly subject?: Address;
  /** her id there. */
  readonly patient?: string;
  readonly reason: EmergencyReason;
  /** Why, in words: the patient and the reviewer read it. */
  readonly text: string;
  /** How long the box is open: 1 to 24. Default 4. */
  readonly hours?: number;
}

const { address, fail, object, text, whole } = checks('emergency-malformed');
const reason = (value: unknown, path: string): EmergencyReason =>
  EMERGENCY_REASONS.find(({ name }) => name === value)?.name ?? fail(path, 'a reason of the table emergencyReasons');

/** From outside. Throws AnamnesisError `emergency-malformed`. */
export const checkDeclaration = object<Declaration>(
  {
    custodian: whole(1, 2 ** 32 - 1),
    subject: address,
    patient: text(1, 64),
    reason,
    text: text(10, 2000),
    hours: whole(1, 24),
  },
  ['subject', 'patient', 'hours'],
);

const DEFAULT_HOURS = 4;
const DAY = 86_400;

/** How a declaration stands. `pending`: the ledger does not have it yet. */
export interface Declared {
  readonly id: string;
  readonly state: 'pending' | 'open';
  /** Seconds since 1970; null while pending. */
  readonly until: number | null;
}

/**
 * Declares an emergency. For the records of another organisation a salted commitment goes to the ledger, in a free slot of this organisation; for our own, the
 * access is opened here. Either is in the access log before anything is read, and the patient is told.
 *
 * Errors: AnamnesisError `emergency-malformed`; ExchangeError `emergency-refused` (not a practitioner; no such patient; no slot is free) and `received-refused`
 * with `ledger-stale`: without a recent view of the ledger nothing is opened.
 */
export async function declare(context: ExchangeContext, authority: Authority, value: unknown): Promise<Declared> {
  const declaration = checkDeclaration(value, 'emergency');
  const { actor } = authority;
  if (!actor.startsWith('Practitioner/') || !authority.actions.has('read'))
    throw refused('an emergency is declared by a practitioner in her own name');
  return declaration.custodian === context.ledger.organization
    ? declareHere(context, authority, declaration)
    : declareAbroad(context, authority, declaration);
}

async function declareAbroad(
  context: ExchangeContext,
  authority: Authority,
  declaration: Declaration,
): Promise<Declared> {
  const { custodian, text, hours = DEFAULT_HOURS } = declaration;
  if (context.isLedgerStale())
    throw new ExchangeError('received-refused', 'the ledger was not heard from lately', { detail: 'ledger-stale' });
  const patient = declaration.patient ?? null;
  const subject = declaration.subject ?? (patient === null ? null : subjectOfPatient(custodian, patient));
  if (subject === null) throw refused('the patient must be named, by her subject or her id at the custodian');
  const { organization } = context.ledger;
  const statement = {
    ...{ organization, custodian, subject, recipient: recipientOf(authority.actor) },
    ...{ justification: justificationOf(text), salt: bytesToHex(randomBytes(32)) },
  };
  const opened: OpenedStatement = { statement, text, practitioner: authority.actor, patient };
  const id = commitmentOfStatement(context, statement);
  await context.database.transaction(async (tx) => {
    const slot = await freeSlot(context, tx);
    const at = context.clock();
    await keep(context, tx, {
      ...{ id, side: 'asking', organization, custodian, patient: null, actor: authority.actor, slot, pending: true },
      content: { ...opened, reason: declaration.reason, display: authority.display },
      ...{ declaredAt: Math.floor(at / 1000), until: null },
    });
    const call = declareEmergency(context.reader.deployment, {
      ...{ slot, reason: declaration.reason, hours, commitment: id },
    });
    await intend(tx, `emergency/${id}`, call);
    const entry = { at, action: 'emergency', basis: 'emergency', purpose: 'ETREAT', patients: [] } as const;
    const query = `emergency id=${id} custodian=${custodian} reason=${declaration.reason}`;
    await appendAccess(context, tx, [consentEntry(authority, { ...entry, query })]);
    await announceReview(context, tx, 'auditors', id);
    tx.onCommit(context.wakeSender);
  });
  return { id, state: 'pending', until: null };
}

/** Among those of the quota: reviewed and a day old, or never used, and not on its way to the ledger. */
async function freeSlot(context: ExchangeContext, tx: Transaction): Promise<number> {
  const { organization } = context.ledger;
  const quota = (await findOrganization(tx, organization))?.emergencyQuota ?? 0;
  const now = Math.floor(context.clock() / 1000);
  // One that the ledger has refused, or has taken, is not on its way any more. Taken is what was read back from it: its receipt comes before.
  await tx.query(
    `update emergency e set pending = false where pending and (
       exists (select from ledger_emergency l where l.organization = $1 and l.commitment = e.id)
       or exists (select from outbox o where o.id = 'emergency/' || e.id and o.settlement::jsonb ->> 'status' <> 'succeeded'))`,
    [organization],
  );
  const pending = await tx.query<{ slot: number }>('select slot from emergency where pending');
  const taken = new Set(pending.map(({ slot }) => slot));
  const last = new Set<number>();
  for (const { slot, declaredAt, outcome } of await listEmergencies(tx, organization)) {
    if (last.has(slot)) continue;
    last.add(slot);
    if (outcome === 0 || now < declaredAt + DAY) taken.add(slot);
  }
  for (let slot = 0; slot < quota; slot++) if (!taken.has(slot)) return slot;
  throw refused('every emergency slot of this organisation waits for a review or is younger than a day');
}

async function declareHere(
  context: ExchangeContext,
  authority: Authority,
  declaration: Declaration,
): Promise<Declared> {
  const { patient, text, reason: why, hours = DEFAULT_HOURS } = declaration;
  const { organization } = context.ledger;
  const at = context.clock();
  const until = Math.floor(at / 1000) + hours * 3600;
  const id = bytesToHex(randomBytes(32));
  await context.database.transaction(async (tx) => {
    const found = await tx.query(`select 1 from resource where type = 'Patient' and id = $1 and not deleted`, [
      patient ?? '',
    ]);
    if (patient === undefined || found.length === 0) throw refused('there is no such Patient here');
    await keep(context, tx, {
      ...{ id, side: 'own', organization, custodian: organization, patient, actor: authority.actor, slot: null },
      ...{ pending: false, declaredAt: Math.floor(at / 1000), until },
      content: { text, reason: why, display: authority.display },
    });
    await told(context, tx, authority, { id, patient, reason: why, at });
  });
  return { id, state: 'open', until };
}

/** In her log, as a notice that her device shows, and in front of who sees to the review. */
export async function told(
  context: ExchangeContext,
  tx: Transaction,
  by: Pick<Authority, 'actor' | 'display' | 'organization' | 'automatic' | 'requestId'>,
  {
    id,
    patient,
    reason: why,
    at,
  }: { readonly id: string; readonly patient: string; readonly reason: string; readonly at: number },
): Promise<void> {
  await addNotice(context, tx, { patient, kind: 'emergency', reference: id, at });
  await announceReview(context, tx, 'auditors', id);
  const entry = { at, action: 'emergency', basis: 'emergency', purpose: 'ETREAT', patients: [patient] } as const;
  const { actor, display, organization, automatic, requestId } = by;
  const requester = { actor, display, organization, automatic, requestId };
  await appendAccess(context, tx, [consentEntry(requester, { ...entry, query: `emergency id=${id} ${why}` })]);
}

/** Tells somebody of a declaration that is to be reviewed, or of its outcome: once each. */
export async function announceReview(
  context: ExchangeContext,
  tx: Transaction,
  audience: Audience,
  ref: string,
): Promise<void> {
  await announce(context, tx, { audience, kind: 'emergency-review', ref, notice: true });
}

/** An emergency as this node keeps it. */
export interface KeptEmergency {
  readonly id: string;
  /** Declared here for others' records, by others for ours, by us for ours; by others for others', to be judged here. */
  readonly side: 'asking' | 'asked' | 'own' | 'judging';
  readonly organization: number;
  readonly custodian: number;
  readonly patient: string | null;
  readonly actor: string;
  readonly slot: number | null;
  readonly pending: boolean;
  readonly content: Partial<OpenedStatement> & {
    readonly text: string;
    readonly reason: string;
    /** The name of who declared it. */
    readonly display?: string | null;
  };
  /** Seconds since 1970. */
  readonly declaredAt: number;
  readonly until: number | null;
  readonly restAt?: number | null;
  readonly outcome?: string | null;
}

export async function keep(context: ExchangeContext, tx: Transaction, one: KeptEmergency): Promise<boolean> {
  const owner = one.patient === null ? `Emergency/${one.id}` : `Patient/${one.patient}`;
  const sealed = await context.keys.seal(tx, owner, JSON.stringify(one.content), `Emergency/${one.id}`);
  const made = await tx.query(
    `insert into emergency (id, side, organization, custodian, patient, actor, slot, pending, key_id, content, declared_at, until)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict (id) do nothing returning id`,
    [
      ...[one.id, one.side, one.organization, one.custodian, one.patient, one.actor, one.slot, one.pending],
      ...[sealed.keyId, sealed.content, one.declaredAt, one.until],
    ],
  );
  return made.length === 1;
}

export function refused(message: string, detail?: string): ExchangeError {
  return new ExchangeError('emergency-refused', message, detail === undefined ? {} : { detail });
}

/** Forgets what was declared about a patient here, for her erasure; what the ledger has of it tells nothing of her. */
export async function eraseEmergencies(tx: Transaction, patient: string): Promise<void> {
  await tx.query('delete from emergency where patient = $1', [patient]);
}
