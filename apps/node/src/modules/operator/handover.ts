import {
  finalizedBlock,
  getOrganization,
  type LedgerReader,
  type OutboxStore,
  type Sender,
  sayError,
  withdrawOperatorProposal,
} from '@anamnesis/ledger/portable';
import { AnamnesisError, conflict, type OperatorHandover } from '@anamnesis/protocol';
import type { Database, Transaction } from '../../storage/index.ts';
import type { LogContext } from '../audit/index.ts';
import { handoverTo, lastHandover, noteAsked, noteOutcome, wasReplaced } from './history.ts';
import type { Keyring } from './keyring.ts';
import { advance, ensure, hasSetOut, lastTry, type Progress, retire, type StepsContext } from './steps.ts';

export interface HandoverOptions {
  readonly database: Database;
  readonly log: LogContext;
  readonly reader: LedgerReader;
  readonly keyring: Keyring;
  readonly store: OutboxStore;
  readonly sender: Pick<Sender, 'submit' | 'status' | 'wake'>;
  readonly clock: () => number;
  /** What the ledger refused is tried again after so many milliseconds; default 30,000. */
  readonly retryAfterMs?: number;
}

/** Writes the access-log entry of a person's act, in the transaction of that act. */
export type Alongside = (tx: Transaction, description: string) => Promise<void>;

/**
 * Hands the organisation over from its operator's key to a new one, while the node runs. The new key is in the key file before the ledger hears of it; from
 * there on each step looks at file, outbox and ledger and does what is missing, so a node that died goes on at its start.
 */
export interface Handover {
  status(): Promise<OperatorHandover>;
  /**
   * Begins, replacing the key of this address; asked again, it does nothing. `by`: who asks. Errors: `ledger-unreachable`, `keys-unwritable`, `conflict`
   * when the key is another one, or cannot act.
   */
  begin(replaces: string, by: string, alongside: Alongside): Promise<OperatorHandover>;
  /** Takes the offer back; without one nothing happens. Errors: `conflict` when the new key has set out to take over. */
  withdraw(alongside: Alongside): Promise<OperatorHandover>;
  stop(): Promise<void>;
}

