import { encodeFunctionData } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { authorityAbi } from '../generated/index.ts';

/**
 * Carries out a call that the same account scheduled.
 *
 * Reverts: AccessManagerNotReady, AccessManagerNotScheduled, AccessManagerExpired, and whatever the call itself does.
 */
export function executeScheduled({ authority }: Deployment, { to, data }: Call): Call {
  return { to: authority, data: encodeFunctionData({ abi: authorityAbi, functionName: 'execute', args: [to, data] }) };
}
