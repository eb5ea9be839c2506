import type { Queryable } from '../../storage/index.ts';
import type { Scope } from '../consent/scope.ts';
import { scopePredicate } from './search/index.ts';

/** What table `resource` knows of a record without opening it. */
export interface ResourceRow {
  readonly row_id: number;
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly deleted: boolean;
  readonly last_updated: Date;
  readonly patient: string | null;
  readonly category: number;
  readonly sensitive: number;
  readonly care_at: number | null;
  readonly key_id: string;
}

/** The current version of a record. */
export interface CurrentRow extends ResourceRow {
  readonly content: Uint8Array;
}

/** A version of a record. `visible`: inside the scope, both as it was and as the record is now. */
export interface VersionRow {
  readonly leaf_index: number;
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly last_updated: Date;
  readonly patient: string | null;
  readonly sensitive: number;
  readonly key_id: string;
  readonly salt: Uint8Array;
  readonly content: Uint8Array;
  readonly visible: boolean;
}

const HEAD = 'row_id, type, id, version, deleted, last_updated, patient, category, sensitive, care_at, key_id';

const VERSION = `v.leaf_index, v.type, v.id, v.version, v.method, v.last_updated, v.patient, v.sensitive, v.key_id, v.salt,
  coalesce(v.content, r.content) as content`;

// The content of a current version is in `resource` only. A row there is looked at for its scope in any case: what is
// withheld today (labelled sensitive since, say) is withheld in its older versions too.
const FROM_VERSIONS = 'resource_version v join resource r on r.type = v.type and r.id = v.id';

/** The current version of a record, whoever asks. */
export async function selectCurrent(q: Queryable, type: string, id: string): Promise<CurrentRow | undefined> {
  const [row] = await q.query<CurrentRow>(`select ${HEAD}, content from resource where type = $1 and id = $2`, [
    type,
    id,
  ]);
  return row;
}

/** The heads of records by type and id. */
export function selectHeads(q: Queryable, records: readonly { type: string; id: string }[]): Promise<ResourceRow[]> {
  if (records.length === 0) return Promise.resolve([]);
  return q.query<ResourceRow>(
    `select ${HEAD} from resource join unnest($1::text[], $2::text[]) as wanted (type, id) using (type, id)`,
    [records.map((record) => record.type), records.map((record) => record.id)],
  );
}

/** The current versions of records by type and id, whoever asks. */
export function selectCurrents(q: Queryable, records: readonly { type: string; id: string }[]): Promise<CurrentRow[]> {
  if (records.length === 0) return Promise.resolve([]);
  return q.query<CurrentRow>(
    `select ${HEAD}, content from resource join unnest($1::text[], $2::text[]) as wanted (type, id) using (type, id)`,
    [records.map((record) => record.type), records.map((record) => record.id)],
  );
}

/** One version of a record. */
export async function selectVersion(
  q: Queryable,
  scope: Scope,
  { type, id, version }: { type: string; id: string; version: number },
): Promise<VersionRow | undefined> {
  const { bind, params } = parameters([type, id, version]);
  const visible = `${scopePredicate(scope, 'v', bind)} and ${scopePredicate(scope, 'r', bind)}`;
  const [row] = await q.query<VersionRow>(
    `select ${VERSION}, coalesce(${visible}, false) as visible from ${FROM_VERSIONS}
     where v.type = $1 and v.id = $2 and v.version = $3`,
    params,
  );
  return row;
}

/** Which versions of which records a history is about. */
export interface HistoryFilter {
  readonly type?: string;
  readonly id?: string;
  /** Milliseconds since 1970: versions made then or later. */
  readonly since?: number;
  /** Milliseconds since 1970, both included: versions that were current at some moment between. */
  readonly during?: { readonly low: number; readonly high: number };
  /** Only versions whose leaf comes before this one. */
  readonly before?: number;
}

/** Versions inside the scope, newest first. Their place in the record log is their order, so that clocks do not matter. */
export function selectHistory(q: Queryable, scope: Scope, filter: HistoryFilter, limit: number): Promise<VersionRow[]> {
  const { bind, params } = parameters([]);
  const where = historyCondition(scope, filter, bind);
  return q.query<VersionRow>(
    `select ${VERSION}, true as visible from ${FROM_VERSIONS} where ${where} order by v.leaf_index desc limit ${bind(limit)}::int`,
    params,
  );
}

/** How many versions a history has inside the scope. */
export async function countHistory(q: Queryable, scope: Scope, filter: HistoryFilter): Promise<number> {
  const { bind, params } = parameters([]);
  const where = historyCondition(scope, filter, bind);
  const [row] = await q.query<{ total: number }>(
    `select count(*) as total from ${FROM_VERSIONS} where ${where}`,
    params,
  );
  return row?.total ?? 0;
}

/** The current versions of a patient's compartment inside the scope, with what a proof needs, in the order of the log. */
export function selectCompartment(q: Queryable, scope: Scope, patient: string): Promise<VersionRow[]> {
  const { bind, params } = parameters([patient]);
  return q.query<VersionRow>(
    `select ${VERSION}, true as visible from ${FROM_VERSIONS}
     where r.patient = $1 and not r.deleted and v.version = r.version and ${scopePredicate(scope, 'r', bind)}
     order by v.leaf_index`,
    params,
  );
}

/** What is needed of a version to show it. */
export type ShownRow = Omit<VersionRow, 'salt' | 'visible'>;

/** The versions at these places of the log that the scope may see, in the order of the log. */
export function selectLeaves(q: Queryable, scope: Scope, leaves: readonly number[]): Promise<ShownRow[]> {
  const { bind, params } = parameters([[...leaves]]);
  return q.query<ShownRow>(
    `select v.leaf_index, v.type, v.id, v.version, v.method, v.last_updated, v.patient, v.sensitive, v.key_id,
       coalesce(v.content, r.content) as content
     from ${FROM_VERSIONS}
     where v.leaf_index = any($1::bigint[]) and ${scopePredicate(scope, 'v', bind)} and ${scopePredicate(scope, 'r', bind)}
     order by v.leaf_index`,
    params,
  );
}

function historyCondition(scope: Scope, filter: HistoryFilter, bind: (value: unknown) => string): string {
  const conditions = [scopePredicate(scope, 'v', bind), scopePredicate(scope, 'r', bind)];
  if (filter.type !== undefined) conditions.push(`v.type = ${bind(filter.type)}::text`);
  if (filter.id !== undefined) conditions.push(`v.id = ${bind(filter.id)}::text`);
  if (filter.since !== undefined) {
    conditions.push(`v.last_updated >= ${bind(new Date(filter.since).toISOString())}::timestamptz`);
  }
  if (filter.during !== undefined) {
    const { low, high } = filter.during;
    const at = (time: number): string => `${bind(new Date(time).toISOString())}::timestamptz`;
    conditions.push(`v.last_updated <= ${at(high)} and not exists (select from resource_version later
      where later.type = v.type and later.id = v.id and later.version = v.version + 1 and later.last_updated <= ${at(low)})`);
  }
  if (filter.before !== undefined) conditions.push(`v.leaf_index < ${bind(filter.before)}::bigint`);
  return conditions.join(' and ');
}

function parameters(params: unknown[]): { params: unknown[]; bind: (value: unknown) => string } {
  return { params, bind: (value) => `$${params.push(value)}` };
}
