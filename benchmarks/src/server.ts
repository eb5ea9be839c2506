import { Session } from 'node:inspector/promises';
import { ensureClient, type NodeConfig, startNode } from '@anamnesis/node';
import pg from 'pg';
import { type Shares, sharesOf } from './load/steps.ts';
import { STAFF } from './staff.ts';

/** What the parent sends first. */
export interface ServerTask {
  readonly config: NodeConfig;
  /** Bearer tokens by role. */
  readonly tokens: Readonly<Record<string, string>>;
}

/** What it answers: once, when the node listens. */
export interface ServerReady {
  readonly url: string;
}

/** What was seen inside the node. */
export interface Watched {
  /** Messages to the database that an answer was waited for. */
  readonly roundTrips: number;
  readonly shares: Shares;
}

let roundTrips = 0;
const { query } = pg.Client.prototype;
pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
  roundTrips++;
  return Reflect.apply(query, this, args);
} as typeof query;

const inspector = new Session();

async function watch(): Promise<'watching'> {
  inspector.connect();
  await inspector.post('Profiler.enable');
  await inspector.post('Profiler.setSamplingInterval', { interval: 500 });
  await inspector.post('Profiler.start');
  roundTrips = 0;
  return 'watching';
}

async function watched(): Promise<Watched> {
  const seen = roundTrips;
  const { profile } = await inspector.post('Profiler.stop');
  inspector.disconnect();
  return { roundTrips: seen, shares: sharesOf(profile) };
}

/*
 * A node in a process of its own, so that client and server do not share an event loop. It ends with its parent, which stops it by
 * closing the channel.
 */
process.once('message', async (task: ServerTask) => {
  const node = await startNode(task.config);
  for (const { role, name, actor } of STAFF) {
    const token = task.tokens[role];
    if (token !== undefined)
      await ensureClient(node.context.database, { role, name, actor }, { now: Date.now(), token });
  }
  process.on('message', (message: unknown) => {
    if (message === 'statistics') void node.refreshStatistics().then(() => process.send?.('done'));
    if (message === 'watch') void watch().then((done) => process.send?.(done));
    if (message === 'watched') void watched().then((seen) => process.send?.(seen));
  });
  process.once('disconnect', () => void node.stop().then(() => process.exit(0)));
  process.send?.({ url: node.url } satisfies ServerReady);
});
