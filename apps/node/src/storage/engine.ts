import pg from 'pg';
import { asStorageError, isRetryable, StorageError } from './errors.ts';
import { migrateWith } from './migrate.ts';
import { Session } from './session.ts';
import { StatementNames } from './statement-names.ts';
import type { Database, Migration, Planned, Transaction } from './types.ts';
import { Upkeep } from './upkeep.ts';

/**
 * The one driver of both engines: `pg` speaks to PostgreSQL over a socket and to PGlite in memory (see `PGliteStream`). So values are read and
 * written alike, and on both a statement is parsed and planned once, and statements that wait for nothing travel together (see `Session`).
 */

const ATTEMPTS = 4;
const INT8 = 20;
const INT8_ARRAY = 1016;

const types = new pg.TypeOverrides();
types.setTypeParser(INT8, parseInt8);
types.setTypeParser(INT8_ARRAY, (text: string) => (text === '{}' ? [] : text.slice(1, -1).split(',').map(parseInt8)));

/**
 * On PostgreSQL the answer comes by the socket, which lets others run. PGlite answers within this thread, so that without a turn of the event loop one
 * loop of transactions would let nothing else happen, not even the reading of requests.
 */
const WHEN_IDLE: Record<Database['engine'], (send: () => void) => void> = {
  postgres: (send) => queueMicrotask(() => process.nextTick(send)),
  pglite: (send) => void setImmediate(send),
};

function parserOf(oid: number): (text: string) => unknown {
  return types.getTypeParser(oid, 'text') as unknown as (text: string) => unknown;
}

/** PostgreSQL by URL, with a small pool: more connections would only wait for one another at the row that serialises a log. */
export function postgresPool(url: string): pg.Pool {
  return new pg.Pool({ connectionString: url, max: 8, types, application_name: 'anamnesis' });
}

/** PGlite is one session, so it has one connection; whoever comes second waits in the pool. */
export function pglitePool(stream: () => import('node:stream').Duplex): pg.Pool {
  return new pg.Pool({ stream, max: 1, idleTimeoutMillis: 0, user: 'postgres', database: 'postgres', types });
}

export class Engine implements Database {
  readonly engine: Database['engine'];
  readonly #pool: pg.Pool;
  readonly #closed: () => Promise<void>;
  readonly #names = new StatementNames();
  readonly #sessions = new WeakMap<pg.PoolClient, Session>();
  readonly #upkeep: Upkeep | null;

  /** @param closed is called once no connection is left. */
  constructor(engine: Database['engine'], pool: pg.Pool, closed: () => Promise<void> = async () => {}) {
    this.engine = engine;
    this.#pool = pool;
    this.#closed = closed;
    this.#upkeep = engine === 'pglite' ? new Upkeep(this) : null;
    // A connection that breaks while idle is replaced by the next query; without a listener it would end the process.
    pool.on('error', () => {});
  }

  query<Row extends object>(sql: string, params?: readonly unknown[], planned?: Planned): Promise<Row[]> {
    return this.#withClient((client) => this.#query<Row>(this.#sessionOf(client), sql, params, planned));
  }

  async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const effects: (() => void)[] = [];
      const onCommit = (effect: () => void): void => void effects.push(effect);
      try {
        const result = await this.#inTransaction((_, statements) => work({ ...statements, onCommit }));
        for (const effect of effects) effect();
        this.#upkeep?.committed();
        return result;
      } catch (error) {
        if (attempt === ATTEMPTS || !isRetryable(error)) throw error;
      }
    }
  }

  /** Applies the steps of the schema that are missing, in one transaction. */
  migrate(migrations: readonly Migration[]): Promise<void> {
    return this.#inTransaction((client, queryable) =>
      migrateWith(migrations, { ...queryable, script: async (sql) => void (await client.query(sql)) }),
    );
  }

  async close(): Promise<void> {
    if (this.#pool.ending) return;
    await this.#pool.end();
    await this.#closed();
  }

  /** Unlike `pool.query`, which throws the connection away with every statement that fails. */
  async #withClient<T>(work: (client: pg.PoolClient, broken: () => void) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect().catch((error: unknown) => Promise.reject(asStorageError(error)));
    let destroy = false;
    try {
      return await work(client, () => {
        destroy = true;
      });
    } finally {
      client.release(destroy);
    }
  }

  #inTransaction<T>(
    work: (client: pg.PoolClient, statements: Omit<Transaction, 'onCommit'>) => Promise<T>,
  ): Promise<T> {
    return this.#withClient(async (client, broken) => {
      const session = this.#sessionOf(client);
      let failure: unknown;
      let ended = false;
      const query = async <Row extends object>(
        sql: string,
        params?: readonly unknown[],
        planned?: Planned,
      ): Promise<Row[]> => {
        if (ended) throw new StorageError('storage-refused', 'The transaction has ended');
        try {
          return await this.#query<Row>(session, sql, params, planned);
        } catch (error) {
          failure ??= error;
          throw error;
        }
      };
      // What it ends in is told by the statement that is waited for next: the server passes over all that follow a failure.
      const send = (sql: string, params?: readonly unknown[]): void => void query(sql, params).catch(() => {});
      try {
        send('begin');
        const result = await work(client, { query, send });
        // PostgreSQL answers the commit of a failed transaction with a rollback and no error.
        if (failure !== undefined) throw failure;
        await query('commit');
        return result;
      } catch (error) {
        session.discard();
        await client.query('rollback').catch(broken);
        throw error;
      } finally {
        ended = true;
      }
    });
  }

  #sessionOf(client: pg.PoolClient): Session {
    const known = this.#sessions.get(client);
    if (known !== undefined) return known;
    const session = new Session(client, parserOf, WHEN_IDLE[this.engine]);
    this.#sessions.set(client, session);
    return session;
  }

  async #query<Row extends object>(
    session: Session,
    text: string,
    params: readonly unknown[] = [],
    planned: Planned = 'once',
  ): Promise<Row[]> {
    try {
      return (await session.query(text, params, planned === 'once' ? this.#names.nameOf(text) : undefined)) as Row[];
    } catch (error) {
      throw asStorageError(error);
    }
  }
}

function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new StorageError('storage-refused', 'A bigint is beyond 2^53');
  return value;
}
