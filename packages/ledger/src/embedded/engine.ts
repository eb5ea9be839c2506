import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { AnamnesisError } from '@anamnesis/protocol';
import { type Block, type Hex, keccak256 } from 'viem';
import { type Anvil, killStray, startAnvil } from './anvil.ts';
import type { Genesis } from './genesis.ts';
import { type Journal, type JournalEntry, openJournal } from './journal.ts';
import { type Loopback, RpcFailure } from './rpc.ts';
import { readSnapshots, type Snapshot, writeSnapshot } from './snapshots.ts';

/** Transactions that wait for an earlier nonce; above this the sender must fill the gap first. */
const MAX_HELD = 64;
const MAX_REVIVALS = 5;

/** anvil, made durable: journal before, snapshots beside, brought back when it dies. */
export interface Engine {
  readonly pid: number;
  readonly sequence: number;
  /** Resolves with the transaction's hash when it is on disk and in a block (or held for an earlier nonce). */
  send(raw: Hex): Promise<Hex>;
  /** Passes a reading request on as it is. */
  read(body: Uint8Array): Promise<Buffer>;
  /** Runs a test-only method alone, between transactions. What it does is not in the journal. */
  cheat(method: string, params: readonly unknown[]): Promise<unknown>;
  snapshot(): Promise<void>;
  stop(): Promise<void>;
}

/** An anvil with everything that has been applied to it. */
interface Running {
  readonly anvil: Anvil;
  /** Number of the last entry of the journal that is in it. */
  applied: number;
  /** Transactions that wait for an earlier nonce. */
  readonly held: Map<Hex, Hex>;
}

interface EngineOptions {
  readonly directory: string;
  readonly genesis: Genesis;
  readonly snapshotEvery: number;
  readonly log: (message: string) => void;
}

