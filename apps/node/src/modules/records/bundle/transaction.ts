import { randomUUID } from 'node:crypto';
import { badRequest, notFound, preconditionFailed } from '@anamnesis/protocol';
import { lockLog, type Transaction } from '../../../storage/index.ts';
import { appendAccess } from '../../audit/index.ts';
import type { Authority } from '../../consent/authority.ts';
import { accessEntries, requireAction, versionReference } from '../access.ts';
import { type Applied, applyChanges, type Change } from '../apply.ts';
import type { Bundle, BundleEntry } from '../bundle-types.ts';
import { findDeletable, findMatch, idForUpdate } from '../conditional.ts';
import { showContents } from '../content.ts';
import { nowOf, type RecordsContext } from '../context.ts';
import { entriesOf } from '../logged-reads.ts';
import { readPatch } from '../patch/index.ts';
import { scopeFor } from '../scope-for.ts';
import type { FhirResource, SearchRow } from '../search/index.ts';
import { deletedAnswer, type Returned, writeAnswer } from './answers.ts';
import { type Entry, isRead, named } from './entries.ts';
import { getRequest, readAnswer } from './get.ts';
import {
  conditionalReferences,
  type Resolve,
  resolverFor,
  rewriteLinks,
  rewritePatch,
  splitConditional,
} from './references.ts';

/** What an entry leads to, once its conditions have been looked up: a change, a record that was there already, or nothing. */
type Target =
  | { readonly entry: Entry; readonly type: string; readonly id: string; readonly kind: Change['kind'] }
  | {
      readonly entry: Entry;
      readonly type: string;
      readonly id: string;
      readonly kind: 'found';
      readonly row: SearchRow;
    }
  | { readonly entry: Entry; readonly kind: 'nothing' };
type ChangeTarget = Extract<Target, { readonly kind: Change['kind'] }>;

/**
 * A transaction Bundle (https://hl7.org/fhir/R4/http.html#transaction): everything or nothing, in the order DELETE, POST, PUT, PATCH, GET whatever
 * the order of the entries, and answered in the order of the entries. The whole of it holds the record log, so that what its conditions
 * find cannot change before it is written.
 *
 * Errors: 400 when two entries are about one record, 403, 404, 410, 412, each naming its entry.
 */
export function processTransaction(
  context: RecordsContext,
  authority: Authority,
  entries: readonly Entry[],
  returns: Returned,
): Promise<Bundle> {
  return context.database.transaction(async (tx) => {
    await lockLog(tx, 'records');
    const work = new TransactionWork(context, authority, tx, nowOf(context), returns);
    await work.change(await work.targets(entries, 'DELETE'));
    const posts = await work.targets(entries, 'POST');
    const puts = await work.targets(entries, 'PUT');
    const patches = await work.targets(entries, 'PATCH');
    await work.change([...posts, ...puts, ...patches]);
    await work.read(entries);
    return { resourceType: 'Bundle', type: 'transaction-response', entry: work.answers(entries.length) };
  });
}

class TransactionWork {
  readonly #context: RecordsContext;
  readonly #authority: Authority;
  readonly #tx: Transaction;
  readonly #at: number;
  readonly #returns: Returned;
  readonly #answers = new Map<number, BundleEntry>();
  /** Records that an entry is about already, by `Type/id`. */
  readonly #taken = new Set<string>();
  /** Conditions of conditional creates, by which two entries could create one record twice. */
  readonly #conditions = new Set<string>();

  constructor(context: RecordsContext, authority: Authority, tx: Transaction, at: number, returns: Returned) {
    this.#context = context;
    this.#authority = authority;
    this.#tx = tx;
    this.#at = at;
    this.#returns = returns;
  }

