import { rotateBySig } from '@anamnesis/ledger';
import { checks, rotateTypedData, subjectsDomain } from '@anamnesis/protocol';
import { type Address, type Hex, hashTypedData } from 'viem';
import type { Transaction } from '../../storage/index.ts';
import { appendAccess } from '../audit/index.ts';
import { intend } from '../directory/outbox.ts';
import { lower, subjectState } from '../directory/subjects.ts';
import { announce } from '../events/index.ts';
import type { ConsentContext } from './context.ts';
import { consentEntry } from './entries.ts';
import { ConsentError } from './errors.ts';
import { patientRequester } from './sessions.ts';
import { isSignedBy, signerOf } from './signatures.ts';
import { patientOf } from './subjects.ts';

/** A subject's change of key, signed by the key that it has. */
export interface SignedRotation {
  readonly subject: Address;
  readonly newController: Address;
  /** Seconds since 1970 after which the ledger does not take it any more. */
  readonly deadline: number;
  readonly signature: Hex;
}

const { address, hex, object, whole } = checks('rotation-malformed');

/** A rotation from outside. Throws AnamnesisError `rotation-malformed`. */
export const checkRotation = object<SignedRotation>({
  subject: address,
  newController: address,
  deadline: whole(0, 2 ** 48 - 1),
  signature: hex(1, 4096),
});

/**
 * Takes in a change of key and relays it to the ledger, where the epoch rises: every consent so far ends, and every session. The same one again changes
 * nothing, also once it is done. `alongside` takes effect together with it, or not at all.
 *
 * Throws AnamnesisError `rotation-malformed`; ConsentError `subject-unknown`, `signature-invalid`.
 */
export async function receiveRotation(
  context: ConsentContext,
  value: unknown,
  requestId: string,
  alongside?: (tx: Transaction) => Promise<void>,
): Promise<void> {
  const rotation = checkRotation(value, 'rotation');
  const { newController, deadline, signature } = rotation;
  const subject = lower(rotation.subject);
  const patient = await patientOf(context.database, subject);
  if (patient === null) throw new ConsentError('subject-unknown', 'the subject is not known here');
  const { controller, nonce } = await subjectState(context.database, subject);
  if (lower(controller) === lower(newController) && alongside === undefined) return;
  const domain = subjectsDomain(context.ledger.chainId, context.reader.deployment.subjects);
  const hash = hashTypedData(rotateTypedData({ subject, newController, nonce: BigInt(nonce), deadline }, domain));
  const isSigned = await isSignedBy(context.reader, controller, hash, signature, await signerOf(hash, signature));
  if (!isSigned || deadline * 1000 <= context.clock()) {
    throw new ConsentError('signature-invalid', 'the change of key is not signed by the key that the subject has');
  }
  await context.database.transaction(async (tx) => {
    const call = rotateBySig(context.reader.deployment, { ...rotation, subject });
    await alongside?.(tx);
    if (!(await intend(tx, `rotate/${subject}/${nonce}`, call))) return;
    const entry = {
      at: context.clock(),
      action: 'revoke',
      basis: 'subject',
      purpose: 'PATRQT',
      patients: [patient],
    } as const;
    const requester = patientRequester(context, patient, requestId);
    await appendAccess(context, tx, [consentEntry(requester, { ...entry, query: 'rotate' })]);
    await announce(context, tx, { audience: `Patient/${patient}`, kind: 'account', ref: 'rotated' });
    tx.onCommit(context.wakeSender);
  });
}
