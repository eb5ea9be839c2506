import { parseStoredJson } from '@anamnesis/protocol';
import { type Database, Group, type Queryable } from '../../../storage/index.ts';
import type { ConsentContext } from '../context.ts';
import type { Directive } from './directive.ts';
import { isObject, readDirective } from './read-directive.ts';

interface Held {
  /** Place of the newest version of any Consent in the record log. */
  readonly newest: number;
  readonly directives: readonly Directive[];
}

/** Opened once and kept until a Consent changes: who reads is asked at every request. */
const held = new WeakMap<object, Held>();

interface Row {
  id: string;
  version: number;
  patient: string | null;
  key_id: string;
  content: Uint8Array;
}

/**
 * The directives that are active at this node. One that cannot be opened because its patient was erased directs nothing any more; one whose row was changed
 * withholds all that is its patient's, since nobody knows what it said.
 */
export async function activeDirectives(context: ConsentContext, q: Queryable): Promise<readonly Directive[]> {
  const newest = q === context.database ? await newestTogether(context.database) : await newestOf(q);
  if (newest < 0) return [];
  const known = held.get(context.database);
  if (known?.newest === newest) return known.directives;
  const rows = await q.query<Row>(
    `select id, version, patient, key_id, content from resource where type = 'Consent' and not deleted order by row_id`,
  );
  const present = await context.keys.presentOf(
    q,
    rows.map((row) => row.key_id),
  );
  const directives: Directive[] = [];
  for (const row of rows) {
    if (!present.has(row.key_id)) continue;
    const directive = await open(context, q, row);
    if (directive !== null) directives.push(directive);
  }
  held.set(context.database, { newest, directives });
  return directives;
}

async function newestOf(q: Queryable): Promise<number> {
  const [place] = await q.query<{ newest: number | null }>(
    `select max(leaf_index) as newest from resource_version where type = 'Consent'`,
  );
  return place?.newest ?? -1;
}

const lookups = new WeakMap<Database, Group<null, number>>();

/** Requests that come in together look once. Each sees what was committed before it asked. */
function newestTogether(database: Database): Promise<number> {
  const known = lookups.get(database);
  if (known !== undefined) return known.submit(null);
  const run = async (asking: readonly null[]): Promise<{ readonly value: number }[]> => {
    const value = await newestOf(database);
    return asking.map(() => ({ value }));
  };
  const made = new Group(run, { limit: 256, atOnce: 1 });
  lookups.set(database, made);
  return made.submit(null);
}

async function open(context: ConsentContext, q: Queryable, row: Row): Promise<Directive | null> {
  try {
    const place = `Consent/${row.id}/_history/${row.version}`;
    const consent = parseStoredJson(await context.keys.open(q, row.key_id, row.content, place));
    return isObject(consent) ? readDirective(consent) : null;
  } catch {
    const provision = { effect: 'deny', about: {}, except: [], clear: true } as const;
    return row.patient === null ? null : { id: row.id, patient: row.patient, provision };
  }
}
