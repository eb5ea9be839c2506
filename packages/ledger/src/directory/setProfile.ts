import { encodeFunctionData, type Hash } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { directoryAbi } from '../generated/index.ts';

export interface ProfileChange {
  /** keccak256 of the bytes of the profile. */
  readonly profileHash: Hash;
  readonly profileUrl: string;
}

/**
 * Publishes a new profile of the caller's organisation. For the operator.
 *
 * Reverts: Directory_NotOperator.
 */
export function setProfile({ directory }: Deployment, { profileHash, profileUrl }: ProfileChange): Call {
  const args = [profileHash, profileUrl] as const;
  return { to: directory, data: encodeFunctionData({ abi: directoryAbi, functionName: 'setProfile', args }) };
}
