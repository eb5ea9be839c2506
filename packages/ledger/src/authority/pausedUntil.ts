import type { Hex } from 'viem';
import type { LedgerReader } from '../client.ts';
import { ledgerError } from '../errors.ts';
import { authorityAbi } from '../generated/index.ts';
import type { ContractName } from '../setup.ts';

/**
 * The second (since 1970) at which the pause of a verb ends; null if it is not paused now.
 *
 * @throws AnamnesisError `ledger-unreachable`.
 */
export async function pausedUntil(
  { client, deployment }: LedgerReader,
  { target, selector }: { readonly target: ContractName; readonly selector: Hex },
): Promise<number | null> {
  const args = [deployment[target], selector] as const;
  const until = await client
    .readContract({ address: deployment.authority, abi: authorityAbi, functionName: 'pausedUntil', args })
    .catch((error: unknown) => {
      throw ledgerError(error);
    });
  return until === 0 ? null : until;
}
