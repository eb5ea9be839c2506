import { hash } from 'node:crypto';
import { freshBytes } from '@anamnesis/crypto/envelope';
import {
  badRequest,
  canonicalize,
  commitmentOf,
  conflict,
  forbidden,
  gone,
  notFound,
  OutcomeError,
  preconditionFailed,
  SALT_LENGTH,
} from '@anamnesis/protocol';
import { type ContentKey, keyOwner, lockLog, type Transaction } from '../../storage/index.ts';
import { type AccessAction, appendAccess } from '../audit/index.ts';
import type { Authority } from '../consent/authority.ts';
import { accessEntries, versionReference } from './access.ts';
import { type Classification, classify } from './classify.ts';
import { sealContent, sealSalt } from './content.ts';
import { nowOf, type RecordsContext } from './context.ts';
import { requireDirector } from './directors.ts';
import { labelled } from './labels.ts';
import type { Patch } from './patch/index.ts';
import { stampVersion, tombstone } from './resource.ts';
import { type CurrentRow, selectCurrents } from './rows.ts';
import { scopeFor } from './scope-for.ts';
import {
  deleteIndex,
  type FhirResource,
  indexResource,
  inScope,
  isSeen,
  undirected,
  writeIndex,
} from './search/index.ts';
import { currentOf, isUnchanged } from './unchanged.ts';
import { type NewVersion, newRowIds, writeVersions } from './write-rows.ts';

/**
 * The one way in which records change. However many changes, they take two round trips: lock the log and look up what is there; then write the versions
 * with their leaves, their index rows and the access entries, and commit. Keys that are not at hand take another.
 */

/** A change of one record, checked and with its references resolved. */
export type Change =
  | WholeChange
  | {
      readonly kind: 'patch';
      readonly type: string;
      readonly id: string;
      readonly patch: Patch;
      readonly ifMatch?: string;
    };

/** A change that does not depend on what is there: what a patch becomes when it is applied. */
type WholeChange =
  | { readonly kind: 'create'; readonly type: string; readonly id: string; readonly resource: FhirResource }
  | {
      readonly kind: 'update';
      readonly type: string;
      readonly id: string;
      readonly resource: FhirResource;
      /** The version that the caller has seen; `*` for any. */
      readonly ifMatch?: string;
      /** `If-None-Match: *`: only when there is no such record. */
      readonly mustBeNew?: boolean;
    }
  | { readonly kind: 'delete'; readonly type: string; readonly id: string; readonly ifMatch?: string };

/** What became of a change. */
export interface Applied {
  readonly type: string;
  readonly id: string;
  readonly version: number;
  /** ISO 8601, in UTC. */
  readonly lastUpdated: string;
  /** True when the record did not exist (or was deleted) before. */
  readonly created: boolean;
  /** The stored resource; null for a deletion. */
  readonly resource: FhirResource | null;
}

/** A change and who asks for it. */
export interface ChangeRequest {
  readonly change: Change;
  readonly authority: Authority;
}

/** What became of a change: null where a deletion found nothing to delete, an error where it is refused. */
export type ChangeResult = Applied | null | OutcomeError;

/** See `applyChanges`. The function gets the error and the place of the change. */
export type Refuse = 'one' | ((error: unknown, index: number) => unknown);

/** A change that was found possible, with what it leads to. */
interface Planned {
  readonly authority: Authority;
  readonly change: WholeChange;
  readonly head: CurrentRow | undefined;
  readonly version: number;
  readonly stored: FhirResource;
  readonly classification: Classification;
  /** An update with what is stored already: it makes no version. */
  readonly unchanged: boolean;
}

const METHODS = { create: 'POST', update: 'PUT', delete: 'DELETE' } as const;
const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer');

/** How changes are applied. */
export interface ApplyOptions {
  /** Where the record log is locked already: the time of the changes, milliseconds since 1970, taken since. Otherwise it is locked here. */
  readonly at?: number;
  /**
   * What a refused change does: `one` gives its error in its place; a function makes of it what is thrown before anything is written.
   */
  readonly refuse: Refuse;
}

/**
 * Applies changes of different records in the caller's transaction, with leaves in both logs. What is written is on its way when this resolves, and
 * travels with the next statement or the commit. Nobody else changes a record until the transaction ends.
 * @returns what became of each change, in order.
 * Errors: 403 outside the authority's scope, 404 and 410 for a patch of what is not there, 412 when `ifMatch` names another version, those
 * of the patch.
 */
