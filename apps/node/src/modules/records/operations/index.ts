import type { Authority } from '../../consent/authority.ts';
import type { Bundle } from '../bundle-types.ts';
import type { RecordsContext } from '../context.ts';
import { loggedReads } from '../logged-reads.ts';
import { scopeFor } from '../scope-for.ts';
import { type EverythingOptions, readEverything } from './everything.ts';

export type { EverythingOptions } from './everything.ts';

/** The operations on records under one authority. Like a reader: what is outside its scope is not there, and each call is in the access log. */
export interface RecordOperations {
  /** A page of all that is one patient's, or (null) every visible patient's. Errors: 400, 404, 410. */
  everything(patient: string | null, options?: EverythingOptions): Promise<Bundle>;
}

/** The operations of one request. Errors of its methods: 403 when the authority may not read. */
export function openOperations(context: RecordsContext, authority: Authority): RecordOperations {
  const logged = loggedReads(context, authority);
  return {
    everything: (patient, options = {}) =>
      logged({ action: 'search', query: 'Patient/$everything' }, (tx) =>
        readEverything(context, tx, scopeFor(authority.scope, null, null), patient, options),
      ),
  };
}
