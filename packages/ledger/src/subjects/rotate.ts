import { type Address, encodeFunctionData } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { subjectsAbi } from '../generated/index.ts';

export interface ControllerChange {
  readonly subject: Address;
  readonly newController: Address;
}

/**
 * Names a new controller of a subject and voids all its consents. For the controller.
 *
 * Reverts: Subjects_NotController, Subjects_InvalidController.
 */
export function rotate({ subjects }: Deployment, { subject, newController }: ControllerChange): Call {
  const args = [subject, newController] as const;
  return { to: subjects, data: encodeFunctionData({ abi: subjectsAbi, functionName: 'rotate', args }) };
}
