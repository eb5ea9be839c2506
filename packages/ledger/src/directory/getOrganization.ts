import type { Address, Hash } from 'viem';
import type { LedgerReader } from '../client.ts';
import { ledgerError } from '../errors.ts';
import { directoryAbi } from '../generated/index.ts';

/** What the Directory holds about an organisation. Times in seconds since 1970. */
export interface Organization {
  readonly id: number;
  readonly roles: number;
  readonly jurisdiction: number;
  readonly status: 'active' | 'suspended';
  readonly since: number;
  readonly operator: Address;
  readonly operatorUntil: number;
  /** How many emergencies it may declare. */
  readonly emergencyQuota: number;
  readonly profileHash: Hash;
}

/**
 * Reads an organisation from the Directory at the newest block, or at the one named; null when the identifier was never given. The URL of the
 * profile is in the events only: a follower knows it.
 *
 * @throws AnamnesisError `ledger-unreachable`.
 */
export async function getOrganization(
  { client, deployment }: LedgerReader,
  { id, block }: { readonly id: number; readonly block?: number },
): Promise<Organization | null> {
  const at = block === undefined ? {} : { blockNumber: BigInt(block) };
  const { status, ...rest } = await client
    .readContract({ address: deployment.directory, abi: directoryAbi, functionName: 'organization', args: [id], ...at })
    .catch((error: unknown) => {
      throw ledgerError(error);
    });
  return status === 0 ? null : { id, ...rest, status: status === 1 ? 'active' : 'suspended' };
}
