import { badRequest, notFound, notSupported, OutcomeError, parseStoredJson, stringifyJson } from '@anamnesis/protocol';
import type { Authority } from '../../consent/authority.ts';
import type { Scope } from '../../consent/scope.ts';
import { requireAction, versionReference } from '../access.ts';
import { openTexts } from '../content.ts';
import type { RecordsContext } from '../context.ts';
import { isResourceType } from '../definitions.ts';
import { labelledText } from '../labels.ts';
import { loggedReads } from '../logged-reads.ts';
import { openRecords } from '../reader.ts';
import { type ShownRow, selectLeaves } from '../rows.ts';
import { scopeFor } from '../scope-for.ts';
import { checkSearch, type FhirResource, scopePredicate } from '../search/index.ts';
import { dateInterval } from '../search/intervals.ts';
import { SHARED } from '../search/narrowed.ts';
import { parseReference } from '../search/references.ts';
import { searchRequest } from '../searchset.ts';
import { subsetOf } from '../subset.ts';
import { addJob, type ExportJob, findJob, ownerOf, removeJob } from './export-jobs.ts';
import { planStep } from './export-plan.ts';

/** What an export was asked for with, as text. */
export interface ExportOptions {
  readonly level: 'system' | 'Patient' | 'Group';
  /** Id of the Group, at its level. */
  readonly group?: string;
  /** Ids of the only patients that are wanted, not at system level; empty for all. */
  readonly patients?: readonly string[];
  /** Names of parameters that are not known and were ignored, as the client preferred. */
  readonly ignored?: readonly string[];
  readonly types: readonly string[];
  readonly since?: string;
  readonly filters: readonly string[];
  readonly elements: readonly string[];
  readonly url: string;
  /** `Prefer: handling=lenient`: parameters of filters that are not known are ignored instead of refused. */
  readonly lenient?: boolean;
}

/** A file of an export: ndjson of one type, or (deleted) of Bundles that say what is gone. */
export interface ExportPart {
  readonly part: number;
  readonly kind: 'output' | 'deleted';
  readonly type: string;
  readonly count: number;
}

/** How far an export is, and once it is ready, what it holds. */
export interface ExportStatus {
  readonly ready: boolean;
  readonly done: number;
  readonly total: number;
  readonly url: string;
  readonly transactionTime: Date;
  readonly expiresAt: Date;
  readonly parts: readonly ExportPart[];
  /** Names of parameters that were ignored. */
  readonly ignored: readonly string[];
}

/** Records that are read at once for a file: one entry in the access log for each of their patients. */
const CHUNK = 1_000;

/**
 * Bulk Data exports (https://hl7.org/fhir/uv/bulkdata/STU2/export.html) of one node. There are no files: a part is made from the records as they were at
 * the export's place in the log, when it is asked for, and under the authority of who asks then. So what is withheld meanwhile is withheld here too,
 * and nothing lies about.
 */
export class Exports {
  readonly #context: RecordsContext;
  readonly #running = new Map<string, Promise<void>>();
  #stopped = false;

  constructor(context: RecordsContext) {
    this.#context = context;
  }

