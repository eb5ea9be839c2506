import type { Address } from 'viem';
import type { LedgerReader } from '../client.ts';
import { ledgerError } from '../errors.ts';
import { directoryAbi } from '../generated/index.ts';

/**
 * The organisation for which a key may act now; null for a stranger, an expired or retired key, and the key of a suspended
 * organisation.
 *
 * @throws AnamnesisError `ledger-unreachable`.
 */
export async function organizationOf(
  { client, deployment }: LedgerReader,
  { operator }: { readonly operator: Address },
): Promise<number | null> {
  const id = await client
    .readContract({
      address: deployment.directory,
      abi: directoryAbi,
      functionName: 'organizationOf',
      args: [operator],
    })
    .catch((error: unknown) => {
      throw ledgerError(error);
    });
  return id === 0 ? null : id;
}
