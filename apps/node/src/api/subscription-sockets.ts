import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { stringifyJson } from '@anamnesis/protocol';
import type { FastifyInstance } from 'fastify';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Sockets, Subscriptions } from '../modules/subscriptions/index.ts';
import type { ApiContext } from './context.ts';

/** Where websockets are opened. */
export const SOCKET_PATH = '/fhir/R4/$subscriptions';
/** Kind of the entries that stand for binding tokens, and how long one is good, in seconds. It is good once. */
export const BINDINGS = 'SubscriptionBinding';
export const BINDING_LIFE = 300;

/** Connections of a node, and of one address that are not bound yet. */
const MAX_SOCKETS = 1_000;
const MAX_UNBOUND = 10;
/** How long a connection may stay unbound, how often it must show that it lives, and how long it may take to take a message, in milliseconds. */
const BIND_WITHIN = 10_000;
const PING_EVERY = 30_000;
const TAKE_WITHIN = 10_000;
/** Messages of a client are commands of one line. */
const MAX_MESSAGE = 1_024;
const POLICY = 1008;

interface Parts {
  readonly sockets: Sockets;
  readonly subscriptions: Subscriptions;
  readonly wake: () => void;
}

/**
 * The websocket channel (https://hl7.org/fhir/uv/subscriptions-backport/channels.html#websockets): a client sends `bind-with-token` and a token, is greeted with
 * a handshake for each subscription, and gets their notifications. @returns what ends all connections.
 */
export function serveSockets(
  server: FastifyInstance,
  api: ApiContext,
  { sockets, subscriptions, wake }: Parts,
): () => void {
  const wss = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE, perMessageDeflate: false });
  const unbound = new Map<string, number>();

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const [path] = (request.url ?? '').split('?');
    const address = addressOf(request, api.config.trustProxy);
    const refuse = (status: string): void =>
      void socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    socket.on('error', () => socket.destroy());
    if (path !== SOCKET_PATH) refuse('404 Not Found');
    else if (wss.clients.size >= MAX_SOCKETS || (unbound.get(address) ?? 0) >= MAX_UNBOUND)
      refuse('429 Too Many Requests');
    else wss.handleUpgrade(request, socket, head, (client) => serve(client, address));
  };
  server.server.on('upgrade', onUpgrade);

  function serve(client: WebSocket, address: string): void {
    unbound.set(address, (unbound.get(address) ?? 0) + 1);
    let waits = true;
    const settle = (): void => {
      if (!waits) return;
      waits = false;
      const left = (unbound.get(address) ?? 1) - 1;
      if (left === 0) unbound.delete(address);
      else unbound.set(address, left);
    };
    const listener = { send: (text: string) => take(client, text) };
    const late = setTimeout(() => waits && client.close(POLICY, 'not bound in time'), BIND_WITHIN);
    let alive = true;
    const pulse = setInterval(() => {
      if (!alive) return client.terminate();
      alive = false;
      client.ping();
    }, PING_EVERY);
    client.on('pong', () => {
      alive = true;
    });
    client.on('error', () => client.terminate());
    client.on('close', () => {
      clearTimeout(late);
      clearInterval(pulse);
      settle();
      sockets.drop(listener);
    });
    client.on('message', (message, binary) => {
      const [, token] = /^bind-with-token ([A-Za-z0-9_-]{1,64})$/.exec(binary ? '' : String(message).trim()) ?? [];
      if (token === undefined) return client.close(POLICY, 'not understood');
      void bind(token).catch(() => client.close(1011, 'try again'));
    });

    async function bind(token: string): Promise<void> {
      const ids = (await api.smart.store.take(BINDINGS, token)) as readonly string[] | null;
      if (ids === null) return client.close(POLICY, 'the token is not known here, was used, or has ended');
      settle();
      for (const id of ids) {
        const greeting = await subscriptions.handshake(id);
        if (greeting === null) continue;
        await listener.send(stringifyJson(greeting));
        if (client.readyState === client.OPEN) sockets.bind(id, listener);
      }
      wake();
    }
  }

  return () => {
    server.server.off('upgrade', onUpgrade);
    for (const client of wss.clients) client.terminate();
  };
}

/** Behind a proxy that sets it, who asked the proxy. */
function addressOf(request: IncomingMessage, trustProxy: boolean): string {
  const [client] = trustProxy ? String(request.headers['x-forwarded-for'] ?? '').split(',') : [];
  return client?.trim() || (request.socket.remoteAddress ?? '');
}

/** Resolves when the message is with the operating system. Who does not take it in time is cut off, and is told it again when he comes back. */
function take(client: WebSocket, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      client.terminate();
      reject(new Error('not taken in time'));
    }, TAKE_WITHIN);
    client.send(text, (error) => {
      clearTimeout(late);
      if (error) reject(error);
      else resolve();
    });
  });
}
