import { createServer } from 'node:http';
import { type RunningNode, startNode } from '@anamnesis/node';
import { freePort } from '../ports.ts';
import type { TestbedNode } from '../testbed.ts';

/** What the liar makes of an answer: another body, or null for silence. Default: the truth. */
export type Lie = (path: string, body: string) => string | null;

/** Stands at a node's address in its place, and hands its answers on as it likes. */
export interface Liar {
  lie: Lie;
  /** Stops listening: nobody is at the address any more. */
  hangUp(): Promise<void>;
  stop(): Promise<void>;
}

/** Puts a liar in front of a node of the testbed: the node goes on behind it, with its keys, its log and its checkpoints. */
export async function startLiar(node: TestbedNode): Promise<Liar> {
  const { config } = node.running;
  await node.running.stop();
  const hidden: RunningNode = await startNode({ ...config, port: await freePort() });
  const liar: Liar = {
    lie: (_path, body) => body,
    hangUp: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
    async stop() {
      await liar.hangUp();
      await hidden.stop();
    },
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { authorization, 'content-type': contentType } = request.headers;
    const answer = await fetch(`${hidden.url}${request.url}`, {
      method: request.method ?? 'GET',
      headers: { ...(authorization && { authorization }), ...(contentType && { 'content-type': contentType }) },
      ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
    });
    const told = liar.lie((request.url ?? '').replace(/\?.*/, ''), await answer.text());
    if (told === null) return;
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'application/json' });
    response.end(told);
  });
  await new Promise<void>((done) => server.listen(config.port, config.host, done));
  return liar;
}
