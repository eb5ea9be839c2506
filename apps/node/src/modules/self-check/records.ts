import { createHash } from 'node:crypto';
import { openEnvelope } from '@anamnesis/crypto/envelope';
import { commitmentOf, fromUtf8, parseStoredJson } from '@anamnesis/protocol';
import type { Queryable } from '../../storage/index.ts';
import { rollbackDecisions } from '../checkpoints/index.ts';
import type { ExchangeContext } from '../exchange/index.ts';
import { expectedIndex, type VersionColumns, wrongColumns } from '../records/check-row.ts';
import type { FhirResource } from '../records/index.ts';
import { readIndexLines } from '../records/search/write.ts';
import { erasedPlaces } from './erased.ts';
import type { Finding } from './index.ts';
import { openableKeys } from './keys.ts';
import type { CheckedTree } from './tree.ts';

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
const PORTION = 500;

interface Row extends VersionColumns {
  readonly leaf_index: number;
  readonly key_id: string;
  readonly salt: Uint8Array;
  readonly content: Uint8Array | null;
  /** Of table `resource`, where this is the current version. */
  readonly row_id: number | null;
  readonly twice: boolean;
}

/** Every version at its place in the record log: its content is the committed one, its columns say what the content says, the current row is the newest. */
export async function checkRecords(context: ExchangeContext, q: Queryable, tree: CheckedTree): Promise<Finding[]> {
  const { places: erased, findings: unproven } = await erasedPlaces(context, q, 'records');
  const findings: Finding[] = [...unproven];
  const lost = (await rollbackDecisions(q)).filter(({ log }) => log === 'records');
  const previous = new Map<string, VersionColumns>();
  for (let start = 0; start < tree.size; start += PORTION) {
    const end = Math.min(start + PORTION, tree.size);
    const rows = await q.query<Row>(
      `select v.leaf_index, v.type, v.id, v.version, v.method, v.last_updated, v.patient, v.category, v.sensitive, v.care_at, v.key_id,
         v.salt, coalesce(v.content, r.content) as content, r.row_id, v.content is not null and r.content is not null as twice
       from resource_version v left join resource r on r.type = v.type and r.id = v.id and r.version = v.version
       where v.leaf_index >= $1 and v.leaf_index < $2 order by v.leaf_index`,
      [start, end],
    );
    const byPlace = new Map(rows.map((row) => [row.leaf_index, row]));
    for (let place = start; place < end; place++) {
      if (byPlace.has(place) || erased.has(place)) continue;
      if (lost.some(({ kept, posted }) => place >= kept && place < posted)) continue;
      findings.push({
        where: `records log, leaf ${place}`,
        reason: 'record-missing',
        detail: 'the record version that stood here is gone',
      });
    }
    findings.push(...(await checkRows(context, q, tree, rows, erased, previous)));
  }
  findings.push(...(await strayRows(q, tree.size)));
  return findings;
}

async function checkRows(
  context: ExchangeContext,
  q: Queryable,
  tree: CheckedTree,
  rows: readonly Row[],
  erased: ReadonlySet<number>,
  previous: Map<string, VersionColumns>,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const keys = await openableKeys(
    context,
    q,
    rows.map((row) => row.key_id),
  );
  const index = await readIndexLines(
    q,
    rows.flatMap(({ row_id }) => row_id ?? []),
  );
  for (const row of rows) {
    const where = `${row.type}/${row.id}/_history/${row.version}`;
    const fail = (reason: string, detail: string): void => void findings.push({ where, reason, detail });
    const before = previous.get(`${row.type}/${row.id}`) ?? null;
    previous.set(`${row.type}/${row.id}`, row);
    if (erased.has(row.leaf_index)) continue;
    if (row.version !== (before?.version ?? 0) + 1) fail('out-of-order', `it follows version ${before?.version ?? 0}`);
    const opened = open(keys.get(row.key_id)?.secret, row, where);
    if (opened === null) {
      fail('unreadable', 'its content, its salt or its key was changed, moved or deleted');
      continue;
    }
    const { text, salt } = opened;
    const commitment = commitmentOf({ kind: 'record', ...context.ledger }, salt, text, sha256);
    if (!tree.holds(row.leaf_index, commitment)) {
      fail('content-differs', 'its content is not what the log commits to at its place');
      continue;
    }
    const resource = parseStoredJson(text) as FhirResource;
    for (const column of wrongColumns(row, resource, before))
      fail('column-differs', `${column} says something else than the content`);
    if (row.twice) fail('content-twice', 'it has two contents');
    if (row.row_id === null || row.method === 'DELETE') continue;
    const wanted = expectedIndex(context, resource, row.sensitive);
    const found = index.get(row.row_id) ?? [];
    if (wanted.length !== found.length || wanted.some((line, at) => line !== found[at])) {
      fail('index-differs', 'search would find it, or not find it, by something else than its content');
    }
  }
  return findings;
}

/** The text and the salt of a version; null when they cannot be opened. */
function open(
  key: Parameters<typeof openEnvelope>[0] | undefined,
  row: Row,
  where: string,
): { text: string; salt: Uint8Array } | null {
  if (key === undefined || row.content === null) return null;
  try {
    return {
      text: fromUtf8(openEnvelope(key, row.content, where)),
      salt: openEnvelope(key, row.salt, `${where}#salt`),
    };
  } catch {
    return null;
  }
}

/** Rows that no leaf stands for, and current rows that are not the newest version or say something else than it. */
async function strayRows(q: Queryable, size: number): Promise<Finding[]> {
  const beyond = await q.query<{ where: string }>(
    `select type || '/' || id || '/_history/' || version as where from resource_version where leaf_index >= $1 or leaf_index < 0`,
    [size],
  );
  const current = await q.query<{ where: string }>(
    `select r.type || '/' || r.id || '/_history/' || r.version as where from resource r
     left join resource_version v on v.type = r.type and v.id = r.id and v.version = r.version
     where v.leaf_index is null or r.deleted is distinct from (v.method = 'DELETE') or r.last_updated is distinct from v.last_updated
       or r.patient is distinct from v.patient or r.category is distinct from v.category or r.sensitive is distinct from v.sensitive
       or r.care_at is distinct from v.care_at or r.key_id is distinct from v.key_id
       or exists (select from resource_version n where n.type = v.type and n.id = v.id and n.version > v.version)`,
  );
  const headless = await q.query<{ where: string }>(
    `select v.type || '/' || v.id || '/_history/' || v.version as where from resource_version v
     where not exists (select from resource r where r.type = v.type and r.id = v.id)
       and not exists (select from erased_leaf e where e.log = 'records' and e.leaf_index = v.leaf_index)`,
  );
  const index = await q.query<{ where: string }>(
    ['token', 'string', 'date', 'quantity', 'reference']
      .map(
        (kind) => `select 'search_' || '${kind}' || ' row ' || row_id as where from search_${kind} s
          where not exists (select from resource r where r.row_id = s.row_id and not r.deleted) group by row_id`,
      )
      .join(' union all '),
  );
  const told = (rows: readonly { where: string }[], reason: string, detail: string): Finding[] =>
    rows.map(({ where }) => ({ where, reason, detail }));
  return [
    ...told(beyond, 'no-leaf', 'no leaf of the log stands for it'),
    ...told(current, 'not-the-newest', 'its current row is not that of its newest version'),
    ...told(headless, 'current-missing', 'its current row is gone'),
    ...told(index, 'index-stray', 'search has rows for what is no record'),
  ];
}
