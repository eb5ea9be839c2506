import { encodeFunctionData, type Hash } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { councilAbi } from '../generated/index.ts';

export interface Vote {
  /** The proposal, see `proposalId`. */
  readonly id: Hash;
  /** False takes the vote back. */
  readonly support: boolean;
}

/**
 * Votes for a proposal, or takes the vote back. For the operator of an active organisation.
 *
 * Reverts: Council_NotOperator, Council_WrongStage, Council_SameVote.
 */
export function vote({ council }: Deployment, { id, support }: Vote): Call {
  return { to: council, data: encodeFunctionData({ abi: councilAbi, functionName: 'vote', args: [id, support] }) };
}
