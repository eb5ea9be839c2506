import { randomUUID } from 'node:crypto';
import { forbidden, type RequestedAccess } from '@anamnesis/protocol';
import type { Authority } from '../consent/index.ts';
import type { ExchangeContext } from '../exchange/index.ts';
import { sendMessage } from './courier.ts';
import { RequestsError } from './errors.ts';
import { checkWish } from './request.ts';
import { findRequests, insertRequest, shownRequest, updateRequest } from './rows.ts';

/** How long a request waits for an answer, in seconds. */
const WAITS = 7 * 86_400;
const PATIENT = /^[A-Za-z0-9.-]{1,64}$/;

/**
 * Asks a patient of another organisation for access: it goes to her node, which shows it to her. `id` may be given by the caller (a random UUID), so that
 * asking again after an answer was lost is the same request.
 *
 * Throws 403 for who sees no records here, RequestsError `request-malformed`, `custodian-unknown`.
 */
export async function askForAccess(
  context: ExchangeContext,
  authority: Authority,
  body: unknown,
): Promise<RequestedAccess> {
  if (authority.basis.kind !== 'staff' || !authority.actions.has('read')) throw forbidden();
  const { custodian, practitioner: named, fetch, patient, ...given } = (body ?? {}) as Record<string, unknown>;
  const own = context.ledger.organization;
  if (!Number.isInteger(custodian) || (custodian as number) < 1 || (custodian as number) >= 2 ** 32) {
    throw new RequestsError('request-malformed', 'custodian must be a Directory id');
  }
  const peer = custodian as number;
  if (peer === own) throw new RequestsError('custodian-unknown', 'The records are of this organisation itself');
  if (patient !== undefined && (typeof patient !== 'string' || !PATIENT.test(patient))) {
    throw new RequestsError('request-malformed', 'patient must be the id of a Patient here');
  }
  if (fetch !== undefined && typeof fetch !== 'boolean')
    throw new RequestsError('request-malformed', 'fetch must be true or false');
  const now = context.clock();
  const wish = checkWish(
    {
      ...{ id: randomUUID(), purpose: 'TREAT', sensitive: [], preset: 'visit', note: '' },
      ...given,
      practitioner: practitionerOf(authority, named),
      expiresAt: Math.floor(now / 1000) + WAITS,
    },
    'request',
  );
  const row = {
    ...{
      id: wish.id,
      side: 'asking' as const,
      peer,
      subject: wish.subject,
      patient: patient ?? null,
      actor: authority.actor,
    },
    ...{ state: 'requested' as const, delivered: false, asked_at: now, expires_at: wish.expiresAt },
    kept: { wish, fetch: fetch === true, display: authority.display },
  };
  return context.database.transaction(async (tx) => {
    const isNew = await insertRequest(context, tx, row);
    if (isNew) await sendMessage(context, tx, peer, `request/${wish.id}`, { kind: 'request', wish });
    const [kept] = await findRequests(context, tx, `id = $1 and side = 'asking' and actor = $2`, [
      wish.id,
      authority.actor,
    ]);
    if (kept === undefined) throw new RequestsError('request-malformed', 'The id is in use');
    return shownRequest(context, kept);
  });
}

/** A person asks in her own name; software says for whom. */
function practitionerOf({ actor, display }: Authority, named: unknown): unknown {
  return actor.startsWith('Practitioner/') ? { reference: actor, name: display ?? '' } : (named ?? null);
}

/** Takes a request back. Once it is answered there is nothing to take back. Throws RequestsError `request-unknown`, `request-answered`. */
export async function withdrawRequest(
  context: ExchangeContext,
  authority: Authority,
  id: string,
): Promise<RequestedAccess> {
  if (authority.basis.kind !== 'staff' || !authority.actions.has('read')) throw forbidden();
  return context.database.transaction(async (tx) => {
    const [row] = await findRequests(context, tx, `id = $1 and side = 'asking'`, [id]);
    if (row === undefined) throw new RequestsError('request-unknown', 'There is no such request');
    if (row.state !== 'withdrawn') {
      const state = 'withdrawn';
      if (row.state !== 'requested' || !(await updateRequest(context, tx, row, { state }))) {
        throw new RequestsError('request-answered', 'The request was answered');
      }
      await sendMessage(context, tx, row.peer, `withdrawal/${id}`, { kind: 'withdrawal', id });
    }
    return shownRequest(context, { ...row, state: 'withdrawn' });
  });
}
