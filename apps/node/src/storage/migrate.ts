import type { Migration, Queryable } from './types.ts';

/** What migrating needs of a transaction: also scripts of several statements. */
export interface Migrator extends Queryable {
  script(sql: string): Promise<void>;
}

/** Any number, but always this one: it keeps two processes from migrating one database at the same time. */
const MIGRATION_LOCK = 0x616e616d;

/**
 * Applies the steps that the database lacks, in order, within the caller's transaction: a failing step leaves nothing behind. Table
 * `schema_version` tells which have been applied.
 */
export async function migrateWith(migrations: readonly Migration[], tx: Migrator): Promise<void> {
  await tx.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
  await tx.script(
    'create table if not exists schema_version (id text primary key, applied_at timestamptz not null default now())',
  );
  const applied = new Set((await tx.query<{ id: string }>('select id from schema_version')).map((row) => row.id));
  for (const { id, sql } of migrations) {
    if (applied.has(id)) continue;
    await tx.script(sql);
    await tx.query('insert into schema_version (id) values ($1)', [id]);
  }
}
