import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { AnamnesisError } from '@anamnesis/protocol';
import { type Hex, isHex, parseTransaction } from 'viem';
import type { Engine } from './engine.ts';
import { classifyMethod, isLoopbackHost } from './methods.ts';
import { RpcFailure } from './rpc.ts';

const MAX_BODY = 4 * 1024 * 1024;
const MAX_BATCH = 1_000;
const MAX_RAW = 256 * 1024;
const MAX_IN_FLIGHT = 100;
const MAX_WAITING = 10_000;

interface FrontOptions {
  readonly engine: Engine;
  readonly chainId: number;
  readonly port: number;
  readonly testing: boolean;
  /** Web origins that may read from a browser. */
  readonly allowOrigins: readonly string[];
  readonly log: (message: string) => void;
}

interface Call {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: unknown;
}

/** Serves JSON-RPC on 127.0.0.1. Resolves once it listens. */
export async function startFront(options: FrontOptions): Promise<{ server: Server; port: number }> {
  const server = createServer((incoming, outgoing) => {
    respond(options, incoming, outgoing).catch((error: unknown) => {
      options.log(`ledger: a request failed (${error instanceof Error ? error.message : String(error)})`);
      if (!outgoing.headersSent) outgoing.writeHead(500);
      outgoing.end();
    });
  });
  server.keepAliveTimeout = 30_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === 'EADDRINUSE';
      const message = taken ? `Port ${options.port} is taken by another program.` : 'The ledger port cannot be opened.';
      reject(new AnamnesisError(taken ? 'ledger-port-taken' : 'ledger-port', message, { cause }));
    });
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const address = server.address();
  return { server, port: typeof address === 'object' && address ? address.port : options.port };
}

async function respond(options: FrontOptions, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { origin, host } = incoming.headers;
  if (!isLoopbackHost(host)) return refuse(outgoing, 403, 'The embedded ledger answers this machine only.');
  if (origin !== undefined) {
    if (!options.allowOrigins.includes(origin)) return refuse(outgoing, 403, 'This web origin is not allowed.');
    outgoing.setHeader('access-control-allow-origin', origin);
    outgoing.setHeader('access-control-allow-headers', 'content-type');
    outgoing.setHeader('vary', 'origin');
  }
  if (incoming.method === 'OPTIONS') {
    outgoing.writeHead(204).end();
    return;
  }
  if (incoming.method !== 'POST') return refuse(outgoing, 405, 'JSON-RPC is sent with POST.');
  const body = await readBody(incoming);
  if (!body) return refuse(outgoing, 413, 'The request is too large.');

  let request: unknown;
  try {
    request = JSON.parse(body.toString('utf8'));
  } catch {
    return send(outgoing, failure(null, -32700, 'This is not JSON.'));
  }
  if (!Array.isArray(request)) return send(outgoing, await answer(options, request as Call, body));
  if (request.length === 0 || request.length > MAX_BATCH) {
    return send(outgoing, failure(null, -32600, `A batch holds 1 to ${MAX_BATCH} requests.`));
  }
  // Started in order: transactions of one batch keep theirs.
  const answers = await Promise.all(request.map((call: Call) => answer(options, call)));
  return send(outgoing, `[${answers.map(String).join(',')}]`);
}

async function answer(options: FrontOptions, call: Call | null, body?: Buffer): Promise<string | Buffer> {
  const id = call?.id ?? null;
  if (typeof call?.method !== 'string') return failure(id, -32600, 'This is not a JSON-RPC request.');
  const params = Array.isArray(call.params) ? call.params : [];
  try {
    switch (classifyMethod(call.method, options.testing)) {
      case 'read':
        return await options.engine.read(body ?? Buffer.from(JSON.stringify(call)));
      case 'send':
        return success(id, await sendInTurn(options.engine, readRaw(params[0], options.chainId)));
      case 'cheat':
        return success(id, await options.engine.cheat(call.method, params));
      default:
        return failure(id, -32601, `The embedded ledger has no method ${call.method.slice(0, 60)}.`);
    }
  } catch (error) {
    if (error instanceof RpcFailure) return failure(id, error.code, error.message, error.data);
    options.log(`ledger: ${call.method} failed (${error instanceof Error ? error.message : String(error)})`);
    return failure(id, -32603, error instanceof AnamnesisError ? error.message : 'The ledger cannot answer now.');
  }
}

/** Whatever is plainly no transaction for this chain stays out of the journal. */
function readRaw(raw: unknown, chainId: number): Hex {
  let signedFor: number | undefined;
  try {
    if (!isHex(raw) || raw.length > 2 * MAX_RAW + 2 || raw.length % 2 !== 0) throw new RangeError('length');
    signedFor = parseTransaction(raw).chainId;
  } catch {
    throw new RpcFailure(-32602, 'This is not a signed transaction.');
  }
  if (signedFor !== chainId) throw new RpcFailure(-32000, `The transaction is not signed for chain ${chainId}.`);
  return raw;
}

const flights = new WeakMap<Engine, { running: number; waiting: (() => void)[] }>();

/** At most 100 transactions are under way; further ones wait for their turn. */
async function sendInTurn(engine: Engine, raw: Hex): Promise<Hex> {
  const flight = flights.get(engine) ?? { running: 0, waiting: [] };
  flights.set(engine, flight);
  if (flight.running >= MAX_IN_FLIGHT) {
    if (flight.waiting.length >= MAX_WAITING) throw new RpcFailure(-32005, 'Too many transactions at once.');
    await new Promise<void>((resolve) => flight.waiting.push(resolve));
  } else {
    flight.running += 1;
  }
  try {
    return await engine.send(raw);
  } finally {
    const next = flight.waiting.shift();
    if (next) next();
    else flight.running -= 1;
  }
}

async function readBody(incoming: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const success = (id: unknown, result: unknown) => JSON.stringify({ jsonrpc: '2.0', id, result });
const failure = (id: unknown, code: number, message: string, data?: unknown) =>
  JSON.stringify({ jsonrpc: '2.0', id, error: { code, message, ...(data === undefined ? {} : { data }) } });

function send(outgoing: ServerResponse, text: string | Buffer): void {
  outgoing.writeHead(200, { 'content-type': 'application/json' }).end(text);
}

function refuse(outgoing: ServerResponse, status: number, text: string): void {
  outgoing.writeHead(status, { 'content-type': 'text/plain', connection: 'close' }).end(text);
}