  /** Begins an export. Returns its id. Errors: 400, 403, 404 (Group), 429. */
  async begin(authority: Authority, options: ExportOptions): Promise<string> {
    requireAction(authority, 'read');
    const context = this.#context;
    for (const type of options.types) {
      if (!isResourceType(type)) throw badRequest('_type names an unknown resource type');
      scopeFor(authority.scope, null, type);
    }
    const scope = scopeFor(authority.scope, null, null);
    const since = options.since === undefined ? null : dateInterval(options.since);
    if (options.since !== undefined && since === null) throw badRequest('_since is not an instant');
    for (const filter of options.filters) {
      const [type = '', ...query] = filter.split('?');
      if (!isResourceType(type) || query.length === 0) throw badRequest('_typeFilter is written [type]?[query]');
      if (options.types.length > 0 && !options.types.includes(type))
        throw badRequest('_typeFilter names a type that is not in _type');
      const ignored = await context.database.transaction((tx) =>
        checkSearch(tx, searchRequest(context, tx, scope, type, query.join('?'))),
      );
      if (ignored.length > 0 && options.lenient !== true)
        throw notSupported('_typeFilter has parameters that are not known here; Prefer: handling=lenient ignores them');
    }
    const patients = await this.#patients(authority, scope, options);
    const owner = ownerOf(authority);
    const id = await addJob(context, owner, {
      level: options.level,
      types: options.types.length > 0 ? options.types : await this.#typesOf(options.level),
      patients,
      since: since?.low ?? null,
      filters: options.filters,
      elements: options.elements.length > 0 ? options.elements : null,
      url: options.url,
      ...(options.ignored && options.ignored.length > 0 && { ignored: options.ignored }),
    });
    this.#prepare(authority, owner, id);
    return id;
  }

  /** How an export stands; one whose preparation a restart ended goes on. Errors: 404. */
  async status(authority: Authority, id: string): Promise<ExportStatus> {
    requireAction(authority, 'read');
    const owner = ownerOf(authority);
    const job = await findJob(this.#context, this.#context.database, owner, id);
    if (!job.ready) this.#prepare(authority, owner, id);
    const parts = job.ready
      ? await this.#context.database.query<ExportPart>(
          'select part, kind, type, cardinality(leaves) as count from export_part where job = $1 order by part',
          [id],
        )
      : [];
    const { ready, done, transactionTime, expiresAt, request } = job;
    return {
      ...{ ready, done, total: request.types.length, url: request.url },
      ...{ transactionTime, expiresAt, parts, ignored: request.ignored ?? [] },
    };
  }

