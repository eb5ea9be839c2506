import { randomUUID } from 'node:crypto';
import { invalid, notAllowed, notFound, OutcomeError, preconditionFailed, tooManyRequests } from '@anamnesis/protocol';
import { logSize, type Queryable } from '../../storage/index.ts';
import type { Authority, ScopeAction } from '../consent/index.ts';
import { requireAction } from '../records/access.ts';
import { parseIfMatch } from '../records/apply.ts';
import { nowOf } from '../records/context.ts';
import { ownerOf } from '../records/operations/export-jobs.ts';
import { isId, stampVersion } from '../records/resource.ts';
import { scopeFor } from '../records/scope-for.ts';
import { checkSearch, type FhirResource } from '../records/search/index.ts';
import { searchRequest } from '../records/searchset.ts';
import type { SubscriptionsContext } from './context.ts';
import { tellEvents } from './events.ts';
import { notificationOf, statusOf } from './notification.ts';
import { type Standing, standingOf } from './standing.ts';
import { type Subscription, type SubscriptionStatus, sealSubscription, selectSubscriptions } from './store.ts';
import { type Content, MAX_EVENTS, readTerms, type SubscriptionTerms } from './terms.ts';

/** Subscriptions that are not off, of one owner and of a node. */
export const MAX_OF_OWNER = 20;
const MAX_OF_NODE = 2_000;

/** Who asks, and the token that she holds: what she subscribes by is what it stands for. */
export interface Subscriber {
  readonly authority: Authority;
  readonly token: string;
}

/** Which of the subscriptions of a subscriber are meant. */
export interface SubscriptionFilter {
  readonly ids: readonly string[];
  readonly statuses: readonly string[];
}

/**
 * Subscriptions of a subscriber: they are hers alone, and nobody else is told that they are there. Errors of all: 403 when she may not read, or when her app
 * has no scope for Subscription.
 */
export class Subscriptions {
  readonly #context: SubscriptionsContext;
  readonly #changed: () => void;

  /** @param changed is called when there may be something to deliver. */
  constructor(context: SubscriptionsContext, changed: () => void) {
    this.#context = context;
    this.#changed = changed;
  }

