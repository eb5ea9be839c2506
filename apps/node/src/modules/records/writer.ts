import { randomUUID } from 'node:crypto';
import { badRequest, notFound } from '@anamnesis/protocol';
import { lockLog, type Transaction } from '../../storage/index.ts';
import { appendAccess } from '../audit/index.ts';
import type { Authority } from '../consent/authority.ts';
import { accessEntries, requireAction, versionReference } from './access.ts';
import { type Applied, applyChanges, type Change, type ChangeResult, parseIfMatch } from './apply.ts';
import type { Returned } from './bundle/answers.ts';
import { processBatch } from './bundle/batch.ts';
import { isRead, readEntries } from './bundle/entries.ts';
import { processTransaction } from './bundle/transaction.ts';
import type { Bundle } from './bundle-types.ts';
import { findDeletable, findMatch, idForUpdate } from './conditional.ts';
import { showContents } from './content.ts';
import { nowOf, type RecordsContext } from './context.ts';
import { groupsOf } from './groups.ts';
import { metaChange } from './operations/meta.ts';
import { type PatchDocument, readPatch } from './patch/index.ts';
import { checkResource, isId } from './resource.ts';
import type { FhirResource } from './search/index.ts';

/** A write's answer. */
export interface Written {
  readonly resource: FhirResource;
  /** True for 201, false for 200. */
  readonly created: boolean;
  readonly version: string;
  /** ISO 8601, in UTC. */
  readonly lastUpdated: string;
}

/** Which record a change is about: one by its id, or the one that meets a condition (a query such as `identifier=system|value`). */
export type Target = { readonly type: string } & ({ readonly id: string } | { readonly condition: string });

/** Writing under one authority. Each write is on stable storage, in both logs, when it is answered. */
export interface RecordWriter {
  /**
   * Creates a record with an id of the server's. With `ifNoneExist` (a query such as `identifier=system|value`): when exactly one record
   * matches, that one is the answer and nothing is written. `type`: what the URL names. Errors: 400, 412 when several match, 422.
   */
  create(resource: unknown, options?: { readonly type?: string; readonly ifNoneExist?: string }): Promise<Written>;
  /**
   * Replaces a record, or creates it under this id. With `condition`: the record that meets it, or a new one
   * (https://hl7.org/fhir/R4/http.html#cond-update). `ifNoneMatch` (`*`): only when there is none. Errors: 400, 409, 412 when `ifMatch` names
   * another version or several records meet the condition, 422.
   */
  update(
    resource: unknown,
    options?: {
      readonly type?: string;
      readonly id?: string;
      readonly condition?: string;
      readonly ifMatch?: string;
      readonly ifNoneMatch?: string;
    },
  ): Promise<Written>;
  /** Changes a part of a record (https://hl7.org/fhir/R4/http.html#patch). Errors: 400, 404, 410, 412, 422. */
  patch(target: Target, patch: PatchDocument, options?: { readonly ifMatch?: string }): Promise<Written>;
  /** Deletes a record; its versions stay in history. Null when there was nothing to delete. Errors: 404 outside the scope, 412. */
  delete(
    type: string,
    id: string,
    options?: { readonly ifMatch?: string },
  ): Promise<{ readonly version: string; readonly lastUpdated: string } | null>;
  /**
   * `$meta-add` and `$meta-delete`: adds or takes out profiles, labels and tags. It makes a new version, since a version is never changed here. Errors: 404,
   * 410, 412, 422.
   */
  changeMeta(
    type: string,
    id: string,
    how: 'add' | 'delete',
    meta: unknown,
    options?: { readonly ifMatch?: string },
  ): Promise<Written>;
  /**
   * Deletes the record that meets a condition, or all that do where the context allows several. @returns how many. Errors: 400, 412.
   */
  deleteMatching(type: string, condition: string, options?: { readonly ifMatch?: string }): Promise<number>;
  /**
   * Processes a Bundle of type transaction (all or nothing) or batch (each entry on its own). `returns`: what answers hold
   * (`Prefer: return=…`; default minimal). Errors: 400, 403, 412, 422, each naming the entry.
   */
  process(bundle: unknown, options?: { readonly returns?: Returned }): Promise<Bundle>;
}

