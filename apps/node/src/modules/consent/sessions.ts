import { CATEGORIES, checks, maskOfAll, SENSITIVE, type Session, sessionTypedData } from '@anamnesis/protocol';
import { type Address, type Hex, hashTypedData } from 'viem';
import type { Queryable, Transaction } from '../../storage/index.ts';
import { appendAccess } from '../audit/index.ts';
import { lower, subjectState } from '../directory/subjects.ts';
import type { Authority } from './authority.ts';
import type { ConsentContext, Requester } from './context.ts';
import { consentEntry } from './entries.ts';
import { ConsentError } from './errors.ts';
import { UNCLASSIFIED, type WholeScope } from './scope.ts';
import { hashSecret, newSecret } from './secrets.ts';
import { isSignedBy, signerOf } from './signatures.ts';
import { patientOf } from './subjects.ts';

/** A session lasts at most this long, in seconds, whatever its signature says. */
export const MAX_SESSION = 12 * 3600;
/** How far the patient's clock may be ahead, in seconds. */
const SKEW = 120;

const { address, hex, object, whole } = checks('session-malformed');
const UINT48 = 2 ** 48 - 1;

/** A signed wish for a session, from outside. Throws AnamnesisError `session-malformed`. */
export const checkSession = object<Session & { readonly signature: Hex }>({
  subject: address,
  organization: whole(1, 2 ** 32 - 1),
  notAfter: whole(0, UINT48),
  nonce: hex(32),
  signature: hex(1, 4096),
});

/** A patient's open session. */
export interface PatientSession {
  readonly subject: Address;
  readonly patient: string;
}

/**
 * Verifies a signed Session. Outside of any transaction, since a contract wallet is asked on the ledger.
 *
 * Throws `session-invalid` (another organisation, too long, not signed by the subject's controller) or `session-expired`.
 */
export async function verifySession(context: ConsentContext, session: Session, signature: Hex): Promise<void> {
  const { subject, organization, notAfter } = session;
  const now = Math.floor(context.clock() / 1000);
  if (organization !== context.ledger.organization) {
    throw new ConsentError('session-invalid', 'the session is for another organisation');
  }
  if (notAfter <= now) throw new ConsentError('session-expired', 'the session has ended');
  if (notAfter > now + MAX_SESSION + SKEW) throw new ConsentError('session-invalid', 'the session lasts too long');
  const hash = hashTypedData(sessionTypedData(session, context.ledger.chainId));
  const { controller } = await subjectState(context.database, subject);
  if (!(await isSignedBy(context.reader, controller, hash, signature, await signerOf(hash, signature)))) {
    throw new ConsentError('session-invalid', 'the session is not signed by the key that decides for the subject');
  }
}

/** Uses up the nonce of a verified Session. Throws `session-replayed` when that has been done. */
export async function useSession(context: ConsentContext, tx: Queryable, session: Session): Promise<void> {
  await tx.query('delete from session_nonce where expires_at < $1', [Math.floor(context.clock() / 1000)]);
  const fresh = await tx.query(
    `insert into session_nonce (subject, nonce, expires_at) values ($1, $2, $3)
     on conflict do nothing returning nonce`,
    [lower(session.subject), session.nonce.toLowerCase(), session.notAfter],
  );
  if (fresh.length === 0) throw new ConsentError('session-replayed', 'the session was opened already');
}

/**
 * Opens a session for a patient: a bearer token for her own compartment. Logged as a login that she sees.
 *
 * Throws what {@link verifySession} and {@link useSession} throw, and `subject-unknown` for a subject that stands for no Patient here.
 */
export async function openSession(
  context: ConsentContext,
  session: Session,
  signature: Hex,
  requestId: string,
): Promise<{ token: string; expiresAt: number; patient: string }> {
  const subject = lower(session.subject);
  await verifySession(context, session, signature);
  return context.database.transaction(async (tx) => {
    await useSession(context, tx, session);
    const patient = await patientOf(tx, subject);
    if (patient === null) throw new ConsentError('subject-unknown', 'the subject stands for no Patient here');
    const now = context.clock();
    const token = newSecret('session');
    const { epoch } = await subjectState(tx, subject);
    await tx.query('delete from session where expires_at < $1', [Math.floor(now / 1000)]);
    await tx.query('insert into session (token_hash, subject, epoch, expires_at) values ($1, $2, $3, $4)', [
      hashSecret(token),
      subject,
      epoch,
      session.notAfter,
    ]);
    const requester = patientRequester(context, patient, requestId);
    const entry = { at: now, action: 'login', basis: 'subject', purpose: 'PATRQT', patients: [patient] } as const;
    await appendAccess(context, tx, [consentEntry(requester, entry)]);
    return { token, expiresAt: session.notAfter, patient };
  });
}

/** Ends a session at once. */
export async function closeSession(tx: Queryable | Transaction, token: string): Promise<void> {
  await tx.query('delete from session where token_hash = $1', [hashSecret(token)]);
}

/**
 * Whose session the token opens. Throws `token-unknown`, or `token-expired` when it has ended or the subject has another key or
 * epoch since.
 */
export async function authenticateSession(context: ConsentContext, token: string): Promise<PatientSession> {
  return sessionOf(context, hashSecret(token));
}

/** As `authenticateSession`, by the hash of a token that was presented earlier: for what goes on after the request. */
export async function sessionOf(context: ConsentContext, tokenHash: string): Promise<PatientSession> {
  const [row] = await context.database.query<{
    subject: Address;
    epoch: number;
    expires_at: number;
    patient: string | null;
    present: number | null;
  }>(
    `select session.subject, session.epoch, session.expires_at, subject.patient,
       (select epoch from ledger_subject where subject = session.subject order by block desc, log_index desc limit 1) as present
     from session left join subject on subject.address = session.subject where token_hash = $1`,
    [tokenHash],
  );
  if (row === undefined || row.patient === null)
    throw new ConsentError('token-unknown', 'the bearer token is not known here');
  if (row.expires_at * 1000 <= context.clock() || row.epoch !== (row.present ?? 0)) {
    throw new ConsentError('token-expired', 'the session has ended');
  }
  return { subject: row.subject, patient: row.patient };
}

/** The authority of a patient: to read her own compartment, all of it. */
export function subjectAuthority(context: ConsentContext, session: PatientSession, requestId: string): Authority {
  return {
    ...patientRequester(context, session.patient, requestId),
    purpose: 'PATRQT',
    basis: { kind: 'subject', subject: session.subject },
    scope: ownScope(session.patient),
    actions: new Set(['read']),
  };
}

/** A patient's own compartment, all of it. */
export function ownScope(patient: string): WholeScope & { readonly kind: 'limited' } {
  return {
    kind: 'limited',
    patients: [patient],
    categories: maskOfAll(CATEGORIES),
    sensitive: maskOfAll(SENSITIVE) | UNCLASSIFIED,
    careFrom: -Infinity,
    careUntil: Infinity,
  };
}

/** The patient herself, as the access log names her. */
export function patientRequester(context: ConsentContext, patient: string, requestId: string): Requester {
  const { organization } = context.ledger;
  return { actor: `Patient/${patient}`, display: null, organization, automatic: false, requestId };
}
