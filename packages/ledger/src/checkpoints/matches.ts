import { type Log, streamOf } from '@anamnesis/protocol';
import type { LedgerReader } from '../client.ts';
import { ledgerError } from '../errors.ts';
import { checkpointsAbi } from '../generated/index.ts';
import type { LogState } from './post.ts';

/**
 * Whether this is the checkpoint that the organisation posted last: the second of its posting, or null.
 *
 * @throws AnamnesisError `ledger-unreachable`.
 */
export async function matches(
  { client, deployment }: LedgerReader,
  { organization, log, root, size }: LogState & { readonly organization: number; readonly log: Log },
): Promise<number | null> {
  const args = [organization, streamOf(log), { root, size: BigInt(size) }] as const;
  const [matched, time] = await client
    .readContract({ address: deployment.checkpoints, abi: checkpointsAbi, functionName: 'matches', args })
    .catch((error: unknown) => {
      throw ledgerError(error);
    });
  return matched ? time : null;
}