  /** Looks up what the entries of a method are about. */
  async targets(entries: readonly Entry[], method: Entry['method']): Promise<Target[]> {
    const targets: Target[] = [];
    for (const entry of entries) {
      if (entry.method !== method) continue;
      try {
        for (const target of await this.#targetsOf(entry)) targets.push(this.#claim(target));
      } catch (error) {
        throw named(entry.index, error);
      }
    }
    return targets;
  }

  async #targetsOf(entry: Entry): Promise<Target[]> {
    const [type = '', id] = entry.path;
    if (entry.method !== 'POST' && id === undefined) requireAction(this.#authority, 'read');
    if (entry.method !== 'DELETE' || id !== undefined) return [await this.#target(entry)];
    const rows = await findDeletable(this.#context, this.#tx, this.#authority.scope, type, entry.query ?? '');
    return rows.map((row) => ({ entry, type, id: row.id, kind: 'delete' }));
  }

  async #target(entry: Entry): Promise<Target> {
    const [type = '', id] = entry.path;
    if (entry.method === 'POST') {
      if (entry.ifNoneExist === null) return { entry, type, id: randomUUID(), kind: 'create' };
      const condition = `${type}?${entry.ifNoneExist}`;
      requireAction(this.#authority, 'read');
      if (this.#conditions.has(condition)) throw badRequest('Two entries have one ifNoneExist');
      this.#conditions.add(condition);
      const row = await this.#find(type, entry.ifNoneExist);
      return row === null
        ? { entry, type, id: randomUUID(), kind: 'create' }
        : { entry, type, id: row.id, kind: 'found', row };
    }
    const kind = entry.method === 'PUT' ? 'update' : entry.method === 'PATCH' ? 'patch' : 'delete';
    if (id !== undefined) return { entry, type, id, kind };
    const query = entry.query ?? '';
    if (kind === 'patch') {
      const row = await this.#find(type, query);
      if (row === null) throw notFound('No record meets the condition');
      return { entry, type, id: row.id, kind };
    }
    const target = { type, query, given: entry.resource?.id };
    return { entry, type, id: await idForUpdate(this.#context, this.#tx, this.#authority.scope, target), kind };
  }

  /** FHIR forbids two entries about one record: their order would decide. */
  #claim(target: Target): Target {
    if (target.kind === 'nothing' || target.kind === 'found') return target;
    const reference = `${target.type}/${target.id}`;
    if (this.#taken.has(reference)) throw badRequest('Two entries are about one record');
    this.#taken.add(reference);
    return target;
  }

  #find(type: string, query: string): Promise<SearchRow | null> {
    return findMatch(this.#context, this.#tx, this.#authority.scope, type, query);
  }

  /** Applies what the targets lead to, with the links of their resources resolved. */
  async change(targets: readonly Target[]): Promise<void> {
    const links = await this.#links(targets);
    const changing = targets.filter(
      (target): target is ChangeTarget => target.kind !== 'found' && target.kind !== 'nothing',
    );
    const requests = changing.map(({ entry, type, id, kind }) => {
      return {
        change: changeOf(entry, { kind, type, id }, resolverFor(entry.fullUrl, links)),
        authority: this.#authority,
      };
    });
    const refuse = (error: unknown, index: number): unknown => named(changing[index]?.entry.index ?? 0, error);
    const results = await applyChanges(this.#context, this.#tx, requests, { at: this.#at, refuse });
    for (const [at, { entry }] of changing.entries()) {
      const result = results[at] as Applied | null;
      const answer =
        result === null ? deletedAnswer(null, this.#returns) : writeAnswer(this.#context.base, result, this.#returns);
      this.#answers.set(entry.index, answer);
    }
    await this.#answerFound(targets);
  }

  /** Where full URLs and conditional references lead. Errors: 400 when two entries have one full URL, 412 when a condition finds none. */
  async #links(targets: readonly Target[]): Promise<Map<string, string>> {
    const links = new Map<string, string>();
    const conditions = new Map<string, Entry>();
    for (const target of targets) {
      if (target.kind === 'nothing' || target.kind === 'delete') continue;
      const { entry, type, id } = target;
      for (const condition of conditionalReferences(entry.resource ?? entry.patch?.body))
        conditions.set(condition, entry);
      if (entry.fullUrl === null) continue;
      if (links.has(entry.fullUrl)) throw named(entry.index, badRequest('Two entries have one fullUrl'));
      links.set(entry.fullUrl, `${type}/${id}`);
    }
    for (const [reference, entry] of conditions) {
      try {
        const condition = splitConditional(reference);
        const row = condition === null ? null : await this.#find(condition.type, condition.query);
        if (row === null) throw preconditionFailed('A conditional reference matches no record');
        links.set(reference, `${row.type}/${row.id}`);
      } catch (error) {
        throw named(entry.index, error);
      }
    }
    return links;
  }

  /** What a conditional create found is answered, and seen, and so logged. */
  async #answerFound(targets: readonly Target[]): Promise<void> {
    const found = targets.filter((target) => target.kind === 'found');
    if (found.length === 0) return;
    const opened = await showContents(
      this.#context.keys,
      this.#tx,
      found.map((target) => target.row),
    );
    for (const [at, { entry, type, id, row }] of found.entries()) {
      const { version } = row;
      const resource = opened[at]?.resource ?? null;
      const lastUpdated = row.last_updated.toISOString();
      const result = { type, id, version, lastUpdated, created: false, resource };
      this.#answers.set(entry.index, writeAnswer(this.#context.base, result, this.#returns));
    }
    const touched = found.map(({ row }) => ({ patient: row.patient, entity: versionReference(row) }));
    const entries = accessEntries(this.#authority, { at: this.#at, action: 'read' }, touched);
    await appendAccess(this.#context, this.#tx, entries);
  }

  /** Answers the GET entries, which see what the others wrote. */
  async read(entries: readonly Entry[]): Promise<void> {
    for (const entry of entries) {
      if (!isRead(entry.method)) continue;
      try {
        const { access, needs, run } = getRequest(entry);
        const scope = scopeFor(this.#authority.scope, needs.action, needs.type);
        const found = await run(this.#context, this.#tx, scope);
        if ('refused' in found) throw found.refused;
        await appendAccess(this.#context, this.#tx, entriesOf(this.#context, this.#authority, access, found));
        this.#answers.set(entry.index, readAnswer(entry, found.value));
      } catch (error) {
        throw named(entry.index, error);
      }
    }
  }

  /** The answers in the order of the entries. */
  answers(count: number): BundleEntry[] {
    return Array.from({ length: count }, (_, index) => this.#answers.get(index) ?? deletedAnswer(null, this.#returns));
  }
}

/** The change that an entry asks for, with its links resolved. */
function changeOf(
  entry: Entry,
  { kind, type, id }: { readonly kind: Change['kind']; readonly type: string; readonly id: string },
  resolve: Resolve,
): Change {
  const ifMatch = entry.ifMatch === null ? {} : { ifMatch: entry.ifMatch };
  if (kind === 'delete') return { kind, type, id, ...ifMatch };
  if (kind === 'patch' && entry.patch !== null) {
    const { form, body } = entry.patch;
    return { kind, type, id, patch: readPatch({ form, body: rewritePatch(body, resolve) }), ...ifMatch };
  }
  const resource = rewriteLinks(entry.resource as FhirResource, resolve);
  if (kind === 'create') return { kind, type, id, resource };
  const mustBeNew = entry.ifNoneMatch?.trim() === '*';
  return { kind: 'update', type, id, resource, ...ifMatch, ...(mustBeNew && { mustBeNew }) };
}
