import { revokeAllBySig, revokeBySig } from '@anamnesis/ledger';
import { checks, consentDomain, revokeAllTypedData, revokeTypedData, subjectsDomain } from '@anamnesis/protocol';
import { type Address, type Hex, hashTypedData } from 'viem';
import type { Queryable, Transaction } from '../../storage/index.ts';
import { appendAccess } from '../audit/index.ts';
import { intend } from '../directory/outbox.ts';
import { lower, type SubjectState, subjectState } from '../directory/subjects.ts';
import { announce } from '../events/index.ts';
import type { ConsentContext, Requester } from './context.ts';
import { consentEntry } from './entries.ts';
import { ConsentError } from './errors.ts';
import { checkRefusalByOthers, verifyRefusalByOthers } from './refusals-by-others.ts';
import { isSignedBy, signerOf } from './signatures.ts';
import { patientOf } from './subjects.ts';

interface RefusalOfOne {
  readonly subject: Address;
  readonly index: number;
  readonly signature: Hex;
}

interface RefusalOfAll {
  readonly subject: Address;
  readonly all: true;
  /** Seconds since 1970 after which the ledger does not take it any more. */
  readonly deadline: number;
  readonly signature: Hex;
}

/** A signed refusal: of one consent, or of every consent so far. */
export type Refusal = RefusalOfOne | RefusalOfAll;

const { address, fail, hex, object, whole } = checks('refusal-malformed');
const one = object<RefusalOfOne>({
  subject: address,
  index: whole(0, 2 ** 32 - 1),
  signature: hex(1, 4096),
});
const every = object<RefusalOfAll>({
  subject: address,
  all: (value, path) => (value === true ? true : fail(path, 'true')),
  deadline: whole(0, 2 ** 48 - 1),
  signature: hex(1, 4096),
});

/** A refusal from outside. Throws AnamnesisError `refusal-malformed`. */
export function checkRefusal(value: unknown): Refusal {
  return typeof value === 'object' && value !== null && 'all' in value
    ? every(value, 'refusal')
    : one(value, 'refusal');
}

/**
 * Takes in a refusal. It is honoured as soon as this resolves; the ledger, where it becomes final for everyone, follows by the outbox
 * in the same transaction. The same refusal again changes nothing.
 *
 * Throws AnamnesisError `refusal-malformed`, `subject-unknown` for a subject that this node has nothing to do with, or
 * `signature-invalid`.
 */
export async function receiveRefusal(context: ConsentContext, requester: Requester, value: unknown): Promise<void> {
  const byOthers = checkRefusalByOthers(value);
  const refusal = byOthers ?? checkRefusal(value);
  const subject = lower(refusal.subject);
  const patient = await patientOf(context.database, subject);
  if (patient === null && !(await isReceivedSubject(context.database, subject))) {
    throw new ConsentError('subject-unknown', 'the subject is not known here');
  }
  if (byOthers !== null) {
    const { keep, query } = await verifyRefusalByOthers(context, byOthers);
    return logged(context, requester, patient, query, keep);
  }
  await receiveOwn(context, requester, patient, refusal as Refusal);
}

/** A refusal by the subject itself or its controller. */
async function receiveOwn(
  context: ConsentContext,
  requester: Requester,
  patient: string | null,
  refusal: Refusal,
): Promise<void> {
  const subject = lower(refusal.subject);
  // Verified outside of the transaction, since a contract wallet is asked on the ledger.
  const state = await subjectState(context.database, subject);
  if ('all' in refusal) await verifyAll(context, refusal, state);
  else await verifyOne(context, refusal, state);
  await logged(context, requester, patient, 'all' in refusal ? 'all' : `index=${refusal.index}`, (tx) =>
    'all' in refusal ? keepAll(context, tx, refusal, state) : keepOne(context, tx, refusal),
  );
}

/** Keeps a refusal and writes it into her log, in one transaction. */
async function logged(
  context: ConsentContext,
  requester: Requester,
  patient: string | null,
  query: string,
  keep: (tx: Transaction) => Promise<boolean>,
): Promise<void> {
  await context.database.transaction(async (tx) => {
    if (!(await keep(tx))) return;
    const patients = patient === null ? [] : [patient];
    const entry = { at: context.clock(), action: 'revoke', basis: 'subject', purpose: 'PATRQT', patients } as const;
    await appendAccess(context, tx, [consentEntry(requester, { ...entry, query })]);
    if (patient !== null) {
      await announce(context, tx, { audience: `Patient/${patient}`, kind: 'consents', ref: query });
    }
    tx.onCommit(context.wakeSender);
  });
}

/** Consents are refused by the subject itself or by its present controller (as `Consents.revokeBySig`): refusing always wins. */
async function verifyOne(context: ConsentContext, refusal: RefusalOfOne, { controller }: SubjectState): Promise<void> {
  const { index, signature } = refusal;
  const subject = lower(refusal.subject);
  const domain = consentDomain(context.ledger.chainId, context.reader.deployment.consents);
  const hash = hashTypedData(revokeTypedData({ subject, index }, domain));
  const signer = await signerOf(hash, signature);
  if (signer !== subject && !(await isSignedBy(context.reader, controller, hash, signature, signer))) throw notSigned();
}

async function verifyAll(context: ConsentContext, refusal: RefusalOfAll, state: SubjectState): Promise<void> {
  const { deadline, signature } = refusal;
  if (deadline * 1000 <= context.clock()) {
    throw new ConsentError('refusal-malformed', 'the refusal is past its deadline');
  }
  const message = { subject: lower(refusal.subject), nonce: BigInt(state.nonce), deadline };
  const domain = subjectsDomain(context.ledger.chainId, context.reader.deployment.subjects);
  const hash = hashTypedData(revokeAllTypedData(message, domain));
  const signer = await signerOf(hash, signature);
  if (!(await isSignedBy(context.reader, state.controller, hash, signature, signer))) throw notSigned();
}

/** Keeps a refusal and the intention to relay it, in one transaction. False when it is there already. */
async function keepOne(context: ConsentContext, tx: Transaction, refusal: RefusalOfOne): Promise<boolean> {
  const { index, signature } = refusal;
  const subject = lower(refusal.subject);
  const made = await tx.query(
    `insert into refusal (subject, index, signature, received_at) values ($1, $2, $3, $4)
     on conflict do nothing returning subject`,
    [subject, index, signature, context.clock()],
  );
  if (made.length === 0) return false;
  const call = revokeBySig(context.reader.deployment, { subject, index, signature });
  await intend(tx, `revoke/${subject}/${index}`, call);
  return true;
}

async function keepAll(
  context: ConsentContext,
  tx: Transaction,
  refusal: RefusalOfAll,
  { epoch, nonce }: SubjectState,
): Promise<boolean> {
  const { deadline, signature } = refusal;
  const subject = lower(refusal.subject);
  const made = await tx.query(
    `insert into refusal_of_all (subject, epoch, deadline, signature, received_at) values ($1, $2, $3, $4, $5)
     on conflict do nothing returning subject`,
    [subject, epoch, deadline, signature, context.clock()],
  );
  if (made.length === 0) return false;
  const call = revokeAllBySig(context.reader.deployment, { subject, deadline, signature });
  await intend(tx, `revoke-all/${subject}/${nonce}`, call);
  return true;
}

async function isReceivedSubject(q: Queryable, subject: Address): Promise<boolean> {
  return (await q.query('select 1 from received_grant where subject = $1 limit 1', [subject])).length > 0;
}

function notSigned(): ConsentError {
  return new ConsentError('signature-invalid', 'the refusal is not signed by the key that decides for the subject');
}