/** Starts to look after the operator's keys, and goes on with a hand-over that was begun before. */
export function openHandover(options: HandoverOptions): Handover {
  const { database, log, reader, keyring, store, sender, clock, retryAfterMs = 30_000 } = options;
  const { organization } = log.ledger;
  const context: StepsContext = {
    ...{ reader, keyring, store, sender, organization, clock, retryAfterMs },
    failedSince: new Map<string, number>(),
  };
  let progress: Progress = { step: 'proposing', problem: null };
  let stopped = false;
  let wakeUp: () => void = () => {};
  let lane: Promise<unknown> = Promise.resolve();

  /** One act at a time: a person's, or the next step. */
  function inLane<T>(act: () => Promise<T>): Promise<T> {
    const done = lane.then(act);
    lane = done.catch(() => {});
    return done;
  }

  async function step(): Promise<void> {
    // Where keys come from outside, the file may be ahead of what was written down.
    await noteOutcome(log, database, keyring.present.address, 'taken_at', clock());
    if (keyring.former === null) await noteOutcome(log, database, keyring.present.address, 'erased_at', clock());
    if (keyring.next !== null) await goOn(keyring.next.address);
    const former = keyring.former?.address;
    if (former === undefined) return;
    await known(keyring.present.address, former);
    await noteOutcome(log, database, keyring.present.address, 'taken_at', clock());
    if (!(await retire(context))) return;
    await keyring.erase();
    await noteOutcome(log, database, keyring.present.address, 'erased_at', clock());
  }

  /** A key that came with the file was asked for by nobody here. */
  async function known(address: string, former: string): Promise<void> {
    await database.transaction((tx) => noteAsked(tx, { address, former, askedAt: clock(), askedBy: null }));
  }

  async function goOn(next: string): Promise<void> {
    const { address } = keyring.present;
    await known(next, address);
    const now = await getOrganization(reader, { id: organization });
    if (now?.operator === next) return confirm(next);
    if (now?.operator !== address) throw new AnamnesisError('operator-foreign', FOREIGN);
    keyring.take(false);
    const withdrawal = await lastTry(context, 'withdraw');
    if (withdrawal === null) {
      progress = await advance(context);
      return;
    }
    progress = { step: 'withdrawing', problem: null };
    keyring.hold(false);
    // Refused, the present key cannot act, and its offer is void: the new one is forgotten all the same.
    if (withdrawal.settlement === null) return;
    await keyring.drop();
    await noteOutcome(log, database, next, 'withdrawn_at', clock());
  }

  /** The new key acts. Once no reorganisation can undo that, the file says so too. */
  async function confirm(next: string): Promise<void> {
    keyring.take(true);
    sender.wake();
    progress = { step: 'confirming', problem: null };
    const block = await finalizedBlock(reader);
    if (block < 0 || (await getOrganization(reader, { id: organization, block }))?.operator !== next) return;
    await keyring.promote();
    await noteOutcome(log, database, next, 'taken_at', clock());
  }

  async function run(): Promise<void> {
    while (!stopped) {
      let pause = reader.policy.pollMs;
      try {
        await inLane(step);
      } catch (error) {
        progress = { ...progress, problem: error instanceof AnamnesisError ? sayError(error) : UNKNOWN };
        pause = 1_000;
      }
      const idle = keyring.next === null && keyring.former === null;
      if (stopped) return;
      await new Promise<void>((resolve) => {
        const timer = idle ? undefined : setTimeout(resolve, pause);
        wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
  const running = run();

  async function status(): Promise<OperatorHandover> {
    const { present, next, former } = keyring;
    const last = await lastHandover(database);
    const row = next && (await handoverTo(database, next.address));
    return {
      operator: keyring.accounts().acting.address,
      underWay: next && {
        newOperator: next.address,
        ...progress,
        askedAt: row?.askedAt ?? null,
        askedBy: row?.askedBy ?? null,
        mayWithdraw:
          progress.step !== 'withdrawing' && keyring.accounts().acting === present && !(await hasSetOut(context)),
      },
      former: former?.address ?? null,
      last: last && { from: last.former, to: last.address, at: last.takenAt ?? 0, erasedAt: last.erasedAt },
    };
  }

  async function begin(...[replaces, by, alongside]: Parameters<Handover['begin']>): Promise<OperatorHandover> {
    const { address } = keyring.present;
    if (replaces.toLowerCase() !== address.toLowerCase()) {
      if (await wasReplaced(database, replaces)) return status();
      throw conflict('The key of this node is another one: look again before you change it');
    }
    if (keyring.next !== null) return status();
    if (keyring.former !== null)
      throw conflict('The change before is not finished: its old key still has something to do');
    const now = await getOrganization(reader, { id: organization });
    if (now?.operator !== address) throw conflict(FOREIGN);
    if (now.status !== 'active' || now.operatorUntil * 1000 <= clock()) throw conflict(ENDED);
    progress = { step: 'proposing', problem: null };
    const next = await keyring.prepare();
    try {
      await database.transaction(async (tx) => {
        await noteAsked(tx, { address: next.address, former: address, askedAt: clock(), askedBy: by });
        await alongside(tx, `The operator key ${address} hands over to ${next.address}`);
      });
    } catch (error) {
      await keyring.drop();
      throw error;
    }
    wakeUp();
    return status();
  }

  async function withdraw(alongside: Alongside): Promise<OperatorHandover> {
    const { next, present } = keyring;
    if (next === null || (await lastTry(context, 'withdraw')) !== null) return status();
    if (keyring.accounts().acting !== present || (await hasSetOut(context))) {
      throw conflict('The new key is taking over already: this can no longer be taken back');
    }
    await database.transaction((tx) =>
      alongside(tx, `The hand-over from the operator key ${present.address} to ${next.address} is taken back`),
    );
    await ensure(context, 'withdraw', { ...withdrawOperatorProposal(reader.deployment), from: present.address });
    progress = { step: 'withdrawing', problem: null };
    wakeUp();
    return status();
  }

  return {
    status,
    begin: (...asked) => inLane(() => begin(...asked)),
    withdraw: (alongside) => inLane(() => withdraw(alongside)),
    async stop() {
      stopped = true;
      wakeUp();
      await running;
    },
  };
}

const FOREIGN =
  'The consortium’s Directory names another key for this organisation than this node has. Nobody can hand over from here: ask the council.';
const ENDED =
  'The key of this organisation has ended or is suspended, so it cannot hand over. The council can replace it.';
const UNKNOWN = 'The node could not go on, and tries again.';
