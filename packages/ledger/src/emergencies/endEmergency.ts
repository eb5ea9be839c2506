import { encodeFunctionData } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { consentsAbi } from '../generated/index.ts';

/**
 * Closes the organisation's open box in a slot before its time. For the operator.
 *
 * Reverts: Emergencies_NotOperator, Emergencies_NotOpen.
 */
export function endEmergency({ consents }: Deployment, { slot }: { readonly slot: number }): Call {
  return { to: consents, data: encodeFunctionData({ abi: consentsAbi, functionName: 'endEmergency', args: [slot] }) };
}
