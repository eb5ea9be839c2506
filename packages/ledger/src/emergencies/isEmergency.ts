import type { Hex } from 'viem';
import type { LedgerReader } from '../client.ts';
import { ledgerError } from '../errors.ts';
import { consentsAbi } from '../generated/index.ts';
import type { EmergencySlot } from './getEmergency.ts';

/**
 * For a custodian that was shown a statement: whether the box of exactly this commitment is open at `time` (seconds since
 * 1970), and the organisation active.
 *
 * @throws AnamnesisError `ledger-unreachable`.
 */
export async function isEmergency(
  { client, deployment }: LedgerReader,
  { organization, slot, commitment, time }: EmergencySlot & { readonly commitment: Hex; readonly time: number },
): Promise<boolean> {
  const args = [organization, slot, commitment, time] as const;
  return client
    .readContract({ address: deployment.consents, abi: consentsAbi, functionName: 'isEmergency', args })
    .catch((error: unknown) => {
      throw ledgerError(error);
    });
}
