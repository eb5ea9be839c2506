import { parseStoredJson } from '@anamnesis/protocol';
import { lookUpTogether, type Queryable } from '../../../storage/index.ts';
import type { ConsentContext } from '../context.ts';
import type { Directive } from './directive.ts';
import { isObject, readDirective } from './read-directive.ts';

/** The directives that are active at a node, by whose records they are about; null for the organisation's policy. */
export type HeldDirectives = ReadonlyMap<string | null, readonly Directive[]>;

interface Held {
  /** Place of the newest version of any Consent in the record log. */
  readonly newest: number;
  readonly directives: HeldDirectives;
}

/** Opened once and kept until a Consent changes: who reads is asked at every request. */
const held = new WeakMap<object, Held>();

const NONE: HeldDirectives = new Map();

/** SQL: place of the newest version of any Consent in the record log, null where there is none. */
export const NEWEST_DIRECTIVE = `(select max(leaf_index) from resource_version where type = 'Consent')`;

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
 *
 * @param newest what `NEWEST_DIRECTIVE` gave in a statement of this request, where one has asked already.
 */
export async function activeDirectives(
  context: ConsentContext,
  q: Queryable,
  newest?: number | null,
): Promise<HeldDirectives> {
  const found = newest === undefined ? await newestOf(context, q) : newest;
  if (found === null) return NONE;
  const known = held.get(context.database);
  // What was loaded later holds what was committed before, too.
  if (known !== undefined && known.newest >= found) return known.directives;
  const rows = await q.query<Row>(
    `select id, version, patient, key_id, content from resource where type = 'Consent' and not deleted order by row_id`,
  );
  const present = await context.keys.presentOf(
    q,
    rows.map((row) => row.key_id),
  );
  const opened: Directive[] = [];
  for (const row of rows) {
    if (!present.has(row.key_id)) continue;
    const directive = await open(context, q, row);
    if (directive !== null) opened.push(directive);
  }
  const directives = Map.groupBy(opened, ({ patient }) => patient);
  held.set(context.database, { newest: found, directives });
  return directives;
}

async function newestOf(context: ConsentContext, q: Queryable): Promise<number | null> {
  return q === context.database ? newestTogether(context.database, null) : newestIn(q);
}

async function newestIn(q: Queryable): Promise<number | null> {
  const [place] = await q.query<{ newest: number | null }>(`select ${NEWEST_DIRECTIVE} as newest`);
  return place?.newest ?? null;
}

const newestTogether = lookUpTogether(async (database, _asking: readonly null[]) => {
  const newest = await newestIn(database);
  return () => newest;
});

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
