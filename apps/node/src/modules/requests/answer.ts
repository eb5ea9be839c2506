import { ANYONE, checks, type Grant, type RequestedAccess, recipientOf } from '@anamnesis/protocol';
import { idOf, type PatientSession, patientRequester, receiveGrant } from '../consent/index.ts';
import { lower } from '../directory/index.ts';
import { announce } from '../events/index.ts';
import type { ExchangeContext } from '../exchange/index.ts';
import { sendMessage } from './courier.ts';
import { RequestsError } from './errors.ts';
import { findRequests, type RequestRow, shownRequest, updateRequest } from './rows.ts';

const { fail } = checks('request-malformed');

/**
 * A patient's answer: no (`{denied: true}`), or a consent that she signed (`{terms, signature}`), of which she alone says what it opens. It is stored as any
 * consent is, and passed on to the organisation that asked. The same answer again changes nothing, so a lost connection does no harm.
 *
 * Throws RequestsError `request-unknown`, `request-malformed` (a consent for somebody else), `request-ended` (it was withdrawn or is too old),
 * `request-answered` (otherwise); what `receiveGrant` throws.
 */
export async function answerRequest(
  context: ExchangeContext,
  session: PatientSession,
  id: string,
  body: unknown,
  requestId: string,
): Promise<RequestedAccess> {
  const { database } = context;
  const [row] = await findRequests(context, database, `id = $1 and side = 'asked' and patient = $2`, [
    id,
    session.patient,
  ]);
  if (row === undefined) throw new RequestsError('request-unknown', 'There is no such request');
  const { denied, ...given } = (body ?? {}) as Record<string, unknown>;
  if ((denied === true) === (given.terms !== undefined)) return fail('answer', 'either denied or a consent');
  if (denied === true) return settle(context, row, null);
  const grant = given as unknown as Grant; // Checked by receiveGrant; what is compared here is checked again there.
  requireFitting(context, row, grant);
  requireOpen(context, row, grant);
  const { grant: taken } = await receiveGrant(context, patientRequester(context, session.patient, requestId), grant);
  return settle(context, row, taken);
}

function requireFitting(context: ExchangeContext, row: RequestRow, { terms }: Grant): void {
  const { subject, grantee, recipient } = (terms ?? {}) as Partial<Grant['terms']>;
  const { practitioner } = row.kept.wish;
  const fits =
    typeof subject === 'string' &&
    subject.toLowerCase() === lower(row.subject) &&
    grantee === row.peer &&
    (recipient === ANYONE || (practitioner !== null && recipient === recipientOf(practitioner.reference)));
  if (!fits)
    fail(
      'answer.terms',
      `for organisation ${row.peer} and who asked, about organisation ${context.ledger.organization}`,
    );
}

function requireOpen(context: ExchangeContext, row: RequestRow, grant: Grant | null): void {
  if (row.state === 'withdrawn' || (row.state === 'requested' && row.expires_at * 1000 <= context.clock())) {
    throw new RequestsError('request-ended', 'The request was withdrawn or is too old');
  }
  if (row.state === 'requested') return;
  const same =
    grant === null ? row.state === 'denied' : row.state === 'granted' && row.kept.consent === consentOf(context, grant);
  if (!same) throw new RequestsError('request-answered', 'The request was answered otherwise');
}

function consentOf(context: ExchangeContext, { terms }: Grant): string | null {
  try {
    return idOf(context, terms);
  } catch {
    return null;
  }
}

async function settle(context: ExchangeContext, row: RequestRow, grant: Grant | null): Promise<RequestedAccess> {
  requireOpen(context, row, grant);
  if (row.state !== 'requested') return shownRequest(context, row);
  const state = grant === null ? 'denied' : 'granted';
  const kept = { ...row.kept, ...(grant !== null && { consent: idOf(context, grant.terms) }) };
  const change = { state, answered_at: context.clock(), kept } as const;
  const settled = await context.database.transaction(async (tx) => {
    if (!(await updateRequest(context, tx, row, change))) return false;
    await sendMessage(context, tx, row.peer, `answer/${row.id}`, { kind: 'answer', id: row.id, grant });
    await announce(context, tx, { audience: `Patient/${row.patient}`, kind: 'request', ref: `${row.id}/answered` });
    return true;
  });
  if (settled) return shownRequest(context, { ...row, ...change });
  // Somebody was quicker: in another tab, or the organisation that withdrew it.
  const [now] = await findRequests(context, context.database, 'id = $1', [row.id]);
  if (now === undefined) throw new RequestsError('request-unknown', 'There is no such request');
  return settle(context, now, grant);
}
