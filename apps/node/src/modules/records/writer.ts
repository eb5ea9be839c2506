import { randomUUID } from 'node:crypto';
import { badRequest, preconditionFailed } from '@anamnesis/protocol';
import { type LockedLog, lockLog, type Transaction } from '../../storage/index.ts';
import type { Authority } from '../consent/authority.ts';
import { requireAction } from './access.ts';
import { type Applied, applyChanges, type Change, parseIfMatch } from './apply.ts';
import type { Bundle } from './bundle-types.ts';
import { nowOf, type RecordsContext } from './context.ts';
import { checkResource, isId } from './resource.ts';
import type { FhirResource } from './search/index.ts';
import { readSearch } from './searchset.ts';

/** A write's answer. */
export interface Written {
  readonly resource: FhirResource;
  /** True for 201, false for 200. */
  readonly created: boolean;
  readonly version: string;
  readonly lastUpdated: string;
}

/** Writing under one authority. Each write is on stable storage, in both logs, when it is answered. */
export interface RecordWriter {
  /**
   * Creates a record with an id of the server's. With `ifNoneExist` (a query such as `identifier=system|value`): when exactly one record
   * matches, that one is the answer and nothing is written. Errors: 400, 412 when several match, 422.
   */
  create(resource: unknown, options?: { readonly type?: string; readonly ifNoneExist?: string }): Promise<Written>;
  /** Replaces a record, or creates it under this id. Errors: 400, 412 when `ifMatch` names another version, 422. */
  update(
    resource: unknown,
    options?: { readonly type?: string; readonly id?: string; readonly ifMatch?: string },
  ): Promise<Written>;
  /** Deletes a record; its versions stay in history. Null when there was nothing to delete. Errors: 412. */
  delete(
    type: string,
    id: string,
    options?: { readonly ifMatch?: string },
  ): Promise<{ readonly version: string } | null>;
  /** Processes a Bundle of type transaction (all or nothing) or batch (each entry on its own). Errors: 400, 403, 412, 422. */
  process(bundle: unknown): Promise<Bundle>;
}

/** The writer of one request. Errors of its methods: 403 when the authority may not write. */
export function openRecordWriter(context: RecordsContext, authority: Authority): RecordWriter {
  function writing<T>(work: (tx: Transaction, locked: LockedLog) => Promise<T>): Promise<T> {
    requireAction(authority, 'write');
    return context.database.transaction(async (tx) => work(tx, await lockLog(tx, 'records')));
  }

  async function applyOne(tx: Transaction, locked: LockedLog, change: Change): Promise<Applied | null> {
    const { results } = await applyChanges(context, authority, tx, locked, [change], nowOf(context));
    return results[0] ?? null;
  }

  return {
    async create(value, { type, ifNoneExist } = {}) {
      const resource = checkResource(value, type);
      return writing(async (tx, locked) => {
        if (ifNoneExist !== undefined) {
          const found = await readSearch(context, tx, authority.scope, resource.resourceType, ifNoneExist, {
            strict: true,
          });
          const matches = found.bundle.entry.filter((entry) => entry.search?.mode === 'match');
          if (matches.length > 1) throw preconditionFailed('Several records match If-None-Exist');
          const match = matches[0]?.resource;
          if (match !== undefined) return writtenOf(match, false);
        }
        const change = { kind: 'create', type: resource.resourceType, id: randomUUID(), resource } as const;
        return resultOf(await applyOne(tx, locked, change));
      });
    },

    async update(value, { type, id, ifMatch } = {}) {
      const resource = checkResource(value, type);
      if (!isId(resource.id)) throw badRequest('The resource has no valid id', { expression: ['id'] });
      if (id !== undefined && id !== resource.id)
        throw badRequest('The id is not the one in the URL', { expression: ['id'] });
      const expected = parseIfMatch(ifMatch);
      const change: Change = {
        kind: 'update',
        type: resource.resourceType,
        id: resource.id,
        resource,
        ...(expected !== undefined && { ifMatch: expected }),
      };
      return writing(async (tx, locked) => resultOf(await applyOne(tx, locked, change)));
    },

    async delete(type, id, { ifMatch } = {}) {
      const expected = parseIfMatch(ifMatch);
      const change: Change = { kind: 'delete', type, id, ...(expected !== undefined && { ifMatch: expected }) };
      return writing(async (tx, locked) => {
        const applied = await applyOne(tx, locked, change);
        return applied && { version: String(applied.version) };
      });
    },

    process() {
      return Promise.reject(badRequest('Bundles are not processed yet'));
    },
  };
}

function resultOf(applied: Applied | null): Written {
  if (applied?.resource == null) throw new TypeError('a write has a resource');
  return writtenOf(applied.resource, applied.created);
}

function writtenOf(resource: FhirResource, created: boolean): Written {
  const { versionId, lastUpdated } = resource.meta as { versionId: string; lastUpdated: string };
  return { resource, created, version: versionId, lastUpdated };
}
