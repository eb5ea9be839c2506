import { randomUUID } from 'node:crypto';
import { badRequest } from '@anamnesis/protocol';
import { lockLog } from '../../storage/index.ts';
import { appendAccess } from '../audit/index.ts';
import type { Authority } from '../consent/authority.ts';
import { accessEntries, requireAction, versionReference } from './access.ts';
import { type Applied, applyChanges, type Change, type ChangeResult, parseIfMatch } from './apply.ts';
import { processBatch } from './bundle/batch.ts';
import { readEntries } from './bundle/entries.ts';
import { processTransaction } from './bundle/transaction.ts';
import type { Bundle } from './bundle-types.ts';
import { findMatch } from './conditional.ts';
import { openContents } from './content.ts';
import { nowOf, type RecordsContext } from './context.ts';
import { groupsOf } from './groups.ts';
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

/** Writing under one authority. Each write is on stable storage, in both logs, when it is answered. */
export interface RecordWriter {
  /**
   * Creates a record with an id of the server's. With `ifNoneExist` (a query such as `identifier=system|value`): when exactly one record
   * matches, that one is the answer and nothing is written. `type`: what the URL names. Errors: 400, 412 when several match, 422.
   */
  create(resource: unknown, options?: { readonly type?: string; readonly ifNoneExist?: string }): Promise<Written>;
  /** Replaces a record, or creates it under this id. Errors: 400, 412 when `ifMatch` names another version, 422. */
  update(
    resource: unknown,
    options?: { readonly type?: string; readonly id?: string; readonly ifMatch?: string },
  ): Promise<Written>;
  /** Deletes a record; its versions stay in history. Null when there was nothing to delete. Errors: 404 outside the scope, 412. */
  delete(
    type: string,
    id: string,
    options?: { readonly ifMatch?: string },
  ): Promise<{ readonly version: string; readonly lastUpdated: string } | null>;
  /**
   * Processes a Bundle of type transaction (all or nothing) or batch (each entry on its own). `representation`: answer with the stored
   * resources (`Prefer: return=representation`). Errors: 400, 403, 412, 422, each naming the entry.
   */
  process(bundle: unknown, options?: { readonly representation?: boolean }): Promise<Bundle>;
}

/** The writer of one request. Errors of its methods: 403 when the authority may not write. */
export function openRecordWriter(context: RecordsContext, authority: Authority): RecordWriter {
  /** A single change shares its transaction with others that wait. */
  function submit(change: Change): Promise<ChangeResult> {
    requireAction(authority, 'write');
    return groupsOf(context).writes.submit({ change, authority });
  }

  /** A conditional create has a transaction to itself: what it searches must hold everything that was created before. */
  function createUnlessFound(resource: FhirResource, query: string): Promise<Written> {
    requireAction(authority, 'write');
    return context.database.transaction(async (tx) => {
      const locked = await lockLog(tx, 'records');
      const match = await findMatch(context, tx, authority.scope, resource.resourceType, query);
      const at = nowOf(context);
      if (match === null) {
        const change: Change = { kind: 'create', type: resource.resourceType, id: randomUUID(), resource };
        const { results } = await applyChanges(context, tx, locked, [{ change, authority }], { at, refuse: same });
        return writtenOf(results[0]);
      }
      const [opened] = await openContents(context.keys, tx, [match]);
      const touched = [{ patient: match.patient, entity: versionReference(match) }];
      await appendAccess(context, tx, accessEntries(authority, { at, action: 'read' }, touched));
      return existing(opened?.resource as FhirResource);
    });
  }

  const writer: RecordWriter = {
    async create(value, { type, ifNoneExist } = {}) {
      const resource = checkResource(value, type);
      if (ifNoneExist !== undefined) return createUnlessFound(resource, ifNoneExist);
      return writtenOf(await submit({ kind: 'create', type: resource.resourceType, id: randomUUID(), resource }));
    },

    async update(value, { type, id, ifMatch } = {}) {
      const resource = checkResource(value, type);
      if (!isId(resource.id)) throw badRequest('The resource has no valid id', { expression: ['id'] });
      if (id !== undefined && id !== resource.id) {
        throw badRequest('The id is not the one in the URL', { expression: ['id'] });
      }
      const condition = conditionOf(ifMatch);
      return writtenOf(
        await submit({ kind: 'update', type: resource.resourceType, id: resource.id, resource, ...condition }),
      );
    },

    async delete(type, id, { ifMatch } = {}) {
      const applied = (await submit({ kind: 'delete', type, id, ...conditionOf(ifMatch) })) as Applied | null;
      return applied && { version: String(applied.version), lastUpdated: applied.lastUpdated };
    },

    async process(value, { representation = false } = {}) {
      const { type, entries } = readEntries(value, context.base);
      if (entries.some((entry) => entry.method !== 'GET')) requireAction(authority, 'write');
      return type === 'transaction'
        ? processTransaction(context, authority, entries, representation)
        : processBatch(context, authority, writer, entries, representation);
    },
  };
  return writer;
}

const same = (error: unknown): unknown => error;

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
