import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite, type Transaction as PGliteTransaction } from '@electric-sql/pglite';
import { DurableFS } from './durable-fs.ts';
import { asStorageError, StorageError } from './errors.ts';
import { lockDirectory } from './lock.ts';
import { migrateWith } from './migrate.ts';
import type { Engine, Transaction } from './types.ts';

const INT8 = 20;
const INT8_ARRAY = 1016;

/**
 * Opens PGlite on disk. The directory is made when it is missing and locked for this process. A commit is on stable storage when it is
 * acknowledged: see `DurableFS`. After a crash PostgreSQL's own recovery runs at opening.
 * @param template a closed data directory that a missing one is copied from, which is ten times faster than making one.
 * Errors: `storage-in-use`, `storage-damaged`.
 */
export async function openPGlite(directory: string, template?: string): Promise<Engine> {
  const unlock = lockDirectory(directory);
  try {
    const cluster = join(directory, 'pgdata');
    if (!existsSync(cluster)) await makeCluster(directory, cluster, template);
    return new PGliteEngine(await start(cluster), unlock);
  } catch (error) {
    unlock();
    if (error instanceof StorageError) throw error;
    throw new StorageError('storage-damaged', `The database in ${directory} cannot be opened`);
  }
}

/** Made aside and renamed, so that a process killed meanwhile leaves nothing half made. */
async function makeCluster(directory: string, cluster: string, template: string | undefined): Promise<void> {
  const unfinished = join(directory, 'pgdata.new');
  rmSync(unfinished, { recursive: true, force: true });
  if (template === undefined) {
    mkdirSync(unfinished, { mode: 0o700 });
    await (await start(unfinished)).close();
  } else {
    await cp(join(template, 'pgdata'), unfinished, { recursive: true });
  }
  renameSync(unfinished, cluster);
}

async function start(cluster: string): Promise<PGlite> {
  const database = new PGlite({
    fs: new DurableFS(cluster),
    relaxedDurability: false,
    // PGlite's own choice is `-F`: no fsync at all.
    startParams: [...PGlite.defaultStartParams.filter((word) => word !== '-F'), '-c', 'wal_sync_method=fsync'],
    parsers: { [INT8]: parseInt8, [INT8_ARRAY]: parseInt8Array },
  });
  await database.waitReady;
  return database;
}

function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new StorageError('storage-refused', 'A bigint is beyond 2^53');
  return value;
}

function parseInt8Array(text: string): number[] {
  return text === '{}' ? [] : text.slice(1, -1).split(',').map(parseInt8);
}

class PGliteEngine implements Engine {
  readonly engine = 'pglite';
  readonly #database: PGlite;
  readonly #unlock: () => void;

  constructor(database: PGlite, unlock: () => void) {
    this.#database = database;
    this.#unlock = unlock;
  }

  query<Row extends object>(sql: string, params?: readonly unknown[]): Promise<Row[]> {
    return query<Row>(this.#database, sql, params);
  }

  async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const effects: (() => void)[] = [];
    let failure: unknown;
    const note = (error: unknown): never => {
      failure ??= error;
      throw error;
    };
    try {
      const result = await this.#database.transaction(async (tx) => {
        const done = await work({
          query: (sql, params) => query<never>(tx, sql, params).catch(note),
          onCommit: (effect) => void effects.push(effect),
        }).catch(note);
        // PostgreSQL answers the commit of a failed transaction with a rollback and no error.
        if (failure !== undefined) throw failure;
        return done;
      });
      for (const effect of effects) effect();
      return result as T;
    } catch (error) {
      throw failure ?? asStorageError(error);
    }
  }

  migrate(migrations: Parameters<Engine['migrate']>[0]): Promise<void> {
    return this.#database.transaction((tx) =>
      migrateWith(migrations, {
        query: (sql, params) => query(tx, sql, params),
        script: async (sql) => void (await tx.exec(sql)),
      }),
    );
  }

  async close(): Promise<void> {
    if (this.#database.closed) return;
    await this.#database.close();
    this.#unlock();
  }
}

async function query<Row extends object>(
  target: PGlite | PGliteTransaction,
  sql: string,
  params: readonly unknown[] = [],
): Promise<Row[]> {
  try {
    return (await target.query<Row>(sql, [...params])).rows;
  } catch (error) {
    throw asStorageError(error);
  }
}
