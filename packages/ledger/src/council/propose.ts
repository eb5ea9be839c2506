import { encodeAbiParameters, encodeFunctionData, type Hash, type Hex, keccak256 } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { councilAbi } from '../generated/index.ts';

/** What the council is to do: a call by the Authority, and a salt, so that the same can be proposed again. */
export interface Action {
  readonly call: Call;
  /** 32 bytes. */
  readonly salt: Hex;
}

/** The identifier of a proposal: the hash of its action. */
export function proposalId({ call, salt }: Action): Hash {
  const types = [{ type: 'address' }, { type: 'bytes' }, { type: 'bytes32' }] as const;
  return keccak256(encodeAbiParameters(types, [call.to, call.data, salt]));
}

/**
 * Proposes an action to the active organisations and votes for it. For the operator of one of them.
 *
 * Reverts: Council_NotOperator, Council_AlreadyProposed.
 *
 * @example
 * const action = { call: suspend(deployment, { id: 7 }), salt: zeroHash };
 * await writer.submit('propose-1', propose(deployment, action));
 */
export function propose({ council }: Deployment, action: Action): Call {
  return { to: council, data: encodeAction('propose', action) };
}

/** The call data of the verbs that name an action. */
export function encodeAction(functionName: 'propose' | 'queue' | 'execute', { call, salt }: Action): Hex {
  return encodeFunctionData({ abi: councilAbi, functionName, args: [call.to, call.data, salt] });
}
