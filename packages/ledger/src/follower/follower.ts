import { AnamnesisError } from '@anamnesis/protocol';
import { finalizedBlock, type LedgerReader } from '../client.ts';
import { ledgerError } from '../errors.ts';
import { EVENTS_VERSION, type LedgerEvent } from './events.ts';
import { type LedgerQueries, ledgerQueries } from './queries.ts';
import { ChainMoved, isStill, placeOf, scan } from './scan.ts';
import { applyEvent, emptyState, type LedgerState } from './state.ts';
import type { BlockPlace, FollowerStore } from './store.ts';

/** How far the follower has seen, and when. */
export interface LedgerView extends BlockPlace {
  /** Milliseconds since 1970: when a node of the ledger last said that this is its newest block. */
  readonly seenAt: number;
  /** Number of the newest block that is irrevocable by the chain's policy; -1 when none is. */
  readonly finalized: number;
}

export interface FollowerOptions {
  readonly reader: LedgerReader;
  readonly store: FollowerStore;
  /** Told of new events, page by page, after they are in the store. They are told once, also when this throws. */
  readonly onEvents?: (events: readonly LedgerEvent[], end: BlockPlace) => void | Promise<void>;
  /** Told that everything after this block never happened. What did will come through `onEvents`. */
  readonly onRewind?: (block: number) => void | Promise<void>;
  /** Milliseconds between looks; default that of the chain policy. 0: only when `sync` is called. */
  readonly pollMs?: number;
}

/** What the ledger says, kept up to date. Queries answer at once, from what was seen last. */
export interface Follower extends LedgerQueries {
  /** Null until the ledger was seen once in this run. */
  readonly view: LedgerView | null;
  /** Why the last look failed; null when it did not. */
  readonly problem: AnamnesisError | null;
  /**
   * Whether the last successful look is more than so long ago (or there was none in this run). A ledger without new blocks is
   * not stale as long as it answers.
   */
  isStale(maxAgeMs: number): boolean;
  /**
   * Looks now and resolves when everything up to the newest block is in.
   *
   * @throws AnamnesisError `ledger-unreachable`, `ledger-behind`, `ledger-moved`, `ledger-error`.
   */
  sync(): Promise<LedgerView>;
  /** Resolves after the look under way. */
  stop(): Promise<void>;
}

const MAX_PAUSE_MS = 5_000;

/**
 * Starts following from where the store got to (or from the deployment). Works without the ledger: then it answers what it
 * last knew, and says so by `isStale`.
 */
export async function createFollower(options: FollowerOptions): Promise<Follower> {
  const { reader, store } = options;
  const { deployment, chainId } = reader;
  const contracts = [deployment.directory, deployment.subjects, deployment.consents, deployment.checkpoints];
  let blocks = [...(await store.load([chainId, ...contracts, EVENTS_VERSION].join(':').toLowerCase()))];
  let state = await derive(store);
  let view: LedgerView | null = null;
  let problem: AnamnesisError | null = null;
  let seenAtClock = Number.NEGATIVE_INFINITY;

  /** Goes back to the newest block seen that the chain still has, and forgets what came after it. */
  async function rewind(): Promise<void> {
    let keep = blocks.length;
    while (keep > 0 && !(await isStill(reader, blocks[keep - 1] as BlockPlace))) keep -= 1;
    const ancestor = blocks[keep - 1]?.block ?? -1;
    await store.rewind(ancestor);
    state = await derive(store);
    blocks = blocks.slice(0, keep);
    await options.onRewind?.(ancestor);
  }

  /** Whether what was seen is still part of the chain whose newest block is `head`; 'behind' when the node has not got there yet. */
  async function compare(head: BlockPlace): Promise<'same' | 'onward' | 'behind' | 'moved'> {
    const position = blocks.at(-1);
    if (!position) return 'onward';
    if (head.hash === position.hash) return 'same';
    if (head.block > position.block) return (await isStill(reader, position)) ? 'onward' : 'moved';
    // Not as far as we have been. While nothing contradicts what we saw, that is another, slower node behind the same URL:
    // to follow it back would un-happen refusals. Nothing is seen then, so the view grows stale.
    const shared = blocks.findLast(({ block }) => block <= head.block);
    return head.block < position.block && shared && (await isStill(reader, shared)) ? 'behind' : 'moved';
  }

  async function look(): Promise<void> {
    const [seenAt, clock] = [Date.now(), performance.now()];
    const head = await placeOf(reader, 'latest');
    if (!head) throw new ChainMoved();
    const relation = await compare(head);
    if (relation === 'behind') throw new AnamnesisError('ledger-behind', 'The ledger answers from an earlier block.');
    if (relation === 'moved') await rewind();
    if (relation !== 'same') {
      for await (const { end, events } of scan(reader, blocks.at(-1) ?? null, head)) {
        await store.append(end, events);
        for (const event of events) applyEvent(state, event);
        blocks = [...blocks.slice(-511), end];
        if (events.length > 0) await options.onEvents?.(events, end);
      }
    }
    const finalized = await finalizedBlock(reader, head.block);
    view = { ...head, seenAt, finalized };
    seenAtClock = clock;
  }

  async function lookUntilSteady(): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        await look();
        problem = null;
        return;
      } catch (error) {
        if (error instanceof ChainMoved && attempt < 5) continue;
        problem = ledgerError(error);
        throw problem;
      }
    }
  }

  let lane: Promise<unknown> = Promise.resolve();
  const inLane = (): Promise<void> => {
    const run = lane.then(lookUntilSteady);
    lane = run.catch(() => {});
    return run;
  };

  let stopped = false;
  let wakeUp: () => void = () => {};
  const pollMs = options.pollMs ?? reader.policy.pollMs;
  async function poll(): Promise<void> {
    let pause = pollMs;
    while (!stopped) {
      pause = await inLane().then(
        () => pollMs,
        () => Math.min(Math.max(pollMs, MAX_PAUSE_MS), pause * 2),
      );
      if (stopped) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pause);
        wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
  const polling = pollMs > 0 ? poll() : Promise.resolve();

  return {
    ...ledgerQueries(() => state),
    get view() {
      return view;
    },
    get problem() {
      return problem;
    },
    isStale(maxAgeMs) {
      if (!view) return true;
      // Two clocks: one may be set, the other may stop while the machine sleeps.
      return Math.max(Date.now() - view.seenAt, performance.now() - seenAtClock) > maxAgeMs;
    },
    async sync() {
      await inLane();
      if (!view) throw new ChainMoved();
      return view;
    },
    async stop() {
      stopped = true;
      wakeUp();
      await Promise.all([polling, lane]);
    },
  };
}

async function derive(store: FollowerStore): Promise<LedgerState> {
  const state = emptyState();
  for await (const event of store.events()) applyEvent(state, event);
  return state;
}
