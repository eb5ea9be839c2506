import { AnamnesisError } from '@anamnesis/protocol';
import { type ContentKey, keyOwner, lockLog, type Transaction } from '../../storage/index.ts';
import { classify } from './classify.ts';
import { openContents, openSalts, openTexts, sealContent, sealSalt } from './content.ts';
import type { RecordsContext } from './context.ts';
import type { FhirResource } from './search/index.ts';

interface LabelledRow {
  readonly leaf_index: number;
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly patient: string | null;
  readonly category: number;
  readonly sensitive: number;
  readonly care_at: number | null;
  readonly key_id: string;
  readonly salt: Uint8Array;
  readonly content: Uint8Array;
  readonly current: boolean;
  readonly kept: boolean;
  /** Classes of the version before: what a deletion has. */
  readonly before: number | null;
}

/**
 * Labels versions anew whose place in the record log is beyond `from`, `count` at most: a version that falls under other sensitive classes than before is
 * encrypted anew, under their key, content and salt. What is committed does not change, so every proof holds. A version that cannot be opened stays as it is.
 *
 * @returns the place of the last one; null when there was none.
 */
export async function relabelAfter(
  context: RecordsContext,
  tx: Transaction,
  from: number,
  count: number,
): Promise<number | null> {
  // Nobody else changes a record meanwhile.
  await lockLog(tx, 'records');
  const rows = await tx.query<LabelledRow>(
    `select v.leaf_index, v.type, v.id, v.version, v.method, v.patient, v.category, v.sensitive, v.care_at, v.key_id, v.salt,
       coalesce(v.content, r.content) as content, v.version = r.version as current, v.content is not null as kept,
       (select p.sensitive from resource_version p where p.type = v.type and p.id = v.id and p.version = v.version - 1) as before
     from resource_version v join resource r on r.type = v.type and r.id = v.id
     where v.leaf_index > $1 order by v.leaf_index limit $2`,
    [from, count],
  );
  for (const row of rows) await relabel(context, tx, row);
  return rows.at(-1)?.leaf_index ?? null;
}

async function relabel(context: RecordsContext, tx: Transaction, row: LabelledRow): Promise<void> {
  const opened = await open(context, tx, row);
  if (opened === null) return;
  const { resource, salt } = opened;
  const { category, sensitive, careAt } =
    row.method === 'DELETE'
      ? { category: row.category, sensitive: row.before ?? row.sensitive, careAt: row.care_at }
      : classify(resource);
  if (category === row.category && sensitive === row.sensitive && careAt === row.care_at) return;
  const owner = keyOwner(row.patient, sensitive);
  const key = (await context.keys.forOwners(tx, [owner])).get(owner) as ContentKey;
  const content = sealContent(key, row, opened.text);
  await tx.query(
    `update resource_version set category = $2, sensitive = $3, care_at = $4, key_id = $5, salt = $6, content = $7 where leaf_index = $1`,
    [row.leaf_index, category, sensitive, careAt, key.id, sealSalt(key, row, salt), row.kept ? content : null],
  );
  if (!row.current) return;
  await tx.query(
    'update resource set category = $3, sensitive = $4, care_at = $5, key_id = $6, content = $7 where type = $1 and id = $2',
    [row.type, row.id, category, sensitive, careAt, key.id, content],
  );
}

async function open(
  context: RecordsContext,
  tx: Transaction,
  row: LabelledRow,
): Promise<{ readonly resource: FhirResource; readonly text: string; readonly salt: Uint8Array } | null> {
  try {
    const [opened] = await openContents(context.keys, tx, [row]);
    const [text] = await openTexts(context.keys, tx, [row]);
    const [salt] = await openSalts(context.keys, tx, [row]);
    return opened === undefined || text == null || salt === undefined
      ? null
      : { resource: opened.resource, text, salt };
  } catch (error) {
    if (error instanceof AnamnesisError && (error.code === 'key-erased' || error.code === 'storage-damaged'))
      return null;
    throw error;
  }
}
