import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StorageError } from './errors.ts';

/**
 * Keeps a data directory to one process: PGlite has no guard of its own, and two of them in one directory destroy it.
 *
 * The lock is the operating system's, held on an open file (SQLite takes it for us, on every platform alike). So it ends with the process,
 * by `kill -9` too, and there is no stale lock to judge; and it holds between containers that share the directory, where process ids lie.
 * @returns how to let go of it. Errors: `storage-in-use`.
 */
export function lockDirectory(directory: string): () => void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = new DatabaseSync(join(directory, 'anamnesis.lock'));
  try {
    file.exec('pragma journal_mode = off; begin exclusive');
  } catch {
    file.close();
    throw new StorageError('storage-in-use', `The data directory is in use by another process: ${directory}`);
  }
  return () => file.close();
}
