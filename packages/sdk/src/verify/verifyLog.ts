import { equalBytes, type Log, type Sha256 } from '@anamnesis/protocol';
import { hexToBytes } from 'viem';
import type { Connection } from '../client/connection.ts';
import { getLeaves, getLog } from '../verbs/getLog.ts';
import { logName, readCheckpoints } from './checkpoints.ts';
import type { Failure } from './report.ts';
import { RunningRoot } from './runningRoot.ts';
import type { LogOf, TrustedLedger } from './trustedLedger.ts';

/** What came of verifying one log of one node. */
export interface LogReport {
  readonly organization: number;
  readonly log: Log;
  /** Leaves that the node has, and how many of them a checkpoint covers. */
  readonly size: number;
  readonly sealed: number;
  /** Checkpoints on the ledger at which the root came out right. */
  readonly checkpoints: number;
  readonly failures: readonly Failure[];
}

/**
 * Verifies a log without trusting the node: reads every leaf hash and computes the root again at every checkpoint on the ledger. So a
 * changed, dropped, inserted or reordered leaf, a rollback to an old backup and a fork are all found, and told by the first size
 * at which log and ledger part.
 *
 * Throws RequestError when the node does not answer, and what the ledger reader throws.
 */
export async function verifyLog(
  connection: Connection,
  ledger: TrustedLedger,
  { organization, log }: LogOf,
  options: { signal?: AbortSignal | undefined; hash?: Sha256 | undefined; page?: number | undefined } = {},
): Promise<LogReport> {
  const { signal, hash } = options;
  // The node first: what it posts between the two questions is then new to both.
  const state = await getLog(connection, log, { signal });
  const history = await readCheckpoints(ledger, { organization, log });
  const failures: Failure[] = [...history.failures];
  const fail = (reason: string, detail: string, size?: number): void => {
    failures.push({ where: logName({ organization, log }, size), reason, detail });
  };
  const last = history.checkpoints.at(-1);
  // Checkpoints that were posted since `state` was read are verified as far as the node says it goes.
  const behind = last !== undefined && last.size > state.size;
  const size = behind ? (await getLog(connection, log, { signal })).size : state.size;
  if (last && last.size > size) {
    fail('rolled-back', `the node has ${size} leaves, the ledger holds a checkpoint of ${last.size}`, last.size);
  }

  const running = new RunningRoot(hash);
  const due = history.checkpoints.filter((checkpoint) => checkpoint.size <= size);
  let matched = 0;
  let at = 0;
  let parted = false;
  const page = options.page === undefined ? {} : { page: options.page };
  for await (const leaves of getLeaves(connection, log, { start: 0, end: size, ...page }, { signal })) {
    for (const leaf of leaves) {
      running.append(leaf);
      for (let next = due[at]; next && next.size === running.size; next = due[++at]) {
        if (equalBytes(running.root(), hexToBytes(next.root))) matched++;
        // Everything after the first difference differs as well; naming it again would only hide the place.
        else if (!parted) {
          parted = true;
          const from = due[at - 1]?.size ?? 0;
          fail('root-differs', `leaves ${from} to ${next.size - 1} are not those of ${isoTime(next.time)}`, next.size);
        }
      }
    }
  }
  if (running.size < size) {
    fail('leaves-missing', `the node gives ${running.size} of the ${size} leaves that it says it has`, running.size);
  } else if (size === state.size && !equalBytes(running.root(), hexToBytes(state.root))) {
    fail('state-differs', 'the root that the node names is not that of its leaves', size);
  }
  const sealed = Math.min(last?.size ?? 0, size);
  return { organization, log, size, sealed, checkpoints: matched, failures };
}

function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
