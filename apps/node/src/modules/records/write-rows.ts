import type { Transaction } from '../../storage/index.ts';

/** A new version of a record, ready to be stored. */
export interface NewVersion {
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
}

/**
 * Stores new versions in one statement: the row of each version, the record's row in `resource`, and the content of the version that it
 * replaces, which moves into that version's row. The parts of a WITH see the database as it was before, so that moving reads the old content.
 */
const WRITE = `
with change as (
  select * from unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::text[], $6::int[], $7::int[], $8::bigint[], $9::text[],
    $10::bytea[], $11::bytea[], $12::bigint[])
    as change (type, id, version, method, patient, category, sensitive, care_at, key_id, salt, content, leaf_index)
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
  (type, id, version, deleted, last_updated, patient, category, sensitive, care_at, key_id, content)
select type, id, version, method = 'DELETE', $13::timestamptz, patient, category, sensitive, care_at, key_id, content from change
on conflict (type, id) do update set version = excluded.version, deleted = excluded.deleted, last_updated = excluded.last_updated,
  patient = excluded.patient, category = excluded.category, sensitive = excluded.sensitive, care_at = excluded.care_at,
  key_id = excluded.key_id, content = excluded.content
returning row_id, type, id`;

/**
 * Stores new versions of different records, whose leaves begin at `firstLeaf`. The record log must be locked.
 * @param at milliseconds since 1970.
 * @returns the `row_id` of each, in their order.
 */
export async function writeVersions(
  tx: Transaction,
  versions: readonly NewVersion[],
  firstLeaf: number,
  at: number,
): Promise<number[]> {
  if (versions.length === 0) return [];
  const column = <K extends keyof NewVersion>(name: K): NewVersion[K][] => versions.map((version) => version[name]);
  const rows = await tx.query<{ row_id: number; type: string; id: string }>(WRITE, [
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
    versions.map((_, at) => firstLeaf + at),
    new Date(at).toISOString(),
  ]);
  const ids = new Map(rows.map((row) => [`${row.type}/${row.id}`, row.row_id]));
  return versions.map((version) => ids.get(`${version.type}/${version.id}`) as number);
}
