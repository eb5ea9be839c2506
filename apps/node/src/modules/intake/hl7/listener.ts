import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { AnamnesisError } from '@anamnesis/protocol';
import type { MllpSettings } from '../../../config/index.ts';
import type { IntakeContext } from '../context.ts';
import { IntakeRefusal } from '../refusal.ts';
import { acknowledge } from './acknowledge.ts';
import { Frames, frame } from './frames.ts';
import { readHeader } from './message.ts';
import { type Origin, receiveHl7 } from './receive.ts';

/** Where HL7 v2 comes in. */
export interface MllpListener {
  readonly host: string;
  readonly port: number;
  /** Takes nothing more, answers what has come in, then ends. */
  close(): Promise<void>;
}

/**
 * Listens for HL7 v2 over MLLP. The messages of a connection are taken one after the other in their order, and the next is read when the one before is answered.
 *
 * Errors: `port-taken`; `config-malformed` for keys that cannot be used.
 */
export async function openMllp(context: IntakeContext, settings: MllpSettings): Promise<MllpListener> {
  const open = new Set<Connection>();
  const accept = (socket: Socket): void => {
    const connection = new Connection(context, settings, socket);
    open.add(connection);
    socket.once('close', () => open.delete(connection));
  };
  const server = serverOf(settings, accept);
  server.maxConnections = settings.maxConnections;
  await listening(server, settings);
  const address = server.address();
  return {
    host: settings.host,
    port: typeof address === 'object' && address !== null ? address.port : settings.port,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await Promise.all([...open].map((connection) => connection.end()));
      await closed;
    },
  };
}

function serverOf({ tls }: MllpSettings, accept: (socket: Socket) => void): Server {
  if (tls === undefined) return createServer({ noDelay: true, keepAlive: true }, accept);
  const { key, cert, ca } = tls;
  const client = ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: true };
  try {
    const server = createTlsServer({ key, cert, minVersion: 'TLSv1.2', handshakeTimeout: 10_000, ...client }, accept);
    return server.on('tlsClientError', (_error, socket) => socket.destroy());
  } catch (cause) {
    throw new AnamnesisError('config-malformed', 'ANAMNESIS_INTAKE: mllp.tls holds no usable keys', { cause });
  }
}

function listening(server: Server, { host, port }: MllpSettings): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const taken = new AnamnesisError('port-taken', `Port ${port} of ${host} is in use by another program`, { cause });
      reject(cause.code === 'EADDRINUSE' ? taken : cause);
    });
    server.listen({ host, port }, resolve);
  });
}

/** One sender's connection. */
class Connection {
  readonly #context: IntakeContext;
  readonly #settings: MllpSettings;
  readonly #socket: Socket;
  readonly #frames: Frames;
  #work: Promise<void> = Promise.resolve();
  #late: NodeJS.Timeout | undefined;
  #isEnding = false;

  constructor(context: IntakeContext, settings: MllpSettings, socket: Socket) {
    this.#context = context;
    this.#settings = settings;
    this.#socket = socket;
    this.#frames = new Frames(settings.maxBytes);
    socket.setTimeout(settings.idleTimeoutMs, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => clearTimeout(this.#late));
    socket.on('data', (chunk) => {
      socket.pause();
      this.#work = this.#take(chunk).finally(() => {
        if (!this.#isEnding) socket.resume();
      });
    });
  }

  /** Answers what is being taken, then ends the connection. */
  async end(): Promise<void> {
    this.#isEnding = true;
    this.#socket.pause();
    await this.#work;
    this.#socket.destroySoon();
  }

  async #take(chunk: Uint8Array): Promise<void> {
    const { messages, fault, head } = this.#frames.take(chunk);
    for (const message of messages) {
      if (this.#socket.destroyed) return;
      await this.#answer(message);
    }
    if (fault !== null) {
      if (head !== undefined) await this.#refuse(head);
      this.#isEnding = true;
      this.#socket.destroySoon();
      return;
    }
    this.#watch();
  }

  /** A message that has begun must end in time: one byte now and then keeps no connection. */
  #watch(): void {
    if (!this.#frames.isInside) {
      clearTimeout(this.#late);
      this.#late = undefined;
    } else this.#late ??= setTimeout(() => this.#socket.destroy(), this.#settings.messageTimeoutMs);
  }

  async #answer(message: Uint8Array): Promise<void> {
    clearTimeout(this.#late);
    this.#late = undefined;
    const { acknowledgement, unexpected } = await receiveHl7(this.#context, message, originOf(this.#socket));
    if (unexpected !== undefined) report(unexpected);
    if (acknowledgement !== null) await this.#send(acknowledgement);
  }

  async #refuse(head: Uint8Array): Promise<void> {
    const msh = readHeader(head);
    if (msh === null) return;
    const refused = new IntakeRefusal('unsupported-message', 'The message is too large');
    const acknowledgement = acknowledge(msh, null, { refused }, new Date());
    if (acknowledgement !== null) await this.#send(acknowledgement);
  }

  /** Resolves when the answer has left this process: a sender that does not read is sent no more. */
  #send(acknowledgement: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.once('close', resolve);
      this.#socket.write(frame(acknowledgement), () => {
        this.#socket.off('close', resolve);
        resolve();
      });
    });
  }
}

function originOf(socket: Socket): Origin {
  const { authorized, getPeerCertificate } = socket as Partial<TLSSocket>;
  const subject = authorized === true ? getPeerCertificate?.call(socket as TLSSocket).subject : undefined;
  const name = subject?.CN;
  return { address: socket.remoteAddress, certificate: typeof name === 'string' ? name : undefined };
}

/** By kind and place, never by message: a message might quote what was being worked on. */
function report(error: unknown): void {
  const { name, code, stack } = error as { name?: string; code?: string; stack?: string };
  const trace = (stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const said = { level: 'error', at: new Date().toISOString(), name, code, trace: trace.slice(0, 6) };
  process.stderr.write(`${JSON.stringify(said)}\n`);
}