  /** Ends an export, whether it is ready or not. Errors: 404. */
  async cancel(authority: Authority, id: string): Promise<void> {
    requireAction(authority, 'read');
    await removeJob(this.#context.database, ownerOf(authority), id);
  }

  /** The text of a part, piece by piece; what is in a piece is in the access log before it is given. Errors: 404. */
  async *file(authority: Authority, id: string, part: number): AsyncGenerator<string, void, undefined> {
    requireAction(authority, 'read');
    const context = this.#context;
    const job = await findJob(context, context.database, ownerOf(authority), id);
    const [row] = await context.database.query<{ kind: ExportPart['kind']; type: string; leaves: number[] }>(
      'select kind, type, leaves from export_part where job = $1 and part = $2',
      [id, part],
    );
    if (row === undefined || !job.ready) throw notFound('There is no such file');
    const type = row.kind === 'deleted' ? null : row.type;
    const logged = loggedReads(context, authority);
    const path = { system: '', Patient: 'Patient/', Group: 'Group/' }[job.request.level];
    const piece = (at: number): Promise<string> => {
      const leaves = row.leaves.slice(at, at + CHUNK);
      const read = logged({ action: 'search', query: `${path}$export?_type=${type ?? row.type}` }, async (tx) => {
        const rows = await selectLeaves(tx, scopeFor(authority.scope, null, type), leaves);
        const texts = type === null ? [deletedBundle(rows)] : shown(rows, await openTexts(context.keys, tx, rows));
        return {
          value: linesOf(job, type === null && rows.length === 0 ? [] : texts),
          touched: rows.map((one) => ({ patient: one.patient, entity: versionReference(one) })),
        };
      });
      // Whoever waits for it is told what it ends in; when nobody does any more, nobody is.
      read.catch(() => {});
      return read;
    };
    // One ahead of what is given: while a piece is on its way, the database is at the next.
    let next = piece(0);
    for (let at = CHUNK; at < row.leaves.length; at += CHUNK) {
      const text = await next;
      next = piece(at);
      yield text;
    }
    yield await next;
  }

  /** Waits for what is being prepared; it goes on after the next start. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running.values());
  }

  #prepare(authority: Authority, owner: string, id: string): void {
    if (this.#stopped || this.#running.has(id)) return;
    const scope = scopeFor(authority.scope, null, null);
    const work = async (): Promise<void> => {
      while (!this.#stopped && (await planStep(this.#context, scope, owner, id)) === 'more');
    };
    // A cancelled export is no failure. After any other the next look at the status tries again from where this one got.
    const running = work()
      .catch((error: unknown) => {
        if (!(error instanceof OutcomeError)) process.stderr.write(`${JSON.stringify(failureOf(error))}\n`);
      })
      .finally(() => this.#running.delete(id));
    this.#running.set(id, running);
  }

  /** Whose records are wanted; null for everybody's. Errors: 400 for patients whom the scope does not let be seen, or who are not of the Group. */
  async #patients(
    authority: Authority,
    scope: Scope,
    { group, patients = [] }: ExportOptions,
  ): Promise<readonly string[] | null> {
    const members = group === undefined ? null : await this.#members(authority, group);
    if (patients.length === 0) return members;
    const params: unknown[] = [[...patients]];
    const seen = scopePredicate(scope, 'r', (value) => `$${params.push(value)}`);
    const rows = await this.#context.database.query<{ id: string }>(
      `select id from resource r where type = 'Patient' and id = any($1::text[]) and not deleted and ${seen}`,
      params,
    );
    const known = new Set(rows.map(({ id }) => id).filter((id) => members?.includes(id) !== false));
    if (!patients.every((id) => known.has(id)))
      throw badRequest('The parameter patient names somebody who is not here');
    return [...known];
  }

  async #members(authority: Authority, group: string): Promise<string[]> {
    const { member } = await openRecords(this.#context, authority).read('Group', group);
    const ids = (Array.isArray(member) ? member : []).flatMap(
      (one: { entity?: { reference?: unknown }; inactive?: unknown }) => {
        const reference = one.entity?.reference;
        const target = typeof reference === 'string' ? parseReference(reference, this.#context.base) : null;
        return target?.targetType === 'Patient' && one.inactive !== true ? [target.targetId] : [];
      },
    );
    return [...new Set(ids)];
  }

  /** Types of which there is anything, found by leaps along the index. */
  async #typesOf(level: ExportOptions['level']): Promise<string[]> {
    const rows = await this.#context.database.query<{ type: string }>(
      `with recursive present as (
         (select type from resource order by type limit 1)
         union all
         select (select type from resource where type > present.type order by type limit 1) from present where type is not null
       )
       select type from present p where type is not null and ($1 or type = any($2::text[])
         or exists (select from resource r where r.type = p.type and r.patient is not null))`,
      [level === 'system', [...SHARED]],
    );
    return rows.map(({ type }) => type);
  }
}

function linesOf({ request }: ExportJob, texts: readonly (string | null)[]): string {
  const { elements } = request;
  const subset = elements === null ? null : subsetOf(String(new URLSearchParams({ _elements: elements.join(',') })));
  // The canonical text of a record is one line.
  return texts
    .flatMap((text) => {
      if (text === null) return [];
      return subset === null ? `${text}\n` : `${stringifyJson(subset(parseStoredJson(text) as FhirResource))}\n`;
    })
    .join('');
}

/** https://hl7.org/fhir/uv/bulkdata/STU2/export.html#response---complete-status: a transaction that deletes what is gone. */
function deletedBundle(rows: readonly ShownRow[]): string {
  return stringifyJson({
    resourceType: 'Bundle',
    type: 'transaction',
    entry: rows.map(({ type, id }) => ({ request: { method: 'DELETE', url: `${type}/${id}` } })),
  });
}

function failureOf(error: unknown): object {
  const { name, code } = error as { name?: string; code?: string };
  return { level: 'error', at: new Date().toISOString(), in: 'export', name, code };
}

/** Texts with the labels of their sensitive classes. */
function shown(rows: readonly ShownRow[], texts: readonly (string | null)[]): (string | null)[] {
  return texts.map((text, at) => (text === null ? null : labelledText(text, rows[at]?.sensitive ?? 0)));
}
