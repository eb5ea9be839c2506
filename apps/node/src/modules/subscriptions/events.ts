import { parseStoredJson } from '@anamnesis/protocol';
import { logSize, type Transaction } from '../../storage/index.ts';
import { appendAccess } from '../audit/index.ts';
import type { Authority, Scope } from '../consent/index.ts';
import { accessEntries, versionReference } from '../records/access.ts';
import { openTexts } from '../records/content.ts';
import { selectLeaves } from '../records/rows.ts';
import { scopeFor } from '../records/scope-for.ts';
import { type FhirResource, matchingRows, scopePredicate } from '../records/search/index.ts';
import { searchRequest } from '../records/searchset.ts';
import type { SubscriptionsContext } from './context.ts';
import type { ToldEvent } from './notification.ts';
import type { Subscription } from './store.ts';
import type { Content, Watch } from './terms.ts';

/** Places of the record log that are looked at in one step, and events that are kept for $events. */
const STRIDE = 2_000;
const KEPT = 1_000;
/** Ids in one query: a search parameter takes 200 values. */
const IDS = 150;

interface Candidate {
  readonly leaf: number;
  readonly type: string;
  readonly id: string;
  readonly row_id: number;
  readonly current: boolean;
  readonly deleted: boolean;
}

/**
 * Looks at the next places of the record log: which of them are events of this subscription, under this scope. What it may not see is no event and has no
 * number. The row of the subscription must be locked. Where it watches by a query, a change that another overtook meanwhile is judged by the latter: only
 * what is current can be searched.
 * @returns the subscription with the events that were found, up to one notification's worth.
 */
export async function findEvents(
  context: SubscriptionsContext,
  tx: Transaction,
  subscription: Subscription,
  authority: Authority,
): Promise<{ readonly found: Subscription; readonly atEnd: boolean }> {
  const { id, terms, nextLeaf, events } = subscription;
  const size = await logSize(tx, 'records');
  const end = Math.min(size, nextLeaf + STRIDE);
  if (end <= nextLeaf) return { found: subscription, atEnd: true };
  const scope = scopeFor(authority.scope, null, null);
  const candidates = await selectChanges(tx, scope, terms.watches, nextLeaf, end);
  const matched = new Set<number>();
  for (const { type, query } of terms.watches) {
    const own = candidates.filter((one) => one.type === type);
    const some = query === null ? own : await matching(context, tx, scope, type, query, own);
    for (const { leaf } of some) matched.add(leaf);
  }
  const leaves = [...matched].sort((a, b) => a - b).slice(0, terms.maxCount);
  const whole = leaves.length === matched.size;
  const next = whole ? end : (leaves.at(-1) as number) + 1;
  const last = events + leaves.length;
  if (leaves.length > 0) {
    await tx.query(
      `insert into subscription_event (subscription, number, leaf_index)
       select $1, $2::bigint + place, leaf from unnest($3::bigint[]) with ordinality as one (leaf, place)`,
      [id, events, leaves],
    );
    await tx.query('delete from subscription_event where subscription = $1 and number <= $2', [id, last - KEPT]);
  }
  await tx.query('update subscription set next_leaf = $2, events = $3 where id = $1', [id, next, last]);
  return { found: { ...subscription, nextLeaf: next, events: last }, atEnd: whole && end === size };
}

/** Changes of the watched types between two places of the log that the scope may see, in their order. */
function selectChanges(
  tx: Transaction,
  scope: Scope,
  watches: readonly Watch[],
  from: number,
  to: number,
): Promise<Candidate[]> {
  const params: unknown[] = [from, to, watches.map(({ type }) => type)];
  const bind = (value: unknown): string => `$${params.push(value)}`;
  return tx.query<Candidate>(
    `select v.leaf_index as leaf, v.type, v.id, r.row_id, v.version = r.version as current, v.method = 'DELETE' as deleted
     from resource_version v join resource r on r.type = v.type and r.id = v.id
     where v.leaf_index >= $1::bigint and v.leaf_index < $2::bigint and v.type = any($3::text[])
       and ${scopePredicate(scope, 'v', bind)} and ${scopePredicate(scope, 'r', bind)}
     order by v.leaf_index`,
    params,
  );
}

async function matching(
  context: SubscriptionsContext,
  tx: Transaction,
  scope: Scope,
  type: string,
  query: string,
  changes: readonly Candidate[],
): Promise<Candidate[]> {
  const current = changes.filter((one) => one.current && !one.deleted);
  const rows = new Set<number>();
  for (let at = 0; at < current.length; at += IDS) {
    const ids = current.slice(at, at + IDS).map((one) => one.id);
    const asked = `${query}&_id=${encodeURIComponent(ids.join(','))}`;
    const found = await matchingRows(tx, searchRequest(context, tx, scope, type, asked));
    for (const row of found.rows) rows.add(row);
  }
  return current.filter((one) => rows.has(one.row_id));
}

/**
 * Events by their numbers, as this authority may be told of them now: what it may no longer see is left out. Each is in the access log, in this transaction:
 * a full resource as a read, an id as what a search shows, an empty notice as a look at its patient. Those up to `logged` are there already.
 */
export async function tellEvents(
  context: SubscriptionsContext,
  tx: Transaction,
  subscription: Pick<Subscription, 'id' | 'logged'>,
  authority: Authority,
  {
    from,
    to,
    content,
    at,
  }: { readonly from: number; readonly to: number; readonly content: Content; readonly at: number },
): Promise<ToldEvent[]> {
  const { id, logged } = subscription;
  const rows = await tx.query<{ number: number; leaf_index: number }>(
    'select number, leaf_index from subscription_event where subscription = $1 and number >= $2 and number <= $3 order by number',
    [id, from, to],
  );
  if (rows.length === 0) return [];
  const scope = scopeFor(authority.scope, null, null);
  const versions = await selectLeaves(
    tx,
    scope,
    rows.map((row) => row.leaf_index),
  );
  const texts = content === 'full-resource' ? await openTexts(context.keys, tx, versions) : [];
  const told = rows.flatMap(({ number, leaf_index }) => {
    const place = versions.findIndex((version) => version.leaf_index === leaf_index);
    const version = versions[place];
    if (version === undefined) return [];
    const text = texts[place];
    const whole = content === 'full-resource' && version.method !== 'DELETE';
    // Its key was erased: there is nothing left to tell.
    if (whole && typeof text !== 'string') return [];
    const event: ToldEvent = {
      number,
      at: version.last_updated.toISOString(),
      method: version.method,
      version: version.version,
      reference: content === 'empty' ? null : `${version.type}/${version.id}`,
      ...(whole && { resource: parseStoredJson(text as string) as FhirResource }),
    };
    return [{ event, version }];
  });
  const owed = told.filter(({ event }) => event.number > logged);
  const action = content === 'full-resource' ? 'read' : 'search';
  const touched = owed.map(({ version }) => ({
    patient: version.patient,
    entity: content === 'empty' ? null : versionReference(version),
  }));
  if (touched.length > 0)
    await appendAccess(context, tx, accessEntries(authority, { at, action, query: `Subscription/${id}` }, touched));
  return told.map(({ event }) => event);
}
