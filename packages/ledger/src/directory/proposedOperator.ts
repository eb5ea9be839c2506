import type { Address } from 'viem';
import type { LedgerReader } from '../client.ts';
import { ledgerError } from '../errors.ts';
import { directoryAbi } from '../generated/index.ts';

/**
 * The key to which an organisation offered itself, and the second (since 1970) at which its term would end; null without an offer.
 *
 * @throws AnamnesisError `ledger-unreachable`.
 */
export async function proposedOperator(
  { client, deployment }: LedgerReader,
  { id }: { readonly id: number },
): Promise<{ readonly newOperator: Address; readonly operatorUntil: number } | null> {
  const [newOperator, operatorUntil] = await client
    .readContract({ address: deployment.directory, abi: directoryAbi, functionName: 'proposedOperator', args: [id] })
    .catch((error: unknown) => {
      throw ledgerError(error);
    });
  return BigInt(newOperator) === 0n ? null : { newOperator, operatorUntil };
}
