import type { Address } from 'viem';
import type { LedgerReader } from '../client.ts';
import { ledgerError } from '../errors.ts';
import { directoryAbi } from '../generated/index.ts';

/** For whom a key could act at a time. */
export interface OperatorStanding {
  readonly organization: number;
  /** Mask of roles; 0 for a time before they were last changed. */
  readonly roles: number;
  /** How many emergencies the organisation may declare; 0 like the roles. */
  readonly emergencyQuota: number;
}

/**
 * The organisation for which a key could act at a time (seconds since 1970), with its roles; null when it could not, and when
 * the ledger no longer knows: before the key began, from its end or retirement on, within a suspension and between two.
 *
 * @throws AnamnesisError `ledger-unreachable`.
 */
export async function operatorAt(
  { client, deployment }: LedgerReader,
  { operator, time }: { readonly operator: Address; readonly time: number },
): Promise<OperatorStanding | null> {
  const args = [operator, time] as const;
  const [organization, roles, emergencyQuota] = await client
    .readContract({ address: deployment.directory, abi: directoryAbi, functionName: 'operatorAt', args })
    .catch((error: unknown) => {
      throw ledgerError(error);
    });
  return organization === 0 ? null : { organization, roles, emergencyQuota };
}