  /** Subscribes from now on. Errors: 400, 422, 429 when she has too many. */
  async create(by: Subscriber, value: unknown): Promise<FhirResource> {
    const context = this.#context;
    const { resource, terms } = await this.#read(by.authority, 'c', value);
    const { id: _given, ...rest } = resource;
    const id = randomUUID();
    const content = { resource: rest, terms, standing: await this.#standing(by) };
    const owner = ownerOf(by.authority);
    await context.database.transaction(async (tx) => {
      // One at a time, so that a limit is a limit.
      await tx.query(`select pg_advisory_xact_lock(7261, 1)`);
      const [kept] = await tx.query<{ own: number; all: number }>(
        `select count(*) filter (where owner = $1) as own, count(*) as "all" from subscription where status <> 'off'`,
        [owner],
      );
      if ((kept?.own ?? 0) >= MAX_OF_OWNER || (kept?.all ?? 0) >= MAX_OF_NODE)
        throw tooManyRequests(
          `At most ${MAX_OF_OWNER} subscriptions are kept for a client: delete those that are done with`,
        );
      await tx.query(
        `insert into subscription (id, owner, version, channel, status, content, updated_at, ends_at, next_leaf, shaken, beat_at)
         values ($1, $2, 1, $3, $4, $5, $6, $7, $8, $9, $10)`,
        [
          id,
          owner,
          terms.channel,
          initial(terms),
          sealSubscription(context, id, content),
          ...this.#times(terms, await logSize(tx, 'records')),
        ],
      );
    });
    this.#changed();
    return this.#shown(await this.#find(context.database, owner, id));
  }

  /** Errors: 404. */
  async read({ authority }: Subscriber, id: string): Promise<FhirResource> {
    this.#require(authority, 'r');
    return this.#shown(await this.#find(this.#context.database, ownerOf(authority), id));
  }

  /**
   * Replaces a subscription, and begins it anew where it was in error or off; with status `off` it ends. What it missed while it was in error it is still told,
   * what happened while it was off not. Errors: 400, 404, 405 for one that does not exist, 412, 422.
   */
  async update(by: Subscriber, id: string, value: unknown, ifMatch?: string): Promise<FhirResource> {
    const context = this.#context;
    const { resource, terms } = await this.#read(by.authority, 'u', value);
    if (resource.id !== id) throw invalid('The id is not the one in the URL', { expression: ['Subscription.id'] });
    const standing = await this.#standing(by);
    const owner = ownerOf(by.authority);
    const expected = parseIfMatch(ifMatch);
    await context.database.transaction(async (tx) => {
      const [known] = await selectSubscriptions(context, tx, 'id = $1 and owner = $2 for update', [id, owner]);
      if (known === undefined) throw notAllowed('Ids of subscriptions are given by the server: create it by POST');
      if (expected !== undefined && expected !== '*' && expected !== String(known.version))
        throw preconditionFailed('The record has another version than If-Match names');
      const status = resource.status === 'off' ? 'off' : initial(terms);
      const from = known.status === 'off' ? await logSize(tx, 'records') : known.nextLeaf;
      const { id: _id, ...rest } = resource;
      const sealed = sealSubscription(context, id, { resource: rest, terms, standing });
      await tx.query(
        `update subscription set version = version + 1, channel = $2, status = $3, content = $4, updated_at = $5, ends_at = $6, next_leaf = $7,
           shaken = $8, beat_at = $9, failures = 0, error = null, try_at = 0 where id = $1`,
        [id, terms.channel, status, sealed, ...this.#times(terms, from)],
      );
    });
    this.#changed();
    return this.#shown(await this.#find(context.database, owner, id));
  }

  /** Ends a subscription and forgets it. Errors: 404. */
  async delete({ authority }: Subscriber, id: string): Promise<void> {
    this.#require(authority, 'd');
    const rows = await this.#context.database.query(
      'delete from subscription where id = $1 and owner = $2 returning id',
      [id, ownerOf(authority)],
    );
    if (rows.length === 0) throw notFound();
  }

  /** All of hers, the newest first. */
  async list({ authority }: Subscriber): Promise<FhirResource[]> {
    this.#require(authority, 's');
    const found = await selectSubscriptions(
      this.#context,
      this.#context.database,
      'owner = $1 order by updated_at desc, id limit 1000',
      [ownerOf(authority)],
    );
    return found.map((one) => this.#shown(one));
  }

  /** `$status`: a searchset of Parameters. Errors: 404 for one that is named alone and is not there. */
  async status({ authority }: Subscriber, id: string | null, filter: SubscriptionFilter): Promise<FhirResource> {
    this.#require(authority, 'r');
    const owner = ownerOf(authority);
    const found =
      id === null
        ? await selectSubscriptions(this.#context, this.#context.database, 'owner = $1 order by id', [owner])
        : [await this.#find(this.#context.database, owner, id)];
    const { base } = this.#context;
    const wanted = (list: readonly string[], value: string): boolean =>
      id !== null || list.length === 0 || list.includes(value);
    const entry = found
      .filter((one) => wanted(filter.ids, one.id) && wanted(filter.statuses, one.status))
      .map((one) => {
        const resource = statusOf(base, one, one.status, 'query-status');
        return { fullUrl: `urn:uuid:${resource.id}`, resource, search: { mode: 'match' } };
      });
    return { resourceType: 'Bundle', type: 'searchset', total: entry.length, entry };
  }

  /**
   * `$events`: what was told under these numbers, at most a hundred from the first on, as far as she may still see it. The last thousand are kept.
   * Errors: 404.
   */
  async events(
    { authority }: Subscriber,
    id: string,
    { from, to, content }: { readonly from: number; readonly to: number | null; readonly content: Content | null },
  ): Promise<FhirResource> {
    this.#require(authority, 'r');
    const context = this.#context;
    return context.database.transaction(async (tx) => {
      const subscription = await this.#find(tx, ownerOf(authority), id);
      const at = nowOf(context);
      // What is pending has not been told yet; it is under the same numbers when it is. What is on its way may have come already.
      const sent = Math.max(subscription.delivered, subscription.logged);
      const last = Math.min(to ?? sent, sent, from + MAX_EVENTS - 1);
      const part = { from, to: last, content: content ?? subscription.terms.content, at };
      const told = await tellEvents(context, tx, { id, logged: 0 }, authority, part);
      return notificationOf(context.base, subscription, subscription.status, 'query-event', { at, told });
    });
  }

  /** Those of hers that a websocket may be bound to. Errors: 404 when one that is named is none. */
  async bindable({ authority }: Subscriber, ids: readonly string[]): Promise<string[]> {
    this.#require(authority, 'r');
    const own = await selectSubscriptions(
      this.#context,
      this.#context.database,
      `owner = $1 and channel = 'websocket' and status <> 'off' order by id`,
      [ownerOf(authority)],
    );
    const known = own.map(({ id }) => id);
    if (ids.some((id) => !known.includes(id)) || known.length === 0)
      throw notFound('There is no such subscription by websocket');
    return ids.length === 0 ? known : [...new Set(ids)];
  }

  /** What a websocket is greeted with for a subscription that it is bound to; null when there is none any more. */
  async handshake(id: string): Promise<FhirResource | null> {
    const context = this.#context;
    const [one] = await selectSubscriptions(
      context,
      context.database,
      `id = $1 and channel = 'websocket' and status <> 'off'`,
      [id],
    );
    return one === undefined
      ? null
      : notificationOf(context.base, one, one.status, 'handshake', { at: nowOf(context) });
  }

  /** Reads what is asked for, and whether she may ask for it. */
  async #read(
    authority: Authority,
    action: ScopeAction,
    value: unknown,
  ): Promise<{ resource: FhirResource; terms: SubscriptionTerms }> {
    this.#require(authority, action);
    const context = this.#context;
    const read = readTerms(value, context.limits, nowOf(context));
    await context.database.transaction(async (tx) => {
      for (const { type, query } of read.terms.watches) {
        const scope = scopeFor(authority.scope, null, type);
        if (query === null) continue;
        const ignored = await this.#understood(() => checkSearch(tx, searchRequest(context, tx, scope, type, query)));
        if (ignored.length > 0)
          throw invalid('The criteria have a parameter that is not known here', {
            expression: ['Subscription.criteria'],
          });
      }
    });
    return read;
  }

  /** A query that is not understood is a fault of the resource. */
  async #understood<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      if (cause instanceof OutcomeError && cause.status === 400)
        throw invalid(cause.message, { expression: ['Subscription.criteria'], cause });
      throw cause;
    }
  }

  #standing({ token, authority }: Subscriber): Promise<Standing> {
    return standingOf(this.#context, token, authority);
  }

  /**
   * To subscribe is to read on. An app needs the scope besides; one that a patient uses can be given nothing but reading, so there that is what counts.
   */
  #require({ scope, actions, basis }: Authority, action: ScopeAction): void {
    requireAction({ actions } as Authority, 'read');
    if (scope.kind !== 'narrowed') return;
    const reads = basis.kind === 'app' && basis.for === 'subject';
    scopeFor(scope, reads && action !== 's' ? 'r' : action, 'Subscription');
  }

  async #find(q: Queryable, owner: string, id: string): Promise<Subscription> {
    const [found] = isId(id) ? await selectSubscriptions(this.#context, q, 'id = $1 and owner = $2', [id, owner]) : [];
    if (found === undefined) throw notFound();
    return found;
  }

  #shown({ id, version, status, resource, error, updatedAt }: Subscription): FhirResource {
    const { error: _said, ...rest } = resource;
    return stampVersion({ ...rest, status, ...(error !== null && { error }) }, id, version, updatedAt);
  }

  #times({ end, channel, topic, heartbeat }: SubscriptionTerms, from: number): unknown[] {
    const now = nowOf(this.#context);
    const shaken = channel === 'websocket' || topic === null;
    return [now, end, from, shaken, heartbeat === null ? null : now + heartbeat * 1000];
  }
}

/** A rest-hook is active once its endpoint has answered a handshake; nothing else needs one. */
function initial({ channel, topic }: SubscriptionTerms): SubscriptionStatus {
  return channel === 'rest-hook' && topic !== null ? 'requested' : 'active';
}