/** The writer of one request. Errors of its methods: 403 when the authority may not write. */
export function openRecordWriter(context: RecordsContext, authority: Authority): RecordWriter {
  /** A single change shares its transaction with others that wait. */
  function submit(change: Change): Promise<ChangeResult> {
    requireAction(authority, 'write');
    return groupsOf(context).writes.submit({ change, authority });
  }

  /**
   * Conditional changes have a transaction to themselves: what they search must hold everything that was written before, and nothing may be
   * written between.
   */
  function submitFound(find: (tx: Transaction) => Promise<readonly Change[]>): Promise<readonly ChangeResult[]> {
    requireConditional();
    return context.database.transaction(async (tx) => {
      await lockLog(tx, 'records');
      const requests = (await find(tx)).map((change) => ({ change, authority }));
      return applyChanges(context, tx, requests, { at: nowOf(context), refuse: same });
    });
  }

  /** Whether a condition holds tells what is there: who asks must be allowed to read. */
  function requireConditional(): void {
    requireAction(authority, 'write');
    requireAction(authority, 'read');
  }

  function createUnlessFound(resource: FhirResource, query: string): Promise<Written> {
    requireConditional();
    return context.database.transaction(async (tx) => {
      await lockLog(tx, 'records');
      const match = await findMatch(context, tx, authority.scope, resource.resourceType, query);
      const at = nowOf(context);
      if (match === null) {
        const change: Change = { kind: 'create', type: resource.resourceType, id: randomUUID(), resource };
        const [result] = await applyChanges(context, tx, [{ change, authority }], { at, refuse: same });
        return writtenOf(result);
      }
      const [opened] = await showContents(context.keys, tx, [match]);
      const touched = [{ patient: match.patient, entity: versionReference(match) }];
      await appendAccess(context, tx, accessEntries(authority, { at, action: 'read' }, touched));
      return existing(opened?.resource as FhirResource);
    });
  }

  async function updateMatching(resource: FhirResource, query: string, ifMatch: string | undefined): Promise<Written> {
    const { resourceType: type, id: given } = resource;
    if (given !== undefined && !isId(given)) throw badRequest('The resource has no valid id', { expression: ['id'] });
    const condition = conditionOf(ifMatch);
    const [result] = await submitFound(async (tx) => {
      const id = await idForUpdate(context, tx, authority.scope, { type, query, given });
      return [{ kind: 'update', type, id, resource, ...condition }];
    });
    return writtenOf(result);
  }

  const writer: RecordWriter = {
    async create(value, { type, ifNoneExist } = {}) {
      const resource = checkResource(value, type);
      if (ifNoneExist !== undefined) return createUnlessFound(resource, ifNoneExist);
      return writtenOf(await submit({ kind: 'create', type: resource.resourceType, id: randomUUID(), resource }));
    },

    async update(value, { type, id, condition: query, ifMatch, ifNoneMatch } = {}) {
      const resource = checkResource(value, type);
      if (query !== undefined) return updateMatching(resource, query, ifMatch);
      if (!isId(resource.id)) throw badRequest('The resource has no valid id', { expression: ['id'] });
      if (id !== undefined && id !== resource.id) {
        throw badRequest('The id is not the one in the URL', { expression: ['id'] });
      }
      const condition = { ...conditionOf(ifMatch), ...(isAny(ifNoneMatch) && { mustBeNew: true }) };
      return writtenOf(
        await submit({ kind: 'update', type: resource.resourceType, id: resource.id, resource, ...condition }),
      );
    },

    async delete(type, id, { ifMatch } = {}) {
      const applied = (await submit({ kind: 'delete', type, id, ...conditionOf(ifMatch) })) as Applied | null;
      return applied && { version: String(applied.version), lastUpdated: applied.lastUpdated };
    },

    async patch({ type, ...target }, document, { ifMatch } = {}) {
      const patch = readPatch(document);
      const condition = conditionOf(ifMatch);
      if ('id' in target) return writtenOf(await submit({ kind: 'patch', type, id: target.id, patch, ...condition }));
      const [result] = await submitFound(async (tx) => {
        const match = await findMatch(context, tx, authority.scope, type, target.condition);
        if (match === null) throw notFound('No record meets the condition');
        return [{ kind: 'patch', type, id: match.id, patch, ...condition }];
      });
      return writtenOf(result);
    },

    async changeMeta(type, id, how, meta, { ifMatch } = {}) {
      const change = metaChange(how, meta);
      const patch = (before: FhirResource): FhirResource => ({ ...before, meta: change(before.meta ?? {}) });
      return writtenOf(await submit({ kind: 'patch', type, id, patch, ...conditionOf(ifMatch) }));
    },

    async deleteMatching(type, query, { ifMatch } = {}) {
      const condition = conditionOf(ifMatch);
      const results = await submitFound(async (tx) => {
        const matches = await findDeletable(context, tx, authority.scope, type, query);
        return matches.map(({ id }) => ({ kind: 'delete', type, id, ...condition }));
      });
      return results.length;
    },

    async process(value, { returns = 'minimal' } = {}) {
      const { type, entries } = readEntries(value, context.base);
      if (entries.some((entry) => !isRead(entry.method))) requireAction(authority, 'write');
      return type === 'transaction'
        ? processTransaction(context, authority, entries, returns)
        : processBatch(context, authority, writer, entries, returns);
    },
  };
  return writer;
}

const same = (error: unknown): unknown => error;

/** If-None-Match on a write has one use, `*`; anything else is for reads. Errors: 400. */
function isAny(ifNoneMatch: string | undefined): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  throw badRequest('If-None-Match on an update is * or not there');
}

function conditionOf(ifMatch: string | undefined): { ifMatch?: string } {
  const expected = parseIfMatch(ifMatch);
  return expected === undefined ? {} : { ifMatch: expected };
}

function writtenOf(result: ChangeResult | undefined): Written {
  if (result === undefined || result === null || result instanceof Error || result.resource === null) {
    throw new TypeError('a write has a resource');
  }
  const { resource, created, version, lastUpdated } = result;
  return { resource, created, version: String(version), lastUpdated };
}

function existing(resource: FhirResource): Written {
  const { versionId, lastUpdated } = resource.meta as { versionId: string; lastUpdated: string };
  return { resource, created: false, version: versionId, lastUpdated };
}
