import type { Queryable } from '../../storage/index.ts';
import type { Scope } from '../consent/scope.ts';
import { scopePredicate } from './search/index.ts';

/** Which of these records (`Type/id`) a scope may see, as they are now. What is not there is not seen. */
export async function seenRecords(
  q: Queryable,
  scope: Scope,
  references: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  if (references.size === 0) return new Set();
  const parts = [...references].map((reference) => reference.split('/'));
  const params: unknown[] = [parts.map(([type]) => type), parts.map(([, id]) => id)];
  const predicate = scopePredicate(scope, 'r', (value) => `$${params.push(value)}`);
  const rows = await q.query<{ type: string; id: string }>(
    `select r.type, r.id from resource r join unnest($1::text[], $2::text[]) as wanted (type, id) using (type, id) where ${predicate}`,
    params,
    'each',
  );
  return new Set(rows.map(({ type, id }) => `${type}/${id}`));
}
