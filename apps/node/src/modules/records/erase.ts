import { conflict, notFound } from '@anamnesis/protocol';
import { type ContentKey, keyOwner, lockLog, type Transaction } from '../../storage/index.ts';
import { versionReference } from './access.ts';
import { openSalts, openTexts, sealContent, sealSalt } from './content.ts';
import type { RecordsContext } from './context.ts';
import { deleteIndex } from './search/index.ts';

/** Which of a patient's records are to be erased: all; those that fall, or ever fell, under a sensitive class (bit mask); or one. */
export type Erasable =
  | { readonly kind: 'patient' }
  | { readonly kind: 'class'; readonly sensitive: number }
  | { readonly kind: 'record'; readonly type: string; readonly id: string };

/** What was erased. */
export interface ErasedRecords {
  /** Places in the record log whose contents are gone; their hashes stay. */
  readonly leaves: readonly number[];
  /** `type/id` of the records that are gone. */
  readonly references: readonly string[];
  /** Ids of the content keys that were deleted. */
  readonly keys: readonly string[];
  /** `type/id` of records of nobody or of others that refer to the Patient: they are not erased with her. */
  readonly mentions: readonly string[];
}

interface ErasedRow {
  readonly leaf_index: number;
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly key_id: string;
}

/** Mentions that are told, at most. */
const MENTIONS = 1_000;

/**
 * Erases records of a patient, every version of them: contents, salts, index rows, and the keys that they were encrypted with. What else was encrypted with one
 * of these keys is encrypted anew with another, so that not even a copy of the erased rows can be opened with what the node still holds. Leaves stay in
 * the record log, so all other proofs hold; without the salt nobody can confirm a guess about them (promise P5).
 *
 * The caller writes the access entry and `erased_leaf` in the same transaction. Errors: 404 when there is no such record of hers; 409, naming it, when a record that has to be
 * encrypted anew was changed behind the node's back.
 */
export async function eraseRecords(
  context: RecordsContext,
  tx: Transaction,
  patient: string,
  what: Erasable,
): Promise<ErasedRecords> {
  // Nobody else changes a record meanwhile.
  await lockLog(tx, 'records');
  const rows = await selectErased(tx, patient, what);
  if (rows.length === 0 && what.kind !== 'patient') throw notFound();
  const mentions = what.kind === 'patient' ? await mentionsOf(tx, patient) : [];
  const leaves = rows.map((row) => row.leaf_index);
  await tx.query('delete from resource_version where leaf_index = any($1::bigint[])', [leaves]);
  // A record goes when the version that it stands at has gone.
  const heads = await tx.query<{ row_id: number }>(
    `delete from resource r using unnest($1::text[], $2::text[], $3::int[]) as gone (type, id, version)
     where r.type = gone.type and r.id = gone.id and r.version = gone.version returning r.row_id`,
    [rows.map((row) => row.type), rows.map((row) => row.id), rows.map((row) => row.version)],
  );
  await deleteIndex(
    tx,
    heads.map((head) => head.row_id),
  );
  const keys = [...new Set(rows.map((row) => row.key_id))];
  const renewed = await selectUnder(tx, keys);
  const opened = await open(context, tx, renewed);
  await context.keys.erase(tx, keys);
  await encryptAnew(context, tx, opened);
  return { leaves, references: [...new Set(rows.map(({ type, id }) => `${type}/${id}`))], keys, mentions };
}

/** Every version of what is to be erased: of records that are hers now, and versions that were hers of records that are another's now. */
function selectErased(tx: Transaction, patient: string, what: Erasable): Promise<ErasedRow[]> {
  const condition =
    what.kind === 'patient'
      ? 'true'
      : what.kind === 'class'
        ? `exists (select from resource_version o where o.type = v.type and o.id = v.id and o.patient = $1 and o.sensitive & $2::int <> 0)`
        : 'v.type = $2 and v.id = $3';
  const params = what.kind === 'patient' ? [] : what.kind === 'class' ? [what.sensitive] : [what.type, what.id];
  return tx.query<ErasedRow>(
    `select v.leaf_index, v.type, v.id, v.version, v.key_id from resource_version v
     where (v.patient = $1 or exists (select from resource r where r.type = v.type and r.id = v.id and r.patient = $1)) and ${condition}
     order by v.leaf_index`,
    [patient, ...params],
  );
}

