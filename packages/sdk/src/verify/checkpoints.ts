import type { PostedCheckpoint } from '@anamnesis/protocol';
import type { Failure } from './report.ts';
import type { LogOf, TrustedLedger } from './trustedLedger.ts';

/** The checkpoints of a log and whether the ledger's own account of them holds together. */
export interface CheckpointHistory {
  readonly checkpoints: readonly PostedCheckpoint[];
  readonly failures: readonly Failure[];
}

/** Reads all checkpoints of a log: sizes and times grow, and the last one is what the contract itself holds. */
export async function readCheckpoints(
  ledger: Pick<TrustedLedger, 'checkpoints' | 'isLast'>,
  of: LogOf,
): Promise<CheckpointHistory> {
  const failures: Failure[] = [];
  const fail = (reason: string, detail: string, size?: number): void => {
    failures.push({ where: logName(of, size), reason, detail });
  };
  let checkpoints = await ledger.checkpoints(of);
  let confirmed = await ledger.isLast(of, checkpoints.at(-1) ?? null);
  if (!confirmed) {
    // One may have been posted between the two questions.
    checkpoints = await ledger.checkpoints(of);
    confirmed = await ledger.isLast(of, checkpoints.at(-1) ?? null);
  }
  for (const [at, checkpoint] of checkpoints.entries()) {
    const previous = checkpoints[at - 1];
    if (previous && (checkpoint.size <= previous.size || checkpoint.time < previous.time)) {
      fail('checkpoints-not-growing', `it follows a checkpoint of size ${previous.size}`, checkpoint.size);
    }
  }
  if (!confirmed) {
    fail('checkpoint-list-incomplete', 'the contract holds another last checkpoint', checkpoints.at(-1)?.size);
  }
  return { checkpoints, failures };
}

/** How reports call a log. */
export function logName({ organization, log }: LogOf, size?: number): string {
  return `${log} log of organisation ${organization}${size === undefined ? '' : `, size ${size}`}`;
}
