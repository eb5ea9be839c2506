import type { AccessWish, FetchOutcome, Grant } from '@anamnesis/protocol';
import { ConsentError, patientOf, staffAuthority } from '../consent/index.ts';
import { lower } from '../directory/index.ts';
import { announce } from '../events/index.ts';
import { authenticateOrganization, type ExchangeContext, ExchangeError, fetchFromPeer } from '../exchange/index.ts';
import { RequestsError } from './errors.ts';
import { checkMessage, type Message } from './messages.ts';
import { findRequests, insertRequest, type RequestRow, updateRequest } from './rows.ts';
import { takeStatement } from './statements.ts';

/** An organisation may have so many requests to one patient open. */
const MAX_OPEN = 20;

/**
 * Takes a message of another organisation's node, which proves who it is as at the token endpoint. Twice is the same as once.
 *
 * Throws ExchangeError `invalid-client`, `invalid-request`; RequestsError; ConsentError `subject-unknown`.
 */
export async function takeMessage(context: ExchangeContext, body: unknown): Promise<void> {
  const { organization, assertion, message } = (body ?? {}) as Record<string, unknown>;
  if (!Number.isInteger(organization) || typeof assertion !== 'string' || assertion.length > 8192) {
    throw new ExchangeError('invalid-request', 'organization and assertion must be given');
  }
  const peer = await authenticateOrganization(context, organization as number, assertion);
  const read: Message = checkMessage(message);
  if (read.kind === 'request') await takeRequest(context, peer.id, read.wish);
  else if (read.kind === 'withdrawal') await takeWithdrawal(context, peer.id, read.id);
  else if (read.kind === 'answer') await takeAnswer(context, peer.id, read.id, read.grant);
  else await takeStatement(context, peer.id, read);
}

async function takeRequest(context: ExchangeContext, peer: number, wish: AccessWish): Promise<void> {
  const subject = lower(wish.subject);
  const patient = await patientOf(context.database, subject);
  if (patient === null) throw new ConsentError('subject-unknown', 'the subject stands for no Patient here');
  const now = context.clock();
  const row = {
    ...{
      id: wish.id,
      side: 'asked' as const,
      peer,
      subject,
      patient,
      actor: null,
      state: 'requested' as const,
      delivered: true,
    },
    ...{ asked_at: now, expires_at: wish.expiresAt, kept: { wish } },
  };
  await context.database.transaction(async (tx) => {
    const [known] = await findRequests(context, tx, 'id = $1', [wish.id]);
    if (known !== undefined) {
      if (known.peer !== peer || known.side !== 'asked')
        throw new RequestsError('request-malformed', 'The id is in use');
      return;
    }
    const [open] = await tx.query<{ count: number }>(
      `select count(*)::int as count from access_request
       where side = 'asked' and peer = $1 and subject = $2 and state = 'requested' and expires_at > $3`,
      [peer, subject, Math.floor(now / 1000)],
    );
    if ((open?.count ?? 0) >= MAX_OPEN)
      throw new RequestsError('too-many-open', 'Too many requests to this patient are open');
    if (!(await insertRequest(context, tx, row))) return;
    await announce(context, tx, { audience: `Patient/${patient}`, kind: 'request', ref: wish.id, notice: true });
  });
}

async function takeWithdrawal(context: ExchangeContext, peer: number, id: string): Promise<void> {
  await context.database.transaction(async (tx) => {
    const [row] = await findRequests(context, tx, `id = $1 and side = 'asked' and peer = $2`, [id, peer]);
    // One that never came, or is answered already, needs no taking back.
    if (row === undefined || row.state !== 'requested') return;
    await updateRequest(context, tx, row, { state: 'withdrawn' });
    await announce(context, tx, { audience: `Patient/${row.patient}`, kind: 'request', ref: `${id}/withdrawn` });
  });
}

async function takeAnswer(context: ExchangeContext, peer: number, id: string, grant: Grant | null): Promise<void> {
  const taken = await context.database.transaction(async (tx) => {
    const [row] = await findRequests(context, tx, `id = $1 and side = 'asking' and peer = $2`, [id, peer]);
    if (row === undefined) throw new RequestsError('request-unknown', 'There is no such request');
    if (
      grant !== null &&
      (lower(grant.terms.subject) !== lower(row.subject) || grant.terms.grantee !== context.ledger.organization)
    ) {
      throw new RequestsError('request-malformed', 'The consent is for something else');
    }
    // A withdrawn request that was granted meanwhile is granted: the consent stands at the custodian.
    const open =
      row.state === 'requested' || row.state === 'undeliverable' || (row.state === 'withdrawn' && grant !== null);
    if (!open) return null;
    const kept = { ...row.kept, ...(grant !== null && { grant }) };
    const change = { state: grant === null ? 'denied' : 'granted', answered_at: context.clock(), kept } as const;
    if (!(await updateRequest(context, tx, row, change))) return null;
    await tell(context, tx, row);
    return { ...row, ...change };
  });
  if (taken?.kept.fetch && grant !== null) void fetchNow(context, taken, grant).catch(() => {});
}

async function tell(context: ExchangeContext, tx: Parameters<typeof announce>[1], row: RequestRow): Promise<void> {
  const audience = row.actor?.startsWith('Practitioner/') ? (row.actor as `Practitioner/${string}`) : 'staff';
  await announce(context, tx, { audience, kind: 'request-answered', ref: row.id, notice: true });
}

/** Fetches for whoever asked, so that she finds the records there when she looks. What goes wrong is told with the request. */
async function fetchNow(context: ExchangeContext, row: RequestRow, grant: Grant): Promise<void> {
  const { actor, peer: custodian, subject } = row;
  const { purpose, practitioner } = row.kept.wish;
  const organization = context.ledger.organization;
  const who = { name: row.kept.display ?? '', actor: actor ?? '', role: 'clinician' as const };
  const authority = staffAuthority(who, { organization, purpose, requestId: row.id });
  let fetched: FetchOutcome;
  try {
    const asked = { custodian, grant, purpose, practitioner: practitioner?.reference ?? null };
    const { released, verified, failed } = await fetchFromPeer(context, authority, asked);
    fetched = { released, verified, failed: failed.length };
  } catch (error) {
    fetched = { error: error instanceof ExchangeError ? error.code : 'failed' };
  }
  await context.database.transaction(async (tx) => {
    await updateRequest(context, tx, row, { kept: { ...row.kept, fetched } });
    await announce(context, tx, { audience: 'staff', kind: 'received', ref: `${custodian}/${lower(subject)}` });
  });
}
