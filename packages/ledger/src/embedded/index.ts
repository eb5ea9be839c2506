import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AnamnesisError } from '@anamnesis/protocol';
import type { PrivateKeyAccount } from 'viem/accounts';
import { openEngine } from './engine.ts';
import { startFront } from './front.ts';
import { openGenesis } from './genesis.ts';
import { lockDirectory } from './lock.ts';

/*
 * The embedded ledger: a whole EVM chain in one folder, for demonstration, development and tests. One process, no
 * consensus. The chain is Foundry's anvil, which by itself forgets everything when it is killed, so durability is made
 * here, around it:
 *
 *   eth_sendRawTransaction → journal (fsync) → anvil, one at a time, at the recorded timestamp → answer
 *
 * anvil's blocks depend on nothing but the transactions, their order and their timestamps, so the journal, replayed on a
 * snapshot (or on the genesis), brings back the very same blocks, hashes included.
 */

export interface EmbeddedLedgerOptions {
  /** Where everything lies; made when missing. */
  readonly directory: string;
  /** Of 127.0.0.1; 0 (the default) takes a free one. */
  readonly port?: number;
  /** Fixed when the folder is made; later only checked. */
  readonly chainId?: number;
  /** A snapshot is taken after this many transactions (more as the history grows), and at stop. Default 500. */
  readonly snapshotEvery?: number;
  /** Set by a node that runs for real: then this ledger refuses to start. */
  readonly production?: boolean;
  /** Lets through anvil_* and evm_* methods. What they do is not durable. */
  readonly testing?: boolean;
  /** Web origins whose pages may read the ledger from a browser. None by default. */
  readonly allowOrigins?: readonly string[];
  /** Receives one line for everything out of the ordinary. Default: standard error. */
  readonly log?: (message: string) => void;
}

export interface EmbeddedLedger {
  readonly rpcUrl: string;
  readonly chainId: number;
  /** Holds all coins at the beginning and deploys the contracts. Transactions cost nothing here, so nobody needs coins. */
  readonly deployer: PrivateKeyAccount;
  /** Process number of the engine now; changes when it had to be brought back. */
  readonly enginePid: number;
  /** Takes a snapshot now. */
  snapshot(): Promise<void>;
  /** Answers what has come in, takes a snapshot, ends the engine and gives the folder free. */
  stop(): Promise<void>;
}

/**
 * Starts the ledger of a folder, or makes a new one.
 *
 * @throws AnamnesisError `embedded-ledger-in-production`, `ledger-folder-in-use`, `ledger-folder-damaged`,
 * `ledger-chain-id-mismatch`, `ledger-journal-damaged`, `ledger-journal-gap`, `ledger-port-taken`,
 * `ledger-engine-missing`, `ledger-engine-failed`.
 */
export async function startEmbeddedLedger(options: EmbeddedLedgerOptions): Promise<EmbeddedLedger> {
  if (options.production) {
    throw new AnamnesisError(
      'embedded-ledger-in-production',
      'The embedded ledger is a single process without consensus, for demonstration and development. Give a node that runs for real the URLs of an EVM network with several validators.',
    );
  }
  const log = options.log ?? ((message) => void process.stderr.write(`${message}\n`));
  const directory = resolve(options.directory);
  await mkdir(directory, { recursive: true });
  const lock = await lockDirectory(directory);
  try {
    const genesis = await openGenesis(directory, options.chainId, Math.floor(Date.now() / 1000));
    const engine = await openEngine({ directory, genesis, snapshotEvery: options.snapshotEvery ?? 500, log });
    try {
      const { server, port } = await startFront({
        engine,
        chainId: genesis.chainId,
        port: options.port ?? 0,
        testing: options.testing ?? false,
        allowOrigins: options.allowOrigins ?? [],
        log,
      });
      let stopping: Promise<void> | undefined;
      return {
        rpcUrl: `http://127.0.0.1:${port}`,
        chainId: genesis.chainId,
        deployer: genesis.deployer,
        get enginePid() {
          return engine.pid;
        },
        snapshot: () => engine.snapshot(),
        stop() {
          stopping ??= (async () => {
            const closed = new Promise<void>((done) => server.close(() => done()));
            server.closeIdleConnections();
            await engine.stop();
            server.closeAllConnections();
            await closed;
            await lock.release();
          })();
          return stopping;
        },
      };
    } catch (error) {
      await engine.stop();
      throw error;
    }
  } catch (error) {
    await lock.release();
    throw error;
  }
}
