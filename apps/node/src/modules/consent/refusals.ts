import { revokeAllBySig, revokeBySig } from '@anamnesis/ledger';
import { checks, consentDomain, revokeAllTypedData, revokeTypedData, subjectsDomain } from '@anamnesis/protocol';
import { type Address, type Hex, hashTypedData } from 'viem';
import type { Queryable, Transaction } from '../../storage/index.ts';
import { appendAccess } from '../audit/index.ts';
import { intend } from '../directory/outbox.ts';
import { lower, subjectState } from '../directory/subjects.ts';
import type { ConsentContext, Requester } from './context.ts';
import { consentEntry } from './entries.ts';
import { ConsentError } from './errors.ts';
import { isSignedBy, signerOf } from './signatures.ts';
import { patientOf } from './subjects.ts';

/** A signed refusal: of one consent, or of every consent so far. */
export type Refusal =
  | { readonly subject: Address; readonly index: number; readonly signature: Hex }
  | { readonly subject: Address; readonly all: true; readonly deadline: number; readonly signature: Hex };

const { address, fail, hex, object, whole } = checks('refusal-malformed');
const one = object<Extract<Refusal, { index: number }>>({
  subject: address,
  index: whole(0, 2 ** 32 - 1),
  signature: hex(1, 4096),
});
const every = object<Extract<Refusal, { all: true }>>({
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
  const refusal = checkRefusal(value);
  const subject = lower(refusal.subject);
  await context.database.transaction(async (tx) => {
    const patient = await patientOf(tx, subject);
    if (patient === null && !(await isReceivedSubject(tx, subject))) {
      throw new ConsentError('subject-unknown', 'the subject is not known here');
    }
    const isNew = 'all' in refusal ? await refuseAll(context, tx, refusal) : await refuseOne(context, tx, refusal);
    if (!isNew) return;
    const patients = patient === null ? [] : [patient];
    const entry = { at: context.clock(), action: 'revoke', basis: 'subject', purpose: 'PATRQT', patients } as const;
    const query = 'all' in refusal ? 'all' : `index=${refusal.index}`;
    await appendAccess(context, tx, [consentEntry(requester, { ...entry, query })]);
    tx.onCommit(context.wakeSender);
  });
}

/** Consents are refused by the subject itself or by its present controller (as `Consents.revokeBySig`): refusing always wins. */
async function refuseOne(
  context: ConsentContext,
  tx: Transaction,
  refusal: Extract<Refusal, { index: number }>,
): Promise<boolean> {
  const { index, signature } = refusal;
  const subject = lower(refusal.subject);
  const { deployment } = context.reader;
  const hash = hashTypedData(
    revokeTypedData({ subject, index }, consentDomain(context.ledger.chainId, deployment.consents)),
  );
  const signer = await signerOf(hash, signature);
  const { controller } = await subjectState(tx, subject);
  if (signer !== subject && !(await isSignedBy(context.reader, controller, hash, signature, signer))) throw notSigned();
  const made = await tx.query(
    `insert into refusal (subject, index, signature, received_at) values ($1, $2, $3, $4)
     on conflict do nothing returning subject`,
    [subject, index, signature, context.clock()],
  );
  if (made.length === 0) return false;
  await intend(tx, `revoke/${subject}/${index}`, revokeBySig(deployment, { subject, index, signature }));
  return true;
}

async function refuseAll(
  context: ConsentContext,
  tx: Transaction,
  refusal: Extract<Refusal, { all: true }>,
): Promise<boolean> {
  const { deadline, signature } = refusal;
  const subject = lower(refusal.subject);
  const { deployment } = context.reader;
  if (deadline * 1000 <= context.clock())
    throw new ConsentError('refusal-malformed', 'the refusal is past its deadline');
  const { controller, epoch, nonce } = await subjectState(tx, subject);
  const message = { subject, nonce: BigInt(nonce), deadline };
  const hash = hashTypedData(revokeAllTypedData(message, subjectsDomain(context.ledger.chainId, deployment.subjects)));
  if (!(await isSignedBy(context.reader, controller, hash, signature, await signerOf(hash, signature))))
    throw notSigned();
  const made = await tx.query(
    `insert into refusal_of_all (subject, epoch, deadline, signature, received_at) values ($1, $2, $3, $4, $5)
     on conflict do nothing returning subject`,
    [subject, epoch, deadline, signature, context.clock()],
  );
  if (made.length === 0) return false;
  await intend(tx, `revoke-all/${subject}/${nonce}`, revokeAllBySig(deployment, { subject, deadline, signature }));
  return true;
}

async function isReceivedSubject(q: Queryable, subject: Address): Promise<boolean> {
  return (await q.query('select 1 from received_grant where subject = $1 limit 1', [subject])).length > 0;
}

function notSigned(): ConsentError {
  return new ConsentError('signature-invalid', 'the refusal is not signed by the key that decides for the subject');
}