async function mentionsOf(tx: Transaction, patient: string): Promise<string[]> {
  const rows = await tx.query<{ type: string; id: string }>(
    `select distinct r.type, r.id from search_reference s join resource r on r.row_id = s.row_id
     where s.target_type = 'Patient' and s.target_id = $1 and r.patient is distinct from $1 order by r.type, r.id limit ${MENTIONS}`,
    [patient],
  );
  return rows.map(({ type, id }) => `${type}/${id}`);
}

interface KeptRow extends ErasedRow {
  readonly patient: string | null;
  readonly sensitive: number;
  readonly salt: Uint8Array;
  readonly content: Uint8Array;
  /** Its content stands in `resource`. */
  readonly current: boolean;
}

function selectUnder(tx: Transaction, keys: readonly string[]): Promise<KeptRow[]> {
  return tx.query<KeptRow>(
    `select v.leaf_index, v.type, v.id, v.version, v.key_id, v.patient, v.sensitive, v.salt, coalesce(v.content, r.content) as content,
       v.content is null as current
     from resource_version v join resource r on r.type = v.type and r.id = v.id where v.key_id = any($1::text[])`,
    [keys],
  );
}

interface OpenedRow extends KeptRow {
  readonly text: string;
  readonly plainSalt: Uint8Array;
}

async function open(context: RecordsContext, tx: Transaction, rows: readonly KeptRow[]): Promise<OpenedRow[]> {
  const opened: OpenedRow[] = [];
  for (const row of rows) {
    try {
      const [text] = await openTexts(context.keys, tx, [row]);
      const [plainSalt] = await openSalts(context.keys, tx, [row]);
      if (text != null && plainSalt !== undefined) opened.push({ ...row, text, plainSalt });
    } catch {
      // Under a new key it would seem to be whole, and under the old one it would be gone: an operator has to look first.
      throw conflict(`${versionReference(row)} was changed behind the node's back; nothing was erased`);
    }
  }
  return opened;
}

async function encryptAnew(context: RecordsContext, tx: Transaction, rows: readonly OpenedRow[]): Promise<void> {
  if (rows.length === 0) return;
  const ownerOf = (row: KeptRow): string => keyOwner(row.patient, row.sensitive);
  const keys = await context.keys.forOwners(tx, rows.map(ownerOf));
  const sealed = rows.map((row) => {
    const key = keys.get(ownerOf(row)) as ContentKey;
    return { row, key, salt: sealSalt(key, row, row.plainSalt), content: sealContent(key, row, row.text) };
  });
  await tx.query(
    `update resource_version v set key_id = n.key_id, salt = n.salt, content = case when v.content is null then null else n.content end
     from unnest($1::bigint[], $2::text[], $3::bytea[], $4::bytea[]) as n (leaf_index, key_id, salt, content)
     where v.leaf_index = n.leaf_index`,
    [
      sealed.map(({ row }) => row.leaf_index),
      sealed.map(({ key }) => key.id),
      sealed.map(({ salt }) => salt),
      sealed.map(({ content }) => content),
    ],
  );
  const current = sealed.filter(({ row }) => row.current);
  await tx.query(
    `update resource r set key_id = n.key_id, content = n.content
     from unnest($1::text[], $2::text[], $3::text[], $4::bytea[]) as n (type, id, key_id, content) where r.type = n.type and r.id = n.id`,
    [
      current.map(({ row }) => row.type),
      current.map(({ row }) => row.id),
      current.map(({ key }) => key.id),
      current.map(({ content }) => content),
    ],
  );
}
