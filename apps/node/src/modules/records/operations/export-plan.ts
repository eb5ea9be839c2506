import type { Transaction } from '../../../storage/index.ts';
import type { Scope } from '../../consent/scope.ts';
import type { RecordsContext } from '../context.ts';
import { matchingRows, scopePredicate } from '../search/index.ts';
import { SHARED } from '../search/narrowed.ts';
import { names } from '../search/statement.ts';
import { searchRequest } from '../searchset.ts';
import { type ExportJob, type ExportRequest, findJob } from './export-jobs.ts';

/** Records of one file. */
const PART_SIZE = 10_000;

/**
 * Goes one step on with an export: notes the places of up to 10,000 records as a part. Each step is a transaction of its own and knows from the database
 * where to go on, so a restart loses nothing, and two processes that do the same do it once. Errors: 404 when the export is gone.
 */
export async function planStep(
  context: RecordsContext,
  scope: Scope,
  owner: string,
  id: string,
): Promise<'more' | 'ready'> {
  return context.database.transaction(async (tx) => {
    const job = await findJob(context, tx, owner, id, 'for update');
    if (job.ready) return 'ready';
    const { types, since } = job.request;
    const type = types[job.done];
    // What was deleted comes after all types.
    const deleted = type === undefined && since !== null && job.done === types.length;
    if (type === undefined && !deleted) {
      await tx.query('update export_job set ready = true where id = $1', [id]);
      return 'ready';
    }
    const last = await addPart(context, tx, scope, job, type ?? null);
    await tx.query('update export_job set next_type = $2, after_leaf = $3 where id = $1', [
      id,
      last === null ? job.done + 1 : job.done,
      last ?? -1,
    ]);
    return 'more';
  });
}

/** @returns the last place of the part when there may be another of the same type; otherwise null. */
async function addPart(
  context: RecordsContext,
  tx: Transaction,
  scope: Scope,
  { id, request, logSize, afterLeaf }: ExportJob,
  type: string | null,
): Promise<number | null> {
  const params: unknown[] = [id, type === null ? 'deleted' : 'output', type ?? 'Bundle'];
  const bind = (value: unknown): string => `$${params.push(value)}`;
  const end = `${bind(logSize)}::bigint`;
  const versions = [
    `v.leaf_index > ${bind(afterLeaf)}::bigint and v.leaf_index < ${end}`,
    type === null
      ? `v.method = 'DELETE' and v.type = any(${bind([...request.types])}::text[])`
      : `v.method <> 'DELETE' and v.type = ${bind(type)}`,
    scopePredicate(scope, 'v', bind),
  ];
  if (request.since !== null)
    versions.push(`v.last_updated >= ${bind(new Date(request.since).toISOString())}::timestamptz`);
  const conditions = [
    // The version that was current at that point of the log, as most are today.
    `(r.version = v.version or not exists (select from resource_version later where later.type = v.type and later.id = v.id
       and later.version = v.version + 1 and later.leaf_index < ${end} offset 0))`,
    scopePredicate(scope, 'r', bind),
  ];
  if (request.level !== 'system') conditions.push(ofPatients(request, scope, type, bind));
  const filters = type === null ? [] : request.filters.filter((filter) => filter.startsWith(`${type}?`));
  if (type !== null && filters.length > 0) {
    const rows = new Set<number>();
    for (const filter of filters) {
      const found = await matchingRows(tx, searchRequest(context, tx, scope, type, filter.slice(type.length + 1)));
      for (const row of found.rows) rows.add(row);
    }
    conditions.push(`r.row_id = any(${bind([...rows])}::bigint[])`);
  }
  // Along the log, each version looked up by itself: a part costs what it holds, however many records there are.
  const [part] = await tx.query<{ count: number; last: number }>(
    `with found as (
       select v.leaf_index from (
         select * from resource_version v where ${versions.join(' and ')} order by v.leaf_index offset 0
       ) v cross join lateral (select * from resource where type = v.type and id = v.id offset 0) r
       where ${conditions.join(' and ')} order by v.leaf_index limit ${PART_SIZE}
     )
     insert into export_part (job, part, kind, type, leaves)
     select $1, (select count(*)::int from export_part where job = $1), $2, $3, array_agg(leaf_index order by leaf_index)
     from found having count(*) > 0
     returning cardinality(leaves) as count, leaves[cardinality(leaves)] as last`,
    params,
  );
  return part !== undefined && part.count === PART_SIZE ? part.last : null;
}

/** What is a patient's, of all or of the Group; and of the types that are nobody's, such as Practitioner, what theirs refers to. */
function ofPatients(
  { patients }: ExportRequest,
  scope: Scope,
  type: string | null,
  bind: (value: unknown) => string,
): string {
  const ids = patients === null ? null : `${bind([...patients])}::text[]`;
  const theirs = (alias: string): string =>
    ids === null ? `${alias}.patient is not null` : `${alias}.patient = any(${ids})`;
  if (type === null || !SHARED.includes(type)) return theirs('v');
  return `(${theirs('v')} or (r.patient is null and r.row_id in (
    select t.row_id from resource s join search_reference c on c.row_id = s.row_id and c.target_type = '${type}'
      join resource t on ${names('c', 't')}
    where ${theirs('s')} and not s.deleted and ${scopePredicate(scope, 's', bind)})))`;
}
