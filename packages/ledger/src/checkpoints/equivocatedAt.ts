import { streamOf } from '@anamnesis/protocol';
import type { LedgerReader } from '../client.ts';
import { ledgerError } from '../errors.ts';
import { checkpointsAbi } from '../generated/index.ts';
import type { LogOf } from './signed.ts';

/** How a log can contradict itself, in the order of the contract's enumeration. */
export const CONTRADICTIONS = ['none', 'two-roots', 'other-than-posted', 'leaf-replaced'] as const;

/** When (seconds since 1970) a log was shown to contradict itself, and how. */
export interface Equivocation {
  readonly time: number;
  readonly contradiction: (typeof CONTRADICTIONS)[number];
}

/**
 * Whether a contradiction of a log is on record; null if not.
 *
 * @throws AnamnesisError `ledger-unreachable`.
 */
export async function equivocatedAt(
  { client, deployment }: LedgerReader,
  { organization, log }: LogOf,
): Promise<Equivocation | null> {
  const args = [organization, streamOf(log)] as const;
  const [time, contradiction] = await client
    .readContract({ address: deployment.checkpoints, abi: checkpointsAbi, functionName: 'equivocatedAt', args })
    .catch((error: unknown) => {
      throw ledgerError(error);
    });
  return time === 0 ? null : { time, contradiction: CONTRADICTIONS[contradiction] ?? 'none' };
}
