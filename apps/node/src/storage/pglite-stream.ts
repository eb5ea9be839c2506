import { Duplex } from 'node:stream';
import type { PGlite } from '@electric-sql/pglite';

/** First bytes of frontend messages (https://www.postgresql.org/docs/18/protocol-message-formats.html). */
const SYNC = 0x53;
const QUERY = 0x51;
const FLUSH = 0x48;
const TERMINATE = 0x58;
const STARTUP = 0x00;

/**
 * PGlite as the socket of a `pg` client. The client writes one message at a time; they are given to PGlite together when one asks for an
 * answer, so that a statement is one call into WebAssembly.
 */
export class PGliteStream extends Duplex {
  readonly #database: PGlite;
  #messages: Uint8Array[] = [];

  constructor(database: PGlite) {
    super();
    this.#database = database;
  }

  /** PGlite is one session for good: a new connection clears what the one before may have left in it. */
  connect(): this {
    this.#database.execProtocolRawSync(simpleQuery('rollback'));
    this.#database.execProtocolRawSync(simpleQuery('deallocate all'));
    process.nextTick(() => this.emit('connect'));
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  override _read(): void {}

  override _final(done: () => void): void {
    this.push(null);
    done();
  }

  override _write(chunk: Uint8Array, _encoding: string, done: (error?: Error | null) => void): void {
    this._writev([{ chunk }], done);
  }

  override _writev(chunks: readonly { chunk: Uint8Array }[], done: (error?: Error | null) => void): void {
    void this.#takeAll(chunks).then(
      () => done(),
      (error: unknown) => done(error instanceof Error ? error : new Error('PGlite failed')),
    );
  }

  async #takeAll(chunks: readonly { chunk: Uint8Array }[]): Promise<void> {
    for (const { chunk } of chunks) {
      const kind = chunk[0];
      if (kind === TERMINATE) continue;
      this.#messages.push(chunk);
      if (kind === SYNC || kind === QUERY || kind === FLUSH || kind === STARTUP) await this.#ask();
    }
  }

  /**
   * Gives PGlite what has been written. Its answer is taken as it comes out of WebAssembly: every other way PGlite parses it too, which `pg` does already, and
   * keeps what it parsed for as long as it lives.
   */
  async #ask(): Promise<void> {
    const batch = Buffer.concat(this.#messages);
    this.#messages = [];
    const answer: Uint8Array[] = [];
    const onRawData = (bytes: Uint8Array): void => void answer.push(bytes.slice());
    await this.#database.execProtocolRawStream(batch, { syncToFs: false, onRawData });
    if (answer.length > 0) this.push(Buffer.concat(answer));
  }
}

function simpleQuery(sql: string): Uint8Array {
  const text = Buffer.from(`${sql}\0`, 'utf8');
  const message = Buffer.alloc(5 + text.length);
  message[0] = QUERY;
  message.writeInt32BE(4 + text.length, 1);
  text.copy(message, 5);
  return message;
}
