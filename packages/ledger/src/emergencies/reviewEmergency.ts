import { EMERGENCY_OUTCOMES, type EmergencyOutcome, numberOf } from '@anamnesis/protocol';
import { encodeFunctionData } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { consentsAbi } from '../generated/index.ts';

export interface EmergencyReview {
  readonly organization: number;
  readonly slot: number;
  /** Which declaration is meant, by its time: the slot may meanwhile hold another. */
  readonly declaredAt: number;
  readonly outcome: Exclude<EmergencyOutcome, 'open'>;
}

/**
 * Judges a declaration whose box is over. For the operator of another organisation that is a regulator or an ethics board.
 *
 * Reverts: Emergencies_NotOperator, Emergencies_NotReviewer, Emergencies_OwnReview, Emergencies_OtherDeclaration,
 * Emergencies_StillOpen, Emergencies_AlreadyReviewed.
 */
export function reviewEmergency(
  { consents }: Deployment,
  { organization, slot, declaredAt, outcome }: EmergencyReview,
): Call {
  const args = [organization, slot, declaredAt, numberOf(EMERGENCY_OUTCOMES, outcome)] as const;
  return { to: consents, data: encodeFunctionData({ abi: consentsAbi, functionName: 'reviewEmergency', args }) };
}
