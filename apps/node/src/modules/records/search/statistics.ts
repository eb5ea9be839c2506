import type { Queryable } from '../../../storage/types.ts';

const TABLES = ['resource', 'search_token', 'search_string', 'search_date', 'search_quantity', 'search_reference'];

/**
 * Has the database count what is in the tables of search, for its planner, when one of them has grown by half since it last did. PostgreSQL does it by
 * itself, PGlite never. Costs one look-up when there is nothing to do, otherwise some 100 ms. True when it was done.
 */
export async function refreshStatistics(database: Queryable): Promise<boolean> {
  const [stale] = await database.query<{ stale: boolean }>(
    `select bool_or(relpages = 0 and pg_relation_size(oid) > 0 or pg_relation_size(oid) > relpages::bigint * 8192 * 3 / 2) as stale
     from pg_class where relnamespace = current_schema()::regnamespace and relname = any($1::text[])`,
    [TABLES],
  );
  if (!stale?.stale) return false;
  for (const table of TABLES) await database.query(`analyze ${table}`);
  return true;
}
