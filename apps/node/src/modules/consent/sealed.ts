import type { Address, Hex } from 'viem';
import { latestCheckpoint, subjectState } from '../directory/index.ts';
import type { ConsentContext } from './context.ts';
import type { StoredConsent } from './grants.ts';

/**
 * Which of a subject's consents the ledger holds in place: one that was given by a checkpoint over its entry in the access log, one that was refused by the
 * refusal itself. Of the others only this node's word says so yet.
 */
export async function sealedConsents(
  { database, ledger }: ConsentContext,
  subject: Address,
  consents: readonly (StoredConsent & { readonly revoked: boolean })[],
): Promise<ReadonlySet<Hex>> {
  const size = (await latestCheckpoint(database, ledger.organization, 'access'))?.size ?? 0;
  const patients = [...new Set(consents.map(({ patient }) => patient))];
  const waiting = await database.query<{ recorded: Date }>(
    'select recorded from access_entry where patient = any($1::text[]) and leaf_index >= $2',
    [patients, size],
  );
  const refused = await database.query<{ index: number }>('select index from ledger_revocation where subject = $1', [
    subject.toLowerCase(),
  ]);
  const { epoch } = await subjectState(database, subject);
  // An entry is recorded in the moment in which its consent was received.
  const open = new Set(waiting.map(({ recorded }) => recorded.getTime()));
  const final = new Set(refused.map(({ index }) => index));
  const isSealed = ({ grant: { terms }, receivedAt, revoked }: (typeof consents)[number]): boolean =>
    revoked ? final.has(terms.index) || epoch > terms.epoch : !open.has(receivedAt);
  return new Set(consents.filter(isSealed).map(({ id }) => id));
}
