import { type Address, encodeFunctionData, zeroAddress } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { authorityAbi } from '../generated/index.ts';
import type { ContractName } from '../setup.ts';

export interface Succession {
  readonly core: ContractName;
  /** The contract that will take its place, and the second (since 1970) from which; null takes an announcement back. */
  readonly next: { readonly successor: Address; readonly from: number } | null;
}

/**
 * Announces the contract that will take the place of a core, at least 90 days ahead. The core itself goes on for ever. For the
 * council, after its delay.
 *
 * Reverts: Authority_NoticeTooShort, Authority_AlreadySucceeded, AccessManagerUnauthorizedAccount.
 */
export function announceSuccessor(deployment: Deployment, { core, next }: Succession): Call {
  const args = [deployment[core], next?.successor ?? zeroAddress, next?.from ?? 0] as const;
  return {
    to: deployment.authority,
    data: encodeFunctionData({ abi: authorityAbi, functionName: 'announceSuccessor', args }),
  };
}
