import { Engine, postgresPool } from './engine.ts';
import { asStorageError, StorageError } from './errors.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { openPGlite } from './pglite.ts';
import type { Database } from './types.ts';

/** Where the database is: PostgreSQL at `url`, otherwise PGlite in `directory`. */
export interface DatabaseLocation {
  /** `postgres://user:password@host:port/name`. */
  readonly url?: string | undefined;
  readonly directory?: string | undefined;
  /** A closed data directory of PGlite from which a new one is copied: faster where many are made, as in tests. */
  readonly template?: string | undefined;
}

/**
 * Opens the node's database and brings its schema up to date.
 *
 * Errors: `storage-in-use` when another process holds the directory, `storage-unavailable` when PostgreSQL cannot be reached,
 * `storage-damaged` when PGlite cannot open the directory, `storage-refused` when a migration fails.
 */
export async function openDatabase({ url, directory, template }: DatabaseLocation): Promise<Database> {
  const engine = await openEngine(url, directory, template);
  try {
    await engine.migrate(MIGRATIONS);
  } catch (error) {
    await engine.close();
    throw error;
  }
  return engine;
}

async function openEngine(url?: string, directory?: string, template?: string): Promise<Engine> {
  if (url !== undefined) return openPostgres(url);
  if (directory !== undefined) return openPGlite(directory, template);
  throw new StorageError('storage-unavailable', 'A database needs a URL or a directory');
}

async function openPostgres(url: string): Promise<Engine> {
  const pool = postgresPool(url);
  try {
    await pool.query('select 1');
  } catch (error) {
    await pool.end();
    throw asStorageError(error);
  }
  return new Engine('postgres', pool);
}
