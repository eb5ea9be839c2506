import {
  EMERGENCY_OUTCOMES,
  EMERGENCY_REASONS,
  type EmergencyOutcome,
  type EmergencyReason,
  nameOf,
} from '@anamnesis/protocol';
import type { Hex } from 'viem';
import type { LedgerReader } from '../client.ts';
import { ledgerError } from '../errors.ts';
import { consentsAbi } from '../generated/index.ts';

/** The last declaration in a slot. Times in seconds since 1970. */
export interface Emergency {
  /** The first 22 bytes of the commitment. */
  readonly commitment: Hex;
  readonly declaredAt: number;
  /** First second at which the box is closed. */
  readonly until: number;
  readonly reason: EmergencyReason;
  readonly outcome: EmergencyOutcome;
}

export interface EmergencySlot {
  readonly organization: number;
  readonly slot: number;
}

/**
 * Reads the last declaration in a slot of an organisation; null if there was none.
 *
 * @throws AnamnesisError `ledger-unreachable`.
 */
export async function getEmergency(
  { client, deployment }: LedgerReader,
  { organization, slot }: EmergencySlot,
): Promise<Emergency | null> {
  const args = [organization, slot] as const;
  const found = await client
    .readContract({ address: deployment.consents, abi: consentsAbi, functionName: 'emergency', args })
    .catch((error: unknown) => {
      throw ledgerError(error);
    });
  if (found.declaredAt === 0) return null;
  const { commitment, declaredAt, until } = found;
  const reason = nameOf(EMERGENCY_REASONS, found.reason);
  return { commitment, declaredAt, until, reason, outcome: nameOf(EMERGENCY_OUTCOMES, found.outcome) };
}
