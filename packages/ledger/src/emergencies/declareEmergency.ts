import { EMERGENCY_REASONS, type EmergencyReason, numberOf } from '@anamnesis/protocol';
import { encodeFunctionData, type Hex } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { consentsAbi } from '../generated/index.ts';

export interface EmergencyDeclaration {
  /** One of the organisation's slots: free if its last declaration is reviewed and 24 hours old. */
  readonly slot: number;
  readonly reason: EmergencyReason;
  /** How many hours the box is open: 1 to 24. */
  readonly hours: number;
  /** `emergencyCommitment` of the protocol. */
  readonly commitment: Hex;
}

/**
 * Declares an emergency from now on. For the operator of a provider.
 *
 * Reverts: Emergencies_NotOperator, Emergencies_NotProvider, Emergencies_NoSuchSlot, Emergencies_InvalidReason,
 * Emergencies_InvalidHours, Emergencies_NotReviewed, Emergencies_NotRefilled.
 */
export function declareEmergency(
  { consents }: Deployment,
  { slot, reason, hours, commitment }: EmergencyDeclaration,
): Call {
  const args = [slot, numberOf(EMERGENCY_REASONS, reason), hours, commitment] as const;
  return { to: consents, data: encodeFunctionData({ abi: consentsAbi, functionName: 'declareEmergency', args }) };
}
