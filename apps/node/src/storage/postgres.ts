import pg from 'pg';
import { asStorageError, isRetryable, StorageError } from './errors.ts';
import { migrateWith } from './migrate.ts';
import type { Engine, Transaction } from './types.ts';

/** Connections at once: more would only wait for one another at the row that serialises a log. */
const CONNECTIONS = 8;
const ATTEMPTS = 4;
const INT8 = 20;
const INT8_ARRAY = 1016;

const types = new pg.TypeOverrides();
types.setTypeParser(INT8, parseInt8);
types.setTypeParser(INT8_ARRAY, (text: string) => (text === '{}' ? [] : text.slice(1, -1).split(',').map(parseInt8)));

/** Opens PostgreSQL (15 or later) by URL with a small pool. Errors: `storage-unavailable` when it cannot be reached. */
export async function openPostgres(url: string): Promise<Engine> {
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS, types, application_name: 'anamnesis' });
  // A connection that breaks while idle is replaced by the next query; without a listener it would end the process.
  pool.on('error', () => {});
  try {
    await pool.query('select 1');
  } catch (error) {
    await pool.end();
    throw asStorageError(error);
  }
  return new PostgresEngine(pool);
}

function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new StorageError('storage-refused', 'A bigint is beyond 2^53');
  return value;
}

class PostgresEngine implements Engine {
  readonly engine = 'postgres';
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  query<Row extends object>(sql: string, params?: readonly unknown[]): Promise<Row[]> {
    return query<Row>(this.#pool, sql, params);
  }

  async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const effects: (() => void)[] = [];
      const onCommit = (effect: () => void): void => void effects.push(effect);
      try {
        const result = await this.#inTransaction((client) => run(client, work, onCommit));
        for (const effect of effects) effect();
        return result;
      } catch (error) {
        if (attempt === ATTEMPTS || !isRetryable(error)) throw error;
      }
    }
  }

  migrate(migrations: Parameters<Engine['migrate']>[0]): Promise<void> {
    return this.#inTransaction((client) =>
      migrateWith(migrations, {
        query: (sql, params) => query(client, sql, params),
        script: async (sql) => void (await client.query(sql)),
      }),
    );
  }

  async close(): Promise<void> {
    if (!this.#pool.ending) await this.#pool.end();
  }

  async #inTransaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect().catch((error: unknown) => Promise.reject(asStorageError(error)));
    let broken = false;
    try {
      await query(client, 'begin');
      const result = await work(client);
      await query(client, 'commit');
      return result;
    } catch (error) {
      await client.query('rollback').catch(() => {
        broken = true;
      });
      throw error;
    } finally {
      client.release(broken);
    }
  }
}

/** PostgreSQL answers the commit of a failed transaction with a rollback and no error: so a failed statement is remembered. */
async function run<T>(
  client: pg.PoolClient,
  work: (tx: Transaction) => Promise<T>,
  onCommit: (effect: () => void) => void,
): Promise<T> {
  let failure: unknown;
  const note = (error: unknown): never => {
    failure ??= error;
    throw error;
  };
  const result = await work({ query: (sql, params) => query<never>(client, sql, params).catch(note), onCommit });
  if (failure !== undefined) throw failure;
  return result;
}

async function query<Row extends object>(
  target: pg.Pool | pg.PoolClient,
  sql: string,
  params: readonly unknown[] = [],
): Promise<Row[]> {
  try {
    return (await target.query<Row & pg.QueryResultRow>(sql, [...params])).rows;
  } catch (error) {
    throw asStorageError(error);
  }
}