export async function applyChanges(
  context: RecordsContext,
  tx: Transaction,
  requests: readonly ChangeRequest[],
  { at: given, refuse }: ApplyOptions,
): Promise<ChangeResult[]> {
  const locked = given === undefined ? lockLog(tx, 'records') : undefined;
  const found = selectCurrents(
    tx,
    requests.flatMap(({ change }) => (change.kind === 'create' ? [] : [change])),
  );
  const [, heads] = await Promise.all([locked, found]);
  // Not before the lock: what is stamped with an earlier time must stand before it in the log.
  const at = given ?? nowOf(context);
  const known = new Map(heads.map((head) => [`${head.type}/${head.id}`, head]));
  const headOf = ({ type, id }: Change): CurrentRow | undefined => known.get(`${type}/${id}`);
  // What a Consent directs must be known even where it is only taken away.
  const replaced = requests.flatMap(({ change }) =>
    change.kind === 'update' || change.kind === 'patch' || change.type === 'Consent' ? (headOf(change) ?? []) : [],
  );
  const current = await currentOf(
    context,
    tx,
    replaced.filter((head) => !head.deleted),
  );
  const hidden = await hiddenOf(tx, requests, headOf);
  const planned = requests.map((request, index): Planned | null | OutcomeError => {
    try {
      const head = headOf(request.change);
      const one = plan(request, head, at, { current: head && current.get(head.row_id), hidden: hidden.has(request) });
      if (one !== null && !one.unchanged && one.change.kind !== 'delete') context.checkContent?.(one.stored);
      return one;
    } catch (error) {
      if (refuse !== 'one') throw refuse(error, index);
      if (error instanceof OutcomeError) return error;
      throw error;
    }
  });
  const kept = planned.filter((one): one is Planned => one !== null && !(one instanceof OutcomeError));
  await store(
    context,
    tx,
    kept.filter((one) => !one.unchanged),
    at,
  );
  await logChanges(context, tx, kept, at);
  return planned.map((one) => (one === null || one instanceof OutcomeError ? one : appliedOf(one, at)));
}

/** Requests to change a record that their authority may not see. Errors: none; `plan` says what is wrong with a scope itself. */
async function hiddenOf(
  tx: Transaction,
  requests: readonly ChangeRequest[],
  headOf: (change: Change) => CurrentRow | undefined,
): Promise<Set<ChangeRequest>> {
  const hidden = new Set<ChangeRequest>();
  for (const request of requests) {
    const head = headOf(request.change);
    if (head === undefined) continue;
    const { scope } = request.authority;
    const action = interactionOf(request.change, !head.deleted);
    const chosen = scope.kind === 'narrowed' ? { ...scope, action } : scope;
    if (!(await isSeen(tx, chosen, head))) hidden.add(request);
  }
  return hidden;
}

function plan(
  { change: asked, authority }: ChangeRequest,
  head: CurrentRow | undefined,
  at: number,
  { current, hidden }: { readonly current: FhirResource | undefined; readonly hidden: boolean },
): Planned | null {
  const exists = head !== undefined && !head.deleted;
  const scope = scopeFor(authority.scope, interactionOf(asked, exists), asked.type);
  if (hidden) throw refusalOfHidden(asked);
  requireVersion(asked, head);
  requireDirector(authority, asked.type, current);
  const change = asked.kind === 'patch' ? patched(asked, head, current) : asked;
  if (change.kind === 'delete') {
    // Who may not see everything is told the same of what is not there and of what is withheld.
    if (head === undefined && scope.kind !== 'all') throw notFound();
    if (!exists) return null;
    const { patient, category, sensitive, care_at: careAt } = head;
    const version = head.version + 1;
    const stored = tombstone(change.type, change.id, version, at);
    const classification = { patient, category, sensitive, careAt };
    return { authority, change, head, version, stored, classification, unchanged: false };
  }
  const version = (head?.version ?? 0) + 1;
  const stored = stampVersion(change.resource, change.id, version, at);
  const classification = classify(stored);
  const { careAt, ...rest } = classification;
  requireDirector(authority, change.type, stored);
  // Who may not read what is withheld may still add to it.
  if (!inScope(undirected(scope), { type: change.type, ...rest, care_at: careAt })) throw forbidden();
  if (head !== undefined && current !== undefined && isUnchanged(change.resource, current)) {
    return { authority, change, head, version: head.version, stored: current, classification, unchanged: true };
  }
  return { authority, change, head, version, stored, classification, unchanged: false };
}

/** As for what is not there, but for an update without a condition: it would write under an id that is taken. */
function refusalOfHidden(change: Change): OutcomeError {
  if (change.kind !== 'create' && change.ifMatch !== undefined) return otherVersion();
  return change.kind === 'update' ? forbidden() : notFound();
}

function otherVersion(): OutcomeError {
  return preconditionFailed('The record has another version than If-Match names');
}

