import type { Transaction } from '../../storage/index.ts';
import type { AccessAction, AccessEntry } from '../audit/index.ts';
import type { Authority } from '../consent/authority.ts';
import { accessEntries, requireAction } from './access.ts';
import { nowOf, type RecordsContext } from './context.ts';
import { groupsOf } from './groups.ts';
import type { Found } from './read-one.ts';

/** What a read is called in the access log. */
export interface LoggedAccess {
  readonly action: AccessAction;
  readonly query?: string;
}

/** Runs one read and writes the entries that it owes in the same transaction. */
export type LoggedRead = <T>(access: LoggedAccess, work: (tx: Transaction) => Promise<Found<T>>) => Promise<T>;

/** The reads of one request. Errors: 403 when the authority may not read; the refusal that a read ends in, once it has been logged. */
export function loggedReads(context: RecordsContext, authority: Authority): LoggedRead {
  return async <T>(access: LoggedAccess, work: (tx: Transaction) => Promise<Found<T>>): Promise<T> => {
    requireAction(authority, 'read');
    const found = (await groupsOf(context).reads.submit(async (tx) => {
      const result = await work(tx);
      return { found: result, entries: entriesOf(context, authority, access, result) };
    })) as Found<T>;
    if ('refused' in found) throw found.refused;
    return found.value;
  };
}

/** The entries that a read owes. Nothing is owed where there was nothing; a refusal of what is there is logged as one. */
export function entriesOf(
  context: RecordsContext,
  authority: Authority,
  access: LoggedAccess,
  found: Found<unknown>,
): AccessEntry[] {
  const refused = 'refused' in found;
  if (refused && found.touched.length === 0) return [];
  const outcome = refused ? 'refused' : 'success';
  const query = found.query === undefined ? {} : { query: found.query };
  return accessEntries(authority, { ...access, ...query, at: nowOf(context), outcome }, found.touched);
}
