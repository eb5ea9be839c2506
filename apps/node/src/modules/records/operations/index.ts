import type { Authority } from '../../consent/authority.ts';
import type { Bundle } from '../bundle-types.ts';
import type { RecordsContext } from '../context.ts';
import { loggedReads } from '../logged-reads.ts';
import { scopeFor } from '../scope-for.ts';
import type { FhirResource } from '../search/index.ts';
import { type EverythingOptions, readEverything } from './everything.ts';
import { readLastN } from './lastn.ts';
import { type MatchOptions, readMatch } from './match.ts';
import { readMeta, summarizeMeta } from './meta.ts';

export type { EverythingOptions } from './everything.ts';
export type { MatchOptions } from './match.ts';

/** The operations on records under one authority. Like a reader: what is outside its scope is not there, and each call is in the access log. */
export interface RecordOperations {
  /** A page of all that is one patient's, or (null) every visible patient's. Errors: 400, 404, 410. */
  everything(patient: string | null, options?: EverythingOptions): Promise<Bundle>;
  /** The newest observations of each kind among those that a query matches. Errors: 400, 403. */
  lastN(query: string, max?: number): Promise<Bundle>;
  /** Meta of a record, or the labels in use among those of a type or (both null) of everything. Errors: 404, 410. */
  meta(type: string | null, id: string | null): Promise<FhirResource>;
  /** Patients who may be the one described. Errors: 400, 403, 422. */
  match(described: unknown, options?: MatchOptions): Promise<Bundle>;
}

/** The operations of one request. Errors of its methods: 403 when the authority may not read. */
export function openOperations(context: RecordsContext, authority: Authority): RecordOperations {
  const logged = loggedReads(context, authority);
  return {
    everything: (patient, options = {}) =>
      logged({ action: 'search', query: 'Patient/$everything' }, (tx) =>
        readEverything(context, tx, scopeFor(authority.scope, null, null), patient, options),
      ),
    lastN: (query, max = 1) =>
      logged({ action: 'search', query: `Observation/$lastn?${query}` }, (tx) =>
        readLastN(context, tx, scopeFor(authority.scope, null, 'Observation'), query, max),
      ),
    meta: (type, id) =>
      type === null || id === null
        ? logged({ action: 'search', query: `${type === null ? '' : `${type}/`}$meta` }, (tx) =>
            summarizeMeta(tx, scopeFor(authority.scope, 's', type), type),
          )
        : logged({ action: 'read' }, (tx) => readMeta(context, tx, scopeFor(authority.scope, 'r', type), type, id)),
    match: (described, options = {}) =>
      logged({ action: 'search', query: 'Patient/$match' }, (tx) =>
        readMatch(context, tx, scopeFor(authority.scope, null, 'Patient'), described, options),
      ),
  };
}
