import type { Transaction } from '../../storage/index.ts';
import type { Scope } from '../consent/scope.ts';
import { namedRecords, runSearch, type SearchRequest, type SearchRow } from './search/index.ts';

/**
 * The patients whom a search asked about and did not show a record of: to learn that there is nothing, or how many there are, is to learn something
 * about her, so it belongs into her log. Only patients of this node whom the scope is about: no entry, nor key, is made for an id that somebody invents.
 */
export async function askedAbout(
  tx: Transaction,
  request: SearchRequest,
  query: string,
  shown: readonly SearchRow[],
): Promise<string[]> {
  const { ids, identifiers } = namedRecords(request, query, request.base ?? '');
  const touched = new Set(shown.map(({ patient }) => patient));
  // Whose record is named, or who has an identifier, is looked up only when no row has told it.
  const open = [...ids].filter(([id, types]) => (shown.length === 0 || types.has('Patient')) && !touched.has(id));
  const found: { type: string; id: string; patient: string | null }[] =
    open.length === 0
      ? []
      : await tx.query(
          `select type, id, patient from resource
           where type = any($1::text[]) and id = any($2::text[]) and patient is not null and not deleted`,
          [[...new Set(open.flatMap(([, types]) => [...types]))], open.map(([id]) => id)],
        );
  const patients = new Set(found.flatMap(({ type, id, patient }) => (ids.get(id)?.has(type) ? (patient ?? []) : [])));
  if (shown.length === 0 && identifiers.size > 0) {
    const named = new URLSearchParams({ identifier: [...identifiers].slice(0, 200).join(','), _count: '100' });
    const { scope, base } = request;
    const { rows } = await runSearch(tx, { type: 'Patient', query: `${named}`, scope, ...(base && { base }) });
    for (const { id } of rows) patients.add(id);
  }
  if (shown.length === 0) for (const own of onlyPatientOf(request.scope)) patients.add(own);
  return [...patients].filter((patient) => !touched.has(patient) && isAbout(request.scope, patient));
}

/** Whether the scope lets anything of the patient be asked for. */
function isAbout(scope: Scope, patient: string): boolean {
  if (scope.kind === 'all') return true;
  if (scope.kind === 'limited') return scope.patients.includes(patient);
  if (scope.kind === 'ruled') return isAbout(scope.within, patient);
  return (
    isAbout(scope.within, patient) && scope.rules.some((rule) => rule.patient === null || rule.patient === patient)
  );
}

/** The one patient whom a scope opens: what is asked within it is asked about her, named or not. */
function onlyPatientOf(scope: Scope): readonly string[] {
  if (scope.kind === 'narrowed') {
    const own = onlyPatientOf(scope.within);
    const [first, ...others] = new Set(scope.rules.map(({ patient }) => patient));
    return own.length > 0 || first === undefined || first === null || others.length > 0 ? own : [first];
  }
  if (scope.kind === 'ruled') return onlyPatientOf(scope.within);
  return scope.kind === 'limited' && scope.patients.length === 1 ? scope.patients : [];
}
