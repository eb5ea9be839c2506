import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { DurableFS } from './durable-fs.ts';
import { Engine, pglitePool } from './engine.ts';
import { StorageError } from './errors.ts';
import { lockDirectory } from './lock.ts';
import { PGliteStream } from './pglite-stream.ts';

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
    const database = await start(cluster);
    return new Engine(
      'pglite',
      pglitePool(() => new PGliteStream(database)),
      async () => {
        await database.close();
        unlock();
      },
    );
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
    // PGlite's own choice is `-F`: no fsync at all. Its buffers are memory of this process, and what is not in them is in the operating system's.
    startParams: [
      ...PGlite.defaultStartParams.filter((word) => word !== '-F'),
      ...['-c', 'wal_sync_method=fsync', '-c', 'shared_buffers=16MB'],
    ],
  });
  await database.waitReady;
  return database;
}
