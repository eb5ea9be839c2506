import { type Address, encodeFunctionData } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { directoryAbi } from '../generated/index.ts';

export interface OperatorRotation {
  /** The caller's own address renews its key. */
  readonly newOperator: Address;
  /** The second (since 1970) from which the new key no longer acts. */
  readonly operatorUntil: number;
}

/**
 * Hands the caller's organisation to another key, or renews the caller's own. For the operator.
 *
 * Reverts: Directory_NotOperator, Directory_OperatorTaken, Directory_InvalidOperator, Directory_InvalidExpiry.
 */
export function rotateOperator({ directory }: Deployment, { newOperator, operatorUntil }: OperatorRotation): Call {
  const args = [newOperator, operatorUntil] as const;
  return { to: directory, data: encodeFunctionData({ abi: directoryAbi, functionName: 'rotateOperator', args }) };
}
