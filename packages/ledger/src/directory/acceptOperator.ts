import { encodeFunctionData } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { directoryAbi } from '../generated/index.ts';

/**
 * Takes over an organisation that its operator offered to the caller; the key before retires for ever. For the new key.
 *
 * Reverts: Directory_NotProposed, Directory_ProposerEnded, Directory_OperatorTaken, Directory_InvalidExpiry, Authority_Paused.
 */
export function acceptOperator({ directory }: Deployment, { id }: { readonly id: number }): Call {
  return { to: directory, data: encodeFunctionData({ abi: directoryAbi, functionName: 'acceptOperator', args: [id] }) };
}
