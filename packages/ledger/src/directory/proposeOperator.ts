import { type Address, encodeFunctionData } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { directoryAbi } from '../generated/index.ts';

export interface NextOperator {
  /** A key that never acted for anybody. */
  readonly newOperator: Address;
  /** The second (since 1970) from which the new key no longer acts: three years from now at the latest. */
  readonly operatorUntil: number;
}

/**
 * Offers the caller's organisation to another key, which takes over with `acceptOperator`. For the operator. The last offer stands,
 * as long as the caller's key acts.
 *
 * Reverts: Directory_NotOperator, Directory_OperatorTaken, Directory_InvalidOperator, Directory_InvalidExpiry,
 * Directory_ExpiryTooFar.
 */
export function proposeOperator({ directory }: Deployment, { newOperator, operatorUntil }: NextOperator): Call {
  const args = [newOperator, operatorUntil] as const;
  return { to: directory, data: encodeFunctionData({ abi: directoryAbi, functionName: 'proposeOperator', args }) };
}
