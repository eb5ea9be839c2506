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

  let applied = 0;
  /** The number of the entry that is being applied: a reader may have seen its block already. */
  let inFlight: number | null = null;
  let snapshotAt = 0;
  let held = new Map<Hex, Hex>();
  let anvil: Anvil;
  let stopped = false;
  let failures = 0;

  /** Starts anvil on a snapshot (or the genesis) and replays the journal up to `until`. */
  async function boot(snapshot: Snapshot | null, until: number): Promise<void> {
    await killStray(workshop);
    const options = { directory: workshop, chainId: genesis.chainId, genesisPath: genesis.path };
    if (snapshot) {
      const statePath = `${workshop}.json`;
      await writeFile(statePath, await promisify(gunzip)(snapshot.state));
      anvil = await startAnvil({ ...options, timestamp: snapshot.head.timestamp, statePath });
      await rm(statePath);
      const block = await anvil.rpc.call<Block<Hex>>('eth_getBlockByNumber', ['latest', false]);
      if (block.hash !== snapshot.head.hash) {
        await anvil.kill();
        throw new Error('The restored state has another newest block.');
      }
    } else {
      anvil = await startAnvil({ ...options, timestamp: genesis.timestamp });
    }
    applied = snapshot?.head.sequence ?? 0;
    held = new Map();
    for (const raw of snapshot?.head.held ?? []) {
      await anvil.rpc.call('eth_sendRawTransaction', [raw]).then(
        (hash) => held.set(hash as Hex, raw),
        () => {}, // what waited may be superseded by now
      );
    }
    for await (const entry of journal.read(applied, until)) {
      if (entry.sequence !== applied + 1) break;
      await apply(entry).catch((error: unknown) => {
        if (!(error instanceof RpcFailure)) throw error; // refused then, refused now
      });
      applied = entry.sequence;
    }
    if (applied < until) {
      await anvil.kill();
      throw new AnamnesisError('ledger-journal-gap', `The ledger journal lacks entries after number ${applied}.`);
    }
  }

  async function restore(until: number): Promise<void> {
    for await (const snapshot of readSnapshots(directory, log)) {
      if (snapshot.head.sequence > until) continue;
      try {
        await boot(snapshot, until);
        return;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        log(`ledger: the snapshot at transaction ${snapshot.head.sequence} does not load and is skipped (${reason})`);
      }
    }
    await boot(null, until);
  }

  /** One transaction: the same steps when it arrives and when it is replayed, so that the blocks are the same. */
  async function apply({ time, raw }: JournalEntry): Promise<Hex> {
    const { rpc } = anvil;
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
  async function appliedAlready({ sequence, raw }: JournalEntry): Promise<Hex | null> {
    if (applied < sequence) return null;
    const hash = keccak256(raw);
    return held.has(hash) || (await isMined(anvil.rpc, hash)) ? hash : null;
  }

  let reviving: Promise<void> | undefined;
  /** Brings a dead (or hanging) engine back to where it was. One at a time, whoever asks. */
  function revive(dead: Anvil): Promise<void> {
    if (stopped) return Promise.reject(new AnamnesisError('ledger-stopped', 'The ledger has been stopped.'));
    if (dead !== anvil) return reviving ?? Promise.resolve();
    reviving ??= (async () => {
      failures += 1;
      if (failures > MAX_REVIVALS) {
        throw new AnamnesisError('ledger-engine-failed', `anvil has died ${failures} times in a row.`);
      }
      log('ledger: anvil has ended and is brought back');
      // What was about to be applied as well: its block may have been seen, and what was seen must not vanish.
      const until = Math.max(applied, inFlight ?? 0);
      await dead.kill();
      await restore(until);
    })().finally(() => {
      reviving = undefined;
    });
    return reviving;
  }

  /** Runs `work` against a living engine; when that dies in the middle, again against the revived one. */
  async function withEngine<T>(work: (engine: Anvil) => Promise<T>): Promise<T> {
    for (;;) {
      if (reviving) await reviving;
      const engine = anvil;
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
    if (applied === snapshotAt) return;
    const snapshot = await withEngine(async ({ rpc }): Promise<Snapshot> => {
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
  const isSnapshotDue = () => applied - snapshotAt >= Math.max(snapshotEvery, Math.floor(applied / 20));

  async function takeDueSnapshot(): Promise<void> {
    if (!isSnapshotDue() || stopped) return;
    await takeSnapshot().catch((error: unknown) => {
      log(`ledger: no snapshot could be taken (${error instanceof Error ? error.message : String(error)})`);
    });
  }

  snapshotAt = newest.value?.head.sequence ?? 0;
  await restore(journal.last).catch(async (error: unknown) => {
    await journal.close();
    throw error;
  });

  return {
    get pid() {
      return anvil.pid;
    },
    get sequence() {
      return applied;
    },
    async send(raw) {
      if (stopped) throw new AnamnesisError('ledger-stopped', 'The ledger has been stopped.');
      const entry = await journal.append(raw);
      return inLane(async () => {
        let outcome: Hex | RpcFailure;
        inFlight = entry.sequence;
        try {
          outcome = await withEngine(async () => (await appliedAlready(entry)) ?? (await apply(entry)));
        } catch (error) {
          if (!(error instanceof RpcFailure)) throw error;
          outcome = error;
        } finally {
          inFlight = null;
        }
        applied = entry.sequence;
        if (isSnapshotDue()) void inLane(takeDueSnapshot); // after the answer
        if (outcome instanceof RpcFailure) throw outcome;
        return outcome;
      });
    },
    read: (body) => withEngine((engine) => engine.rpc.exchange(body)),
    cheat: (method, params) =>
      inLane(async () => {
        if (method === 'evm_increaseTime') {
          clockOffset += Number(params[0]);
          return clockOffset;
        }
        if (method === 'evm_mine' && params.length === 0) {
          return anvil.rpc.call(method, [{ timestamp: Math.floor(Date.now() / 1000) + clockOffset }]);
        }
        return anvil.rpc.call(method, params);
      }),
    snapshot: () => inLane(takeSnapshot),
    async stop() {
      await inLane(async () => {
        if (stopped) return;
        await takeSnapshot().catch((error: unknown) => {
          log(`ledger: no snapshot at stop, the journal has it all (${error instanceof Error ? error.message : ''})`);
        });
        stopped = true;
        await anvil.kill();
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