/** Opens the ledger of a folder: newest whole snapshot, then the journal from there, with the recorded timestamps. */
export async function openEngine({ directory, genesis, snapshotEvery, log }: EngineOptions): Promise<Engine> {
  const workshop = join(directory, 'engine');
  await killStray(workshop);

  let clockOffset = 0;
  const newest = await readSnapshots(directory, () => {}).next();
  const journal: Journal = await openJournal(directory, {
    after: newest.value?.head.sequence ?? 0,
    afterTime: newest.value?.head.timestamp ?? genesis.timestamp,
    now: () => Math.floor(Date.now() / 1000) + clockOffset,
    log,
  });

  /** What readers and the lane work on: replaced only by one that has caught up. */
  let running: Running;
  /** The process that was started last: `running`, or one that is still catching up. */
  let newestPid = 0;
  /**
   * Number of the newest entry that was ever applied or about to be: a reader may have seen its block, and what was
   * seen must not vanish. It never falls, not even when a revival breaks off in the middle.
   */
  let reached = journal.last;
  let snapshotAt = 0;
  let stopped = false;
  let failures = 0;

  /** Starts anvil on a snapshot (or the genesis) and replays the journal up to `reached`. */
  async function boot(snapshot: Snapshot | null): Promise<Running> {
    await killStray(workshop);
    const anvil = await startFrom(snapshot);
    newestPid = anvil.pid;
    try {
      const booted: Running = { anvil, applied: snapshot?.head.sequence ?? 0, held: new Map() };
      for (const raw of snapshot?.head.held ?? []) {
        await anvil.rpc.call('eth_sendRawTransaction', [raw]).then(
          (hash) => booted.held.set(hash as Hex, raw),
          (error: unknown) => {
            if (!(error instanceof RpcFailure)) throw error; // what waited may be superseded by now
          },
        );
      }
      const until = reached;
      for await (const entry of journal.read(booted.applied, until)) {
        if (entry.sequence !== booted.applied + 1) break;
        await apply(booted, entry).catch((error: unknown) => {
          if (!(error instanceof RpcFailure)) throw error; // refused then, refused now
        });
        booted.applied = entry.sequence;
      }
      if (booted.applied < until) {
        throw new AnamnesisError(
          'ledger-journal-gap',
          `The ledger journal lacks entries after number ${booted.applied}.`,
        );
      }
      return booted;
    } catch (error) {
      await anvil.kill();
      throw error;
    }
  }

  async function startFrom(snapshot: Snapshot | null): Promise<Anvil> {
    const options = { directory: workshop, chainId: genesis.chainId, genesisPath: genesis.path };
    if (!snapshot) return startAnvil({ ...options, timestamp: genesis.timestamp });
    const statePath = `${workshop}.json`;
    await writeFile(statePath, await promisify(gunzip)(snapshot.state));
    const anvil = await startAnvil({ ...options, timestamp: snapshot.head.timestamp, statePath });
    await rm(statePath);
    const block = await anvil.rpc.call<Block<Hex>>('eth_getBlockByNumber', ['latest', false]);
    if (block.hash === snapshot.head.hash) return anvil;
    await anvil.kill();
    throw new Error('The restored state has another newest block.');
  }

  async function restore(): Promise<Running> {
    for await (const snapshot of readSnapshots(directory, log)) {
      if (snapshot.head.sequence > reached) continue;
      try {
        return await boot(snapshot);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        log(`ledger: the snapshot at transaction ${snapshot.head.sequence} does not load and is skipped (${reason})`);
      }
    }
    return boot(null);
  }

  /** One transaction: the same steps when it arrives and when it is replayed, so that the blocks are the same. */
  async function apply({ anvil: { rpc }, held }: Running, { time, raw }: JournalEntry): Promise<Hex> {
    const hash = await rpc.call<Hex>('eth_sendRawTransaction', [raw]);
    const { pending } = await rpc.call<{ pending: Hex }>('txpool_status');
    if (Number(pending) === 0) {
      if (held.size >= MAX_HELD) {
        await rpc.call('anvil_dropTransaction', [hash]);
        throw new RpcFailure(-32003, 'Too many transactions wait for an earlier nonce.');
      }
      held.set(hash, raw);
      return hash;
    }
    await rpc.call('evm_mine', [{ timestamp: time }]);
    if (!(await isMined(rpc, hash))) {
      await rpc.call('anvil_dropTransaction', [hash]);
      throw new RpcFailure(-32003, 'The transaction cannot be put into a block.');
    }
    for (const waiting of held.keys()) {
      const found = await rpc.call<{ blockNumber: Hex | null } | null>('eth_getTransactionByHash', [waiting]);
      if (found?.blockNumber !== null) held.delete(waiting); // in a block, or superseded
    }
    return hash;
  }

  /** The hash of an entry that a revival has applied: in a block, or held. Null for one that it has not, or that was refused. */
  async function appliedAlready({ anvil, applied, held }: Running, { sequence, raw }: JournalEntry) {
    if (applied < sequence) return null;
    const hash = keccak256(raw);
    return held.has(hash) || (await isMined(anvil.rpc, hash)) ? hash : null;
  }

  let reviving: Promise<void> | undefined;
  /** Brings a dead (or hanging) engine back to where it was. One at a time, whoever asks. */
  function revive(dead: Running): Promise<void> {
    if (stopped) return Promise.reject(new AnamnesisError('ledger-stopped', 'The ledger has been stopped.'));
    if (dead !== running) return Promise.resolve();
    reviving ??= (async () => {
      log('ledger: anvil has ended and is brought back');
      await dead.anvil.kill();
      for (;;) {
        failures += 1;
        if (failures > MAX_REVIVALS) {
          throw new AnamnesisError('ledger-engine-failed', `anvil has died ${failures} times in a row.`);
        }
        try {
          running = await restore();
          return;
        } catch (error) {
          log(`ledger: anvil did not come back (${error instanceof Error ? error.message : String(error)})`);
        }
      }
    })().finally(() => {
      reviving = undefined;
    });
    return reviving;
  }

  /** Runs `work` against a living engine; when that dies in the middle, again against the revived one. */
  async function withEngine<T>(work: (engine: Running) => Promise<T>): Promise<T> {
    for (;;) {
      if (reviving) await reviving;
      const engine = running;
      try {
        const result = await work(engine);
        failures = 0;
        return result;
      } catch (error) {
        if (error instanceof RpcFailure) throw error;
        await revive(engine);
      }
    }
  }

  let lane: Promise<unknown> = Promise.resolve();
  /** One thing at a time: transactions in journal order, snapshots and cheats in between. */
  function inLane<T>(work: () => Promise<T>): Promise<T> {
    const run = lane.then(work);
    lane = run.catch(() => {});
    return run;
  }

  async function takeSnapshot(): Promise<void> {
    if (running.applied === snapshotAt) return;
    const snapshot = await withEngine(async ({ anvil: { rpc }, applied, held }): Promise<Snapshot> => {
      const block = await rpc.call<Block<Hex>>('eth_getBlockByNumber', ['latest', false]);
      const dump = await rpc.call<Hex>('anvil_dumpState', [], 600_000);
      const head = {
        sequence: applied,
        number: Number(block.number),
        hash: block.hash as Hex,
        timestamp: Number(block.timestamp),
        held: [...held.values()],
      };
      return { head, state: Buffer.from(dump.slice(2), 'hex') };
    });
    const needless = await writeSnapshot(directory, snapshot);
    await journal.rotate(needless);
    snapshotAt = snapshot.head.sequence;
  }

  // A dump takes time in proportion to the whole history: take it less often as that grows.
  const isSnapshotDue = () => running.applied - snapshotAt >= Math.max(snapshotEvery, Math.floor(running.applied / 20));

  async function takeDueSnapshot(): Promise<void> {
    if (!isSnapshotDue() || stopped) return;
    await takeSnapshot().catch((error: unknown) => {
      log(`ledger: no snapshot could be taken (${error instanceof Error ? error.message : String(error)})`);
    });
  }

  snapshotAt = newest.value?.head.sequence ?? 0;
  running = await restore().catch(async (error: unknown) => {
    await journal.close();
    throw error;
  });

  return {
    get pid() {
      return newestPid;
    },
    get sequence() {
      return running.applied;
    },
    async send(raw) {
      if (stopped) throw new AnamnesisError('ledger-stopped', 'The ledger has been stopped.');
      const entry = await journal.append(raw);
      return inLane(async () => {
        let outcome: Hex | RpcFailure;
        reached = entry.sequence;
        try {
          outcome = await withEngine(
            async (engine) => (await appliedAlready(engine, entry)) ?? (await apply(engine, entry)),
          );
        } catch (error) {
          if (!(error instanceof RpcFailure)) throw error;
          outcome = error;
        }
        running.applied = entry.sequence;
        if (isSnapshotDue()) void inLane(takeDueSnapshot); // after the answer
        if (outcome instanceof RpcFailure) throw outcome;
        return outcome;
      });
    },
    read: (body) => withEngine((engine) => engine.anvil.rpc.exchange(body)),
    cheat: (method, params) =>
      inLane(async () => {
        if (method === 'evm_increaseTime') {
          clockOffset += Number(params[0]);
          return clockOffset;
        }
        if (method === 'evm_mine' && params.length === 0) {
          return running.anvil.rpc.call(method, [{ timestamp: Math.floor(Date.now() / 1000) + clockOffset }]);
        }
        return running.anvil.rpc.call(method, params);
      }),
    snapshot: () => inLane(takeSnapshot),
    async stop() {
      await inLane(async () => {
        if (stopped) return;
        await takeSnapshot().catch((error: unknown) => {
          log(`ledger: no snapshot at stop, the journal has it all (${error instanceof Error ? error.message : ''})`);
        });
        stopped = true;
        await running.anvil.kill();
        await journal.close();
        await killStray(workshop);
      });
    },
  };
}

async function isMined(rpc: Loopback, hash: Hex): Promise<boolean> {
  const found = await rpc.call<{ blockNumber: Hex | null } | null>('eth_getTransactionByHash', [hash]);
  return typeof found?.blockNumber === 'string';
}