/** The conditions that a change has on the version that is there (https://hl7.org/fhir/R4/http.html#concurrency). */
function requireVersion(change: Change, head: CurrentRow | undefined): void {
  if (change.kind === 'create') return;
  const exists = head !== undefined && !head.deleted;
  if (
    change.ifMatch !== undefined &&
    !(exists && (change.ifMatch === '*' || change.ifMatch === String(head.version)))
  ) {
    throw otherVersion();
  }
  if (change.kind === 'update' && change.mustBeNew === true && exists) {
    throw preconditionFailed('The record exists, and If-None-Match asks that it does not');
  }
}

/** The update that a patch of the current version comes to. */
function patched(
  { type, id, patch }: Extract<Change, { kind: 'patch' }>,
  head: CurrentRow | undefined,
  current: FhirResource | undefined,
): WholeChange {
  if (head === undefined) throw notFound();
  if (head.deleted) throw gone();
  if (current === undefined) throw conflict('The record cannot be opened, so it cannot be patched');
  return { kind: 'update', type, id, resource: patch(current) };
}

/** An update of what is not there creates it; a patch changes what is there. */
function interactionOf({ kind }: Change, exists: boolean): 'c' | 'u' | 'd' {
  if (kind === 'delete') return 'd';
  return kind === 'patch' || (kind === 'update' && exists) ? 'u' : 'c';
}

async function store(context: RecordsContext, tx: Transaction, planned: readonly Planned[], at: number): Promise<void> {
  if (planned.length === 0) return;
  const owners = planned.map(({ classification }) => keyOwner(classification.patient, classification.sensitive));
  const [keys, rowIds] = await Promise.all([
    context.keys.forOwners(tx, owners),
    newRowIds(context.database, tx, planned.filter(({ head }) => head === undefined).length),
  ]);
  const identity = { kind: 'record', ...context.ledger } as const;
  const versions = planned.map(({ change, head, version, stored, classification }, index): NewVersion => {
    const key = keys.get(owners[index] as string) as ContentKey;
    const place = { type: change.type, id: change.id, version };
    const text = canonicalize(stored);
    const salt = freshBytes(SALT_LENGTH);
    return {
      ...place,
      ...classification,
      rowId: head?.row_id ?? (rowIds.pop() as number),
      method: METHODS[change.kind],
      keyId: key.id,
      salt: sealSalt(key, place, salt),
      content: sealContent(key, place, text),
      leaf: commitmentOf(identity, salt, text, sha256),
    };
  });
  writeVersions(tx, versions, at);
  deleteIndex(
    tx,
    planned.flatMap(({ head }) => (head !== undefined && !head.deleted ? [head.row_id] : [])),
  );
  writeIndex(
    tx,
    planned.flatMap(({ change, stored, classification }, index) =>
      change.kind === 'delete'
        ? []
        : [
            {
              rowId: versions[index]?.rowId as number,
              rows: indexResource(labelled(stored, classification.sensitive), context.base),
            },
          ],
    ),
  );
}

/** What each wrote; for an update that changed nothing, that its record was seen. */
async function logChanges(
  context: RecordsContext,
  tx: Transaction,
  planned: readonly Planned[],
  at: number,
): Promise<void> {
  const entries = [...Map.groupBy(planned, (one) => one.authority)].flatMap(([authority, own]) =>
    [...Map.groupBy(own, actionOf)].flatMap(([action, group]) =>
      accessEntries(
        authority,
        { at, action },
        group.map(({ change, version, classification }) => ({
          patient: classification.patient,
          entity: versionReference({ type: change.type, id: change.id, version }),
        })),
      ),
    ),
  );
  await appendAccess(context, tx, entries);
}

function actionOf(planned: Planned): AccessAction {
  if (planned.unchanged) return 'read';
  return createdBy(planned) ? 'create' : planned.change.kind;
}

function createdBy({ change, head }: Planned): boolean {
  return change.kind === 'create' || (change.kind === 'update' && (head === undefined || head.deleted));
}

function appliedOf(planned: Planned, at: number): Applied {
  const { change, version, stored } = planned;
  return {
    type: change.type,
    id: change.id,
    version,
    lastUpdated: planned.unchanged ? lastUpdatedOf(stored) : new Date(at).toISOString(),
    created: createdBy(planned),
    resource: change.kind === 'delete' ? null : labelled(stored, planned.classification.sensitive),
  };
}

function lastUpdatedOf({ meta }: FhirResource): string {
  return (meta as { lastUpdated: string }).lastUpdated;
}

/** The version that an If-Match header or element names: `W/"3"`, `"3"`, `3`, or `*` for any. Errors: 400 for anything else. */
export function parseIfMatch(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (text.trim() === '*') return '*';
  const version = /^(?:W\/)?"?([A-Za-z0-9\-.]{1,64})"?$/.exec(text.trim())?.[1];
  if (version === undefined) throw badRequest('If-Match does not name a version');
  return version;
}
