import { fromBase64Url, fromUtf8, maskOf, parseJson, ROLES, recipientOf, toBase64Url, utf8 } from '@anamnesis/protocol';
import type { Hex } from 'viem';
import type { Queryable } from '../../../storage/index.ts';
import { appendAccess } from '../../audit/index.ts';
import { addNotice, consentEntry, type EmergencySet, patientOf, type Requester } from '../../consent/index.ts';
import { findEmergency, findOrganization, type LedgerEmergency } from '../../directory/index.ts';
import type { ExchangeContext } from '../context.ts';
import { ExchangeError } from '../errors.ts';
import { logRefusal } from '../refusal.ts';
import { keep, told } from './declare.ts';
import {
  checkOpenedStatement,
  commitmentOfStatement,
  justificationOf,
  type OpenedStatement,
  subjectOfPatient,
} from './statement.ts';

/** What an organisation shows a custodian to read in an emergency that it declared. */
export interface EmergencyRequest {
  readonly opened: OpenedStatement;
  readonly set: EmergencySet;
  /** Why the rest is needed, in words; null for the first set. */
  readonly more: string | null;
}

/** As one word, for a token request. */
export function encodeEmergency(request: EmergencyRequest): string {
  return toBase64Url(utf8(JSON.stringify(request)));
}

/** Reads what `encodeEmergency` wrote. Throws AnamnesisError `emergency-malformed`, ExchangeError `invalid-request`. */
export function decodeEmergency(text: string): EmergencyRequest {
  const bytes = text.length > 16_384 ? null : fromBase64Url(text);
  let value: unknown = null;
  try {
    value = bytes && parseJson(fromUtf8(bytes), { maxDepth: 6 });
  } catch {
    value = null;
  }
  const { opened, set, more } = (value ?? {}) as { opened?: unknown; set?: unknown; more?: unknown };
  if (set !== 'first' && set !== 'rest')
    throw new ExchangeError('invalid-request', 'an emergency asks for the first set or for the rest');
  if (more !== null && (typeof more !== 'string' || more.length > 2000))
    throw new ExchangeError('invalid-request', 'why more is needed is a text of at most 2000 characters');
  return { opened: checkOpenedStatement(opened, 'emergency'), set, more };
}

/** Why an emergency opens nothing. */
export type EmergencyDenial =
  | 'emergency-unknown'
  | 'emergency-over'
  | 'wrong-statement'
  | 'wrong-recipient'
  | 'inactive-grantee'
  | 'first-set-first'
  | 'reason-missing'
  | 'ledger-stale';

/** Whether a declaration is open now, by the ledger as this node follows it. Asked at every request. */
export async function emergencyDenial(
  context: ExchangeContext,
  q: Queryable,
  organization: number,
  id: Hex,
): Promise<{ readonly denial: EmergencyDenial } | { readonly denial: null; readonly emergency: LedgerEmergency }> {
  const emergency = await findEmergency(q, organization, id);
  if (emergency === null) return { denial: 'emergency-unknown' };
  const now = Math.floor(context.clock() / 1000);
  if (now >= emergency.until) return { denial: 'emergency-over' };
  const who = await findOrganization(q, organization);
  if (who === null || !who.active || (who.roles & maskOf(ROLES, ['provider'])) === 0)
    return { denial: 'inactive-grantee' };
  return context.isLedgerStale() ? { denial: 'ledger-stale' } : { denial: null, emergency };
}

/** An emergency that was opened at the custodian. */
export interface OpenedEmergency {
  readonly id: Hex;
  readonly patient: string;
  readonly set: EmergencySet;
  /** Seconds since 1970. */
  readonly until: number;
}

/**
 * Opens our records to another organisation's declared emergency: what it shows is what it committed to on the ledger, about a Patient of ours, by the practitioner
 * who asks, and its box is open. It is in the patient's log and in front of her before anything is given; the rest of her records needs a second step with a reason
 * of its own. A refusal is in her log as well.
 *
 * Throws ExchangeError `invalid-grant` with the denial in `detail`.
 */
export async function openEmergency(
  context: ExchangeContext,
  requester: Requester,
  practitioner: string | null,
  { opened, set, more }: EmergencyRequest,
): Promise<OpenedEmergency> {
  const { statement, text } = opened;
  const id = commitmentOfStatement(context, statement);
  const patient = await patientIn(context, opened);
  const deny = async (denial: EmergencyDenial): Promise<never> => {
    await logRefusal(context, requester, { patient, purpose: 'ETREAT', reason: denial });
    throw new ExchangeError('invalid-grant', `the emergency does not allow this: ${denial}`, { detail: denial });
  };
  const { organization, custodian, recipient, justification } = statement;
  if (custodian !== context.ledger.organization || justification !== justificationOf(text) || patient === null)
    return deny('wrong-statement');
  if (practitioner === null || opened.practitioner !== practitioner || recipient !== recipientOf(practitioner))
    return deny('wrong-recipient');
  let standing = await emergencyDenial(context, context.database, organization, id);
  if (standing.denial === 'emergency-unknown') {
    // It may be a block ahead of us.
    await context.directory.sync().catch(() => undefined);
    standing = await emergencyDenial(context, context.database, organization, id);
  }
  if (standing.denial !== null) return deny(standing.denial);
  const { emergency } = standing;
  const [known] = await context.database.query<{ rest_at: number | null }>(
    `select rest_at from emergency where id = $1 and side = 'asked'`,
    [id],
  );
  if (set === 'rest' && known === undefined) return deny('first-set-first');
  if (set === 'rest' && (more === null || more.trim().length < 10)) return deny('reason-missing');
  const at = context.clock();
  const reason = `reason=${emergency.reason}`;
  await context.database.transaction(async (tx) => {
    const content = { ...opened, reason: String(emergency.reason), display: requester.display };
    const made = await keep(context, tx, {
      ...{
        id,
        side: 'asked',
        organization,
        custodian,
        patient,
        actor: requester.actor,
        slot: emergency.slot,
        pending: false,
      },
      ...{ content, declaredAt: emergency.declaredAt, until: emergency.until },
    });
    if (made) await told(context, tx, requester, { id, patient, reason, at });
    if (set !== 'rest') return;
    const first = await tx.query('update emergency set rest_at = $2 where id = $1 and rest_at is null returning id', [
      id,
      Math.floor(at / 1000),
    ]);
    if (first.length === 0) return;
    await addNotice(context, tx, { patient, kind: 'emergency', reference: `${id}/rest`, at });
    const entry = { at, action: 'emergency', basis: 'emergency', purpose: 'ETREAT', patients: [patient] } as const;
    await appendAccess(context, tx, [consentEntry(requester, { ...entry, query: `emergency id=${id} rest ${more}` })]);
  });
  return { id, patient, set, until: emergency.until };
}

/** Whose records it is about; null when nobody here is meant by it. */
async function patientIn(context: ExchangeContext, { statement, patient }: OpenedStatement): Promise<string | null> {
  if (patient === null) return patientOf(context.database, statement.subject);
  if (subjectOfPatient(statement.custodian, patient) !== statement.subject.toLowerCase()) return null;
  const rows = await context.database.query(
    `select 1 from resource where type = 'Patient' and id = $1 and not deleted`,
    [patient],
  );
  return rows.length > 0 ? patient : null;
}
