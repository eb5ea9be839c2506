import { badRequest, preconditionFailed } from '@anamnesis/protocol';
import type { Transaction } from '../../storage/index.ts';
import type { Scope } from '../consent/scope.ts';
import type { RecordsContext } from './context.ts';
import { scopeFor } from './scope-for.ts';
import { runSearch, type SearchRow } from './search/index.ts';

/**
 * The one record that a condition names (https://hl7.org/fhir/R4/http.html#cond-update), such as `identifier=system|value`; null when none
 * does. Errors: 400 for a condition that is empty or not understood, 412 when several records match.
 */
export async function findMatch(
  context: RecordsContext,
  tx: Transaction,
  scope: Scope,
  type: string,
  query: string,
): Promise<SearchRow | null> {
  const criteria = query.replace(/^\?/, '');
  if (criteria === '') throw badRequest('A condition needs a search parameter');
  const found = await runSearch(tx, {
    type,
    query: `${criteria}&_count=2`,
    scope: scopeFor(scope, 's', type),
    base: context.base,
    strict: true,
  });
  const matches = found.rows.filter((row) => row.mode === 'match');
  if (matches.length > 1) throw preconditionFailed('Several records match the condition');
  return matches[0] ?? null;
}
