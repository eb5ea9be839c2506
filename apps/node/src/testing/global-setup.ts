import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { openDatabase } from '../storage/index.ts';
import { startPostgres } from './postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of a PostgreSQL server without a database name. */
    postgres: string;
    /** A fresh data directory of PGlite, from which the tests copy theirs. */
    pglite: string;
  }
}

/** Once for a run of vitest: a PostgreSQL server, and a data directory of PGlite to copy. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'anamnesis-pglite-'));
  const [postgres] = await Promise.all([
    startPostgres(),
    openDatabase({ directory }).then((database) => database.close()),
  ]);
  project.provide('postgres', postgres.url);
  project.provide('pglite', directory);
  return async () => {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  };
}
