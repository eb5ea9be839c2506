import type { Database, Transaction } from '../../storage/index.ts';

/** A new version of a record, ready to be stored. */
export interface NewVersion {
  /** The record's, or a new one: see `newRowIds`. */
  readonly rowId: number;
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly patient: string | null;
  readonly category: number;
  readonly sensitive: number;
  readonly careAt: number | null;
  readonly keyId: string;
  readonly salt: Uint8Array;
  readonly content: Uint8Array;
  /** The salted commitment that becomes a leaf of the record log. */
  readonly leaf: Uint8Array;
}

/**
 * Stores new versions in one statement: its leaf, the row of each version, the record's row in `resource`, and the content of the version that it
 * replaces, which moves into that version's row. The parts of a WITH see the database as it was before, so that moving reads the old content.
 */
const WRITE = `
with place as (
  select append_leaves('records', $12::bytea[]) as first
), change as materialized (
  select change.*, first + at - 1 as leaf_index from place, unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::text[],
    $6::int[], $7::int[], $8::bigint[], $9::text[], $10::bytea[], $11::bytea[], $14::bigint[]) with ordinality
    as change (type, id, version, method, patient, category, sensitive, care_at, key_id, salt, content, row_id, at)
), replaced as (
  update resource_version v set content = r.content
  from change c join resource r on r.type = c.type and r.id = c.id
  where c.version > 1 and v.type = r.type and v.id = r.id and v.version = r.version
), version as (
  insert into resource_version
    (leaf_index, type, id, version, method, last_updated, patient, category, sensitive, care_at, key_id, salt)
  select leaf_index, type, id, version, method, $13::timestamptz, patient, category, sensitive, care_at, key_id, salt from change
)
insert into resource
  (row_id, type, id, version, deleted, last_updated, patient, category, sensitive, care_at, key_id, content)
overriding system value
select row_id, type, id, version, method = 'DELETE', $13::timestamptz, patient, category, sensitive, care_at, key_id, content from change
on conflict (type, id) do update set version = excluded.version, deleted = excluded.deleted, last_updated = excluded.last_updated,
  patient = excluded.patient, category = excluded.category, sensitive = excluded.sensitive, care_at = excluded.care_at,
  key_id = excluded.key_id, content = excluded.content`;

/**
 * Stores new versions of different records and appends their leaves, without waiting: it travels with the next statement. The record log must be locked.
 * @param at milliseconds since 1970.
 */
export function writeVersions(tx: Transaction, versions: readonly NewVersion[], at: number): void {
  if (versions.length === 0) return;
  const column = <K extends keyof NewVersion>(name: K): NewVersion[K][] => versions.map((version) => version[name]);
  tx.send(WRITE, [
    column('type'),
    column('id'),
    column('version'),
    column('method'),
    column('patient'),
    column('category'),
    column('sensitive'),
    column('careAt'),
    column('keyId'),
    column('salt'),
    column('content'),
    column('leaf'),
    new Date(at).toISOString(),
    column('rowId'),
  ]);
}

/** Numbers of rows that this process may give, and has not. */
const spare = new WeakMap<Database, number[]>();
/** Taken at once; those that a process ends with are never given. */
const TAKEN = 500;

/**
 * Numbers for the rows of new records, the smallest last, from the table's own sequence, many at a time: so a write needs no round trip to learn them.
 */
export async function newRowIds(database: Database, tx: Transaction, count: number): Promise<number[]> {
  const kept = spare.get(database) ?? [];
  spare.set(database, kept);
  const ids = kept.splice(0, count);
  if (ids.length === count) return ids.reverse();
  const rows = await tx.query<{ id: number }>(
    `select nextval(pg_get_serial_sequence('resource', 'row_id')) as id from generate_series(1, $1)`,
    [count - ids.length + TAKEN],
  );
  const taken = rows.map((row) => row.id);
  ids.push(...taken.splice(0, count - ids.length));
  kept.push(...taken);
  return ids.reverse();
}
