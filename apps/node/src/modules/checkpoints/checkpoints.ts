import { type Deployment, type Sender, sayError } from '@anamnesis/ledger';
import { AnamnesisError, conflict, type Log, type TreeState } from '@anamnesis/protocol';
import type { Database, Transaction } from '../../storage/index.ts';
import type { Directory } from '../directory/index.ts';
import { giveUp, type RollbackDecision, rollbackDecisions } from './decision.ts';
import { fallsShort, findRollback, LOGS, type Rollback, rolledBackError } from './rollback.ts';
import { closeIntent, intendSeal, openIntent, type SealIntent, sealState } from './seal.ts';

export interface CheckpointsOptions {
  readonly database: Database;
  readonly directory: Pick<Directory, 'sync' | 'view'>;
  readonly sender: Pick<Sender, 'settled' | 'wake'>;
  readonly deployment: Deployment;
  /** Directory id of this organisation. */
  readonly organization: number;
  /** A checkpoint is posted when so many leaves are not sealed; default 1,000. */
  readonly sealEvery?: number;
  /** Or when the oldest of them has waited for so long, in milliseconds; default 2,000. */
  readonly sealAfterMs?: number;
  readonly clock?: () => number;
}

export interface CheckpointsStatus {
  /** Not null: the database is not the one whose logs were sealed. The node must answer nothing. */
  readonly rolledBack: Rollback | null;
  /** Why the last attempt to seal failed, in words; null when it did not. */
  readonly problem: string | null;
}

/** Seals this node's logs on the ledger in batches, through restarts and outages, and notices when its database was rolled back. */
export interface Checkpoints {
  status(): CheckpointsStatus;
  /** Resolves when the logs have been compared with the ledger for the first time, or when the ledger does not answer. */
  ready(): Promise<void>;
  /** Throws AnamnesisError `rolled-back`, or `starting` before {@link ready}. To be asked before every request. */
  requireIntact(): void;
  /** Compares the logs with the ledger as it is followed. Called by itself at start and whenever the ledger brings something new. */
  check(): Promise<void>;
  /** Takes note of what a witness keeps and this node signed: it may know of a rollback when the ledger does not answer. */
  noticeWitness(held: TreeState & { readonly log: Log }, witness: number): Promise<void>;
  /**
   * An operator's decision to go on without what is missing. `alongside` writes the access-log entry in the same transaction. Resolves with the
   * decision, and with what is still wrong. Errors: `conflict` when nothing is wrong, or something else than was named.
   */
  decide(
    decision: { readonly postedRoot: string; readonly decidedBy: string; readonly reason: string },
    alongside: (tx: Transaction, made: RollbackDecision) => Promise<void>,
  ): Promise<{ readonly made: RollbackDecision; readonly rolledBack: Rollback | null }>;
  /** Seals everything that is in the logs now. Resolves when the ledger has it and this node sees it there. */
  sealNow(): Promise<void>;
  stop(): Promise<void>;
}

/** After a refusal nothing is tried again for so long, in milliseconds. */
const REFUSED_PAUSE = 5_000;

