import type { Address } from 'viem';
import type { LedgerReader } from '../client.ts';
import { ledgerError } from '../errors.ts';
import { authorityAbi } from '../generated/index.ts';
import type { ContractName } from '../setup.ts';

/**
 * The announced successor of a core and the second (since 1970) from which it takes its place; null if there is none.
 *
 * @throws AnamnesisError `ledger-unreachable`.
 */
export async function successorOf(
  { client, deployment }: LedgerReader,
  { core }: { readonly core: ContractName },
): Promise<{ readonly successor: Address; readonly from: number } | null> {
  const args = [deployment[core]] as const;
  const [successor, from] = await client
    .readContract({ address: deployment.authority, abi: authorityAbi, functionName: 'successorOf', args })
    .catch((error: unknown) => {
      throw ledgerError(error);
    });
  return from === 0 ? null : { successor, from };
}
