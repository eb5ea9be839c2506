import { encodeFunctionData, type Hex } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { subjectsAbi } from '../generated/index.ts';
import type { ControllerChange } from './rotate.ts';

/**
 * As `rotate`, carried by anyone with the controller's signature of `rotateTypedData`. `deadline` in seconds since 1970.
 *
 * Reverts: Subjects_InvalidSignature, Subjects_DeadlinePassed, Subjects_InvalidController.
 */
export function rotateBySig(
  { subjects }: Deployment,
  change: ControllerChange & { readonly deadline: number; readonly signature: Hex },
): Call {
  const args = [change.subject, change.newController, change.deadline, change.signature] as const;
  return { to: subjects, data: encodeFunctionData({ abi: subjectsAbi, functionName: 'rotateBySig', args }) };
}