/** Starts sealing. Nothing is posted before the ledger was heard from once and found to agree with the logs. */
export function openCheckpoints(options: CheckpointsOptions): Checkpoints {
  const { database, directory, sender, deployment, organization, clock = Date.now } = options;
  const { sealEvery = 1_000, sealAfterMs = 2_000 } = options;
  const waitingSince = new Map<Log, number>();
  let rolledBack: Rollback | null = null;
  let isReady = false;
  let isChecked = false;
  let problem: string | null = null;
  let pausedUntil = 0;
  let stopping: () => void = () => {};
  const stopped = new Promise<'stopped'>((resolve) => {
    stopping = () => resolve('stopped');
  });
  let isStopped = false;

  async function check(): Promise<void> {
    if (directory.view === null) return;
    rolledBack ??= await findRollback(database, organization);
    isChecked = true;
  }

  async function noticeWitness(held: TreeState & { readonly log: Log }, witness: number): Promise<void> {
    const decided = (await rollbackDecisions(database)).some(
      ({ log, kept, posted }) => log === held.log && held.size > kept && held.size <= posted,
    );
    if (!decided) rolledBack ??= await fallsShort(database, held.log, held, witness);
  }

  async function decide(...[decision, alongside]: Parameters<Checkpoints['decide']>) {
    const found = rolledBack;
    if (found === null) throw conflict('The logs of this node are those that were sealed: there is nothing to decide');
    const made = await database.transaction(async (tx) => {
      const written = await giveUp(tx, organization, found, { ...decision, now: clock() });
      await alongside(tx, written);
      return written;
    });
    rolledBack = null;
    await check();
    return { made, rolledBack: rolledBack as Rollback | null };
  }

  /** Whether a new checkpoint is due: enough leaves, or old enough ones. */
  async function isDue(log: Log): Promise<boolean> {
    const { size, sealed } = await sealState(database, organization, log);
    if (size <= sealed) {
      waitingSince.delete(log);
      return false;
    }
    const since = waitingSince.get(log) ?? clock();
    waitingSince.set(log, since);
    return size - sealed >= sealEvery || clock() - since >= sealAfterMs;
  }

  /** Waits for the end of an intent. Posted, the next decision waits until this node sees it: nothing is posted twice. */
  async function finish(intent: SealIntent): Promise<void> {
    sender.wake();
    const settlement = await Promise.race([sender.settled(intent.intention), stopped]);
    if (settlement === 'stopped') return;
    waitingSince.delete(intent.log);
    await directory.sync();
    await closeIntent(database, intent);
    if (settlement.status === 'succeeded') {
      problem = null;
      return;
    }
    // The ledger may have more than we do: then it was not we who posted it, or our database is an old one.
    await check();
    problem = settlement.error ? sayError(settlement.error) : 'The ledger refused a checkpoint.';
    pausedUntil = clock() + REFUSED_PAUSE;
  }

  async function sealLog(log: Log, now: boolean): Promise<void> {
    const open = await openIntent(database, log);
    if (open !== null) await finish(open);
    if (isStopped || rolledBack !== null || clock() < pausedUntil) return;
    const { size, sealed } = await sealState(database, organization, log);
    if (now ? size > sealed : await isDue(log)) await finish(await intendSeal(database, deployment, log));
  }

  // One lane for each log, so that sealing the one never waits for the other.
  const lanes = new Map<Log, Promise<void>>(LOGS.map((log) => [log, Promise.resolve()]));
  function inLane(log: Log, now: boolean): Promise<void> {
    const run = (lanes.get(log) ?? Promise.resolve()).then(() => sealLog(log, now));
    lanes.set(
      log,
      run.catch(() => {}),
    );
    return run;
  }

  async function patrol(log: Log): Promise<void> {
    while (!isStopped) {
      try {
        // The ledger may have come back only now: what it says comes before anything is posted.
        if (!isChecked) await check();
        if (isChecked && rolledBack === null) await inLane(log, false);
      } catch (error) {
        problem = error instanceof Error ? error.message : 'Sealing failed.';
      }
      await pause(Math.min(Math.max(sealAfterMs / 4, 20), 500));
    }
  }

  function pause(ms: number): Promise<unknown> {
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    return Promise.race([over, stopped]).finally(() => clearTimeout(timer));
  }

  const firstLook = directory
    .sync()
    .then(check)
    .catch(() => {})
    .then(() => {
      isReady = true;
    });
  const patrols = firstLook.then(() => Promise.all(LOGS.map(patrol)));

  return {
    status: () => ({ rolledBack, problem }),
    ready: () => firstLook,
    requireIntact() {
      if (!isReady) throw new AnamnesisError('starting', 'The node has not compared its logs with the ledger yet.');
      if (rolledBack !== null) throw rolledBackError(rolledBack);
    },
    check,
    noticeWitness,
    decide,
    async sealNow() {
      await directory.sync();
      await check();
      if (rolledBack !== null) throw rolledBackError(rolledBack);
      await Promise.all(LOGS.map((log) => inLane(log, true)));
    },
    async stop() {
      isStopped = true;
      stopping();
      await patrols;
      await Promise.all(lanes.values());
    },
  };
}
