import { type Address, encodeFunctionData, type Hash } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { directoryAbi } from '../generated/index.ts';

export interface Admission {
  /** Mask of roles, see `ROLES` of the protocol. */
  readonly roles: number;
  /** ISO 3166-1 numeric country code. */
  readonly jurisdiction: number;
  /** The key that will act for the organisation. */
  readonly operator: Address;
  /** The second (since 1970) from which that key no longer acts: three years from now at the latest. */
  readonly operatorUntil: number;
  /** keccak256 of the bytes of the organisation's profile. */
  readonly profileHash: Hash;
  readonly profileUrl: string;
}

/**
 * Admits an organisation to the Directory. For the consortium. The identifier given is in the event, see `organizationOf`.
 *
 * Reverts: Directory_OperatorTaken, Directory_InvalidOperator, Directory_InvalidExpiry, Directory_ExpiryTooFar,
 * Directory_InvalidJurisdiction, Authority_Paused, AccessManagedUnauthorized.
 *
 * @example
 * await writer.submit('admit-st-aldhelm', admit(deployment, { roles: maskOf(ROLES, ['provider']), jurisdiction: 826, … }));
 */
export function admit({ directory }: Deployment, admission: Admission): Call {
  const { roles, jurisdiction, operator, operatorUntil, profileHash, profileUrl } = admission;
  const args = [roles, jurisdiction, operator, operatorUntil, profileHash, profileUrl] as const;
  return { to: directory, data: encodeFunctionData({ abi: directoryAbi, functionName: 'admit', args }) };
}
