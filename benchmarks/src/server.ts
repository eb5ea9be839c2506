import { ensureClient, type NodeConfig, startNode } from '@anamnesis/node';
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
  });
  process.once('disconnect', () => void node.stop().then(() => process.exit(0)));
  process.send?.({ url: node.url } satisfies ServerReady);
});
