import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  chainPolicy,
  connectLedger,
  type Deployment,
  type EmbeddedLedger,
  openDeployment,
  startEmbeddedLedger,
} from '@anamnesis/ledger';
import { type NodeConfig, newSecret, nodeConfig, openDatabase, type RunningNode, startNode } from '@anamnesis/node';
import { createPublicClient, http } from 'viem';
import { admitMembers } from '../../packages/testbed/src/admit.ts';
import { freePort } from '../../packages/testbed/src/ports.ts';
import type { Engine } from './engines.ts';
import type { ServerReady, ServerTask, Watched } from './server.ts';
import { STAFF } from './staff.ts';

/** A node in a process of its own. */
export interface Server {
  readonly url: string;
  readonly config: NodeConfig;
  /** Bearer tokens by role. */
  readonly tokens: Readonly<Record<string, string>>;
  readonly pid: number;
  /** Brings the planner's statistics up to date, as after an import. */
  refreshStatistics(): Promise<void>;
  /** Begins to look into the process: where its time goes, and how often it asks the database. */
  watch(): Promise<void>;
  /** Ends that. */
  watched(): Promise<Watched>;
  stop(): Promise<void>;
}

/** A real ledger with all contracts, in a folder that is gone afterwards, and nodes of as many organisations as are asked for. */
export interface World {
  readonly ledger: EmbeddedLedger;
  readonly deployment: Deployment;
  /** Admits another organisation and starts its node in a process of its own. */
  startServer(engine: Engine, options?: { readonly nodeArgs?: readonly string[] }): Promise<Server>;
  /** The same in this process, for what is measured below HTTP. */
  startInside(engine: Engine): Promise<RunningNode>;
  stop(): Promise<void>;
}

/** Starts the ledger, deploys the contracts and makes an empty database from which those of nodes are copied. */
export async function openWorld(): Promise<World> {
  const directory = await mkdtemp(join(tmpdir(), 'anamnesis-bench-'));
  const template = join(directory, 'template');
  const [ledger] = await Promise.all([
    startEmbeddedLedger({ directory: join(directory, 'ledger'), testing: true, log: () => {} }),
    openDatabase({ directory: template }).then((database) => database.close()),
  ]);
  const { chainId, deployer, rpcUrl } = ledger;
  const policy = chainPolicy('embedded');
  const client = createPublicClient({ transport: http(rpcUrl), cacheTime: 0 });
  const deploying = { client, chainId, policy, account: deployer, firstNonce: 0 };
  const deployment = await openDeployment(join(directory, 'deployment.json'), deploying);
  const reader = connectLedger({ rpcUrls: [rpcUrl], chainId, policy, deployment });
  let organizations = 0;

  async function admitNext(engine: Engine): Promise<NodeConfig> {
    const organization = ++organizations;
    const port = await freePort();
    const name = `Benchmark hospital ${organization}`;
    const config = nodeConfig({
      ...{ organization, name, country: 'GB', port, publicUrl: `http://127.0.0.1:${port}` },
      ...{ directory: join(directory, String(organization)), databaseUrl: await engine.newDatabase() },
      // One client asks as fast as it can: what is measured is the node, not its limit for one client.
      ...{ databaseTemplate: template, rpcUrls: [rpcUrl], deployment, rateLimit: 0 },
    });
    const member = {
      key: `bench-${organization}`,
      name,
      country: 'GB',
      jurisdiction: 826,
      roles: ['provider'],
    } as const;
    await admitMembers(directory, reader, deployer, [{ member, config }]);
    return config;
  }

  return {
    ledger,
    deployment,
    startServer: async (engine, { nodeArgs = [] } = {}) => startProcess(await admitNext(engine), nodeArgs),
    startInside: async (engine) => startNode(await admitNext(engine)),
    async stop() {
      await ledger.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function startProcess(config: NodeConfig, nodeArgs: readonly string[]): Promise<Server> {
  const tokens = Object.fromEntries(STAFF.map(({ role }) => [role, newSecret('client')]));
  const child = fork(join(import.meta.dirname, 'server.ts'), { execArgv: [...nodeArgs] });
  child.send({ config, tokens } satisfies ServerTask);
  const { url } = await answerOf<ServerReady>(child);
  return {
    ...{ url, config, tokens, pid: child.pid as number },
    async refreshStatistics() {
      child.send('statistics');
      await answerOf(child);
    },
    async watch() {
      child.send('watch');
      await answerOf(child);
    },
    watched() {
      child.send('watched');
      return answerOf<Watched>(child);
    },
    async stop() {
      if (child.exitCode !== null) return;
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}

/** The next message of a child; an error when it ends instead. */
async function answerOf<T>(child: ChildProcess): Promise<T> {
  const ended = new AbortController();
  try {
    const exit = once(child, 'exit', { signal: ended.signal }).then(() => {
      throw new Error('the node of the benchmark ended; its reason stands above');
    });
    const [message] = (await Promise.race([once(child, 'message', { signal: ended.signal }), exit])) as [T];
    return message;
  } finally {
    ended.abort();
  }
}
