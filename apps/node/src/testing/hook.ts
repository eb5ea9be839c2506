import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What an endpoint was told. */
export interface Told {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  /** The body as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
  readonly json: any;
}

/** An endpoint that subscriptions are delivered to. */
export interface Hook {
  readonly url: string;
  readonly told: Told[];
  /** How it answers: a status, or null for never. Default 200. */
  answer: (told: Told) => number | null;
  /** Waits until it was told so much, of what `which` is true for. */
  until(count: number, which?: (told: Told) => boolean): Promise<Told[]>;
  stop(): Promise<void>;
}

/** Starts an endpoint on the loopback interface. */
export async function startHook(): Promise<Hook> {
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      const { method = '', url: path = '', headers } = request;
      const told: Told = { method, path, headers, text, json: text === '' ? null : JSON.parse(text) };
      hook.told.push(told);
      for (const look of waiting) look();
      const status = hook.answer(told);
      if (status === null) return;
      response.writeHead(status, status === 302 ? { location: `${hook.url}/elsewhere` } : {}).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const hook: Hook = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    told: [],
    answer: () => 200,
    until(count, which = () => true) {
      return new Promise((resolve) => {
        const look = (): void => {
          const found = hook.told.filter(which);
          if (found.length < count) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      });
    },
    stop() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return hook;
}
