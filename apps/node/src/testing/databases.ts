import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { type Database, type DatabaseLocation, openDatabase } from '../storage/index.ts';
import { createPostgresDatabase } from './postgres.ts';

/** A database of a test's own. */
export interface TestDatabase {
  readonly database: Database;
  readonly location: DatabaseLocation;
  /** Closes it and removes what it left. */
  end(): Promise<void>;
}

/** Both engines, for suites that run over each: `describe.each(ENGINES)('$name', ({ locate }) => …)`. */
export const ENGINES = [
  { name: 'PGlite', open: openTestPGlite },
  { name: 'PostgreSQL', open: openTestPostgres },
] as const;

/** Where a whole node keeps its records, as settings of it: both engines, for suites that run over each. Needs the global setup. */
export const LOCATIONS: readonly { readonly name: string; at(): Promise<{ readonly databaseUrl?: string }> }[] = [
  { name: 'PGlite', at: async () => ({}) },
  { name: 'PostgreSQL', at: async () => ({ databaseUrl: await createPostgresDatabase(inject('postgres')) }) },
];

/** A PGlite database in a directory of its own. Needs the global setup. */
export async function openTestPGlite(): Promise<TestDatabase> {
  const directory = await mkdtemp(join(tmpdir(), 'anamnesis-test-'));
  const location = { directory, template: inject('pglite') };
  const database = await openDatabase(location);
  return {
    database,
    location,
    end: async () => {
      await database.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A database of its own on the run's PostgreSQL. Needs the global setup. */
export async function openTestPostgres(): Promise<TestDatabase> {
  const location = { url: await createPostgresDatabase(inject('postgres')) };
  const database = await openDatabase(location);
  return { database, location, end: () => database.close() };
}
