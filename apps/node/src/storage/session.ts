import type pg from 'pg';
import { encodeValue } from './values.ts';

/** A statement on its way. */
interface Sent {
  readonly text: string;
  readonly values: readonly (string | Buffer | null)[];
  /** Under which the server keeps it parsed and planned; undefined: not kept. */
  readonly name: string | undefined;
  readonly rows: object[];
  readonly resolve: (rows: object[]) => void;
  readonly reject: (error: unknown) => void;
  columns: Columns;
}

type Columns = readonly { readonly name: string; readonly parse: (text: string) => unknown }[];
type Parser = (oid: number) => (text: string) => unknown;

/**
 * One connection. Statements that are asked for before anybody waits for an answer travel together: one message there, one back, whatever their number
 * (https://www.postgresql.org/docs/18/protocol-flow.html#PROTOCOL-FLOW-PIPELINING). When one of them fails, the server passes over those behind it, a
 * commit among them, and they fail with its error.
 */
export class Session {
  readonly #client: pg.PoolClient;
  readonly #parser: Parser;
  /** Statements that the server keeps, with the columns that they give. */
  readonly #kept = new Map<string, Columns>();
  /** Names of statements that failed at their first use: whether the server keeps them is not known. */
  readonly #unsure = new Set<string>();
  readonly #whenIdle: (send: () => void) => void;
  #queued: Sent[] = [];

  /** @param whenIdle calls what it is given after everything that is ready to run has run: then nobody is left who could ask for more. */
  constructor(client: pg.PoolClient, parser: Parser, whenIdle: (send: () => void) => void) {
    this.#client = client;
    this.#parser = parser;
    this.#whenIdle = whenIdle;
  }

  /** Errors: those of the driver, with SQLSTATE in `code`; TypeError for a value that no column holds. */
  async query(text: string, params: readonly unknown[], name: string | undefined): Promise<object[]> {
    const values = params.map(encodeValue);
    return new Promise((resolve, reject) => {
      this.#queued.push({ text, values, name, rows: [], resolve, reject, columns: [] });
      if (this.#queued.length === 1) this.#whenIdle(() => this.#send());
    });
  }

  /** Forgets what has not been sent. */
  discard(): void {
    const dropped = this.#queued;
    this.#queued = [];
    for (const { reject } of dropped) reject(new Error('the transaction has ended'));
  }

  #send(): void {
    const statements = this.#queued;
    if (statements.length === 0) return;
    this.#queued = [];
    this.#client.query(new Batch(statements, this.#kept, this.#unsure, this.#parser));
  }
}

/** The connection as `pg` has it; its types ask for a second parameter that it has not. */
interface Wire {
  readonly stream: { cork(): void; uncork(): void };
  parse(config: { name: string; text: string }): void;
  bind(config: { statement: string; values: readonly unknown[] }): void;
  describe(config: { type: 'P'; name: string }): void;
  execute(config: { portal: string; rows: number }): void;
  close(config: { type: 'S'; name: string }): void;
  sync(): void;
}

/** What `pg` calls while it reads the answers of one message. */
class Batch implements pg.Submittable {
  readonly #statements: readonly Sent[];
  readonly #kept: Map<string, Columns>;
  readonly #unsure: Set<string>;
  readonly #parser: Parser;
  #at = 0;
  #broken: unknown = null;

  constructor(statements: readonly Sent[], kept: Map<string, Columns>, unsure: Set<string>, parser: Parser) {
    this.#statements = statements;
    this.#kept = kept;
    this.#unsure = unsure;
    this.#parser = parser;
  }

  submit(connection: unknown): void {
    const wire = connection as Wire;
    const fresh = new Set<string>();
    wire.stream.cork();
    try {
      for (const statement of this.#statements) {
        const { name = '', text, values } = statement;
        const columns = this.#kept.get(name);
        if (columns === undefined && !fresh.has(name)) {
          if (this.#unsure.delete(name)) wire.close({ type: 'S', name });
          wire.parse({ name, text });
          if (name !== '') fresh.add(name);
        }
        wire.bind({ statement: name, values });
        if (columns === undefined) wire.describe({ type: 'P', name: '' });
        else statement.columns = columns;
        wire.execute({ portal: '', rows: 0 });
      }
      wire.sync();
    } finally {
      wire.stream.uncork();
    }
  }

  handleRowDescription({ fields }: { fields: readonly { name: string; dataTypeID: number }[] }): void {
    const statement = this.#statements[this.#at];
    if (statement === undefined) return;
    statement.columns = fields.map(({ name, dataTypeID }) => ({ name, parse: this.#parser(dataTypeID) }));
  }

  handleDataRow({ fields }: { fields: readonly (string | null)[] }): void {
    const statement = this.#statements[this.#at];
    if (statement === undefined || this.#broken !== null) return;
    try {
      const row: Record<string, unknown> = {};
      for (const [at, { name, parse }] of statement.columns.entries()) {
        const text = fields[at] ?? null;
        row[name] = text === null ? null : parse(text);
      }
      statement.rows.push(row);
    } catch (error) {
      this.#broken = error;
    }
  }

  handleCommandComplete(): void {
    const statement = this.#statements[this.#at++];
    if (statement?.name !== undefined) this.#kept.set(statement.name, statement.columns);
  }

  handleEmptyQuery(): void {
    this.#at++;
  }

  handleReadyForQuery(): void {
    if (this.#broken !== null) this.handleError(this.#broken);
    else for (const { rows, resolve } of this.#statements) resolve(rows);
  }

  handleError(error: unknown): void {
    const failed = this.#broken === null ? this.#at : 0;
    const name = this.#statements[failed]?.name;
    if (name !== undefined && !this.#kept.has(name)) this.#unsure.add(name);
    for (const [at, { rows, resolve, reject }] of this.#statements.entries()) {
      if (at < failed) resolve(rows);
      else reject(error);
    }
  }
}
