import type { LedgerReader } from '../client.ts';
import { ledgerError } from '../errors.ts';
import { consentsAbi } from '../generated/index.ts';
import type { ConsentIndex } from './revoke.ts';

/**
 * Whether the ledger holds a refusal of this consent. (A later epoch of the subject voids it as well: `getSubject`.)
 *
 * @throws AnamnesisError `ledger-unreachable`.
 */
export async function isRevoked(
  { client, deployment }: LedgerReader,
  { subject, index }: ConsentIndex,
): Promise<boolean> {
  const args = [subject, index] as const;
  return client
    .readContract({ address: deployment.consents, abi: consentsAbi, functionName: 'isRevoked', args })
    .catch((error: unknown) => {
      throw ledgerError(error);
    });
}
