import { badRequest, forbidden } from '@anamnesis/protocol';
import type { Transaction } from '../../../storage/index.ts';
import type { Scope } from '../../consent/scope.ts';
import { versionReference } from '../access.ts';
import type { Bundle } from '../bundle-types.ts';
import { showContents } from '../content.ts';
import type { RecordsContext } from '../context.ts';
import type { Found } from '../read-one.ts';
import { checkResource } from '../resource.ts';
import { rulesFor, runSearch, type SearchRow } from '../search/index.ts';
import { searchRequest } from '../searchset.ts';
import { gradeOf, scoreOf, traitsOf } from './match-score.ts';

/** How `$match` is to answer. */
export interface MatchOptions {
  /** Answers at most: default 10, at most 100. */
  readonly count?: number;
  /** Only a match that is certain, and only when there is no other. */
  readonly onlyCertain?: boolean;
}

const DEFAULT_COUNT = 10;
const MAX_COUNT = 100;
/** Patients of each search that are compared. */
const CANDIDATES = 100;
const GRADE = 'http://hl7.org/fhir/StructureDefinition/match-grade';

/**
 * `Patient/$match` (https://hl7.org/fhir/R4/patient-operation-match.html): patients who may be the one described, the likeliest first, each with a score and
 * a grade. For those who may search all patients: to anybody else it would tell who is known here.
 *
 * Errors: 403; 400 for a description that says nothing to look for; 422 for what is no Patient.
 */
export async function readMatch(
  context: RecordsContext,
  tx: Transaction,
  scope: Scope,
  described: unknown,
  { count = DEFAULT_COUNT, onlyCertain = false }: MatchOptions,
): Promise<Found<Bundle>> {
  if (!seesAllPatients(scope)) throw forbidden();
  const wanted = traitsOf(checkResource(described, 'Patient'));
  const queries = searchesFor(wanted);
  if (queries.length === 0)
    throw badRequest('The Patient must have an identifier, a telecom, a birth date, or a family and a given name');
  const candidates = new Map<number, SearchRow>();
  for (const query of queries) {
    const { rows } = await runSearch(
      tx,
      searchRequest(
        context,
        tx,
        scope,
        'Patient',
        String(new URLSearchParams([...query, ['_count', `${CANDIDATES}`]])),
      ),
    );
    for (const row of rows) candidates.set(row.row_id, row);
  }
  const opened = await showContents(context.keys, tx, [...candidates.values()]);
  const graded = opened.flatMap(({ row, resource }) => {
    const score = scoreOf(wanted, traitsOf(resource));
    const grade = gradeOf(score);
    return grade === null ? [] : [{ row, resource, score, grade }];
  });
  graded.sort((a, b) => b.score - a.score || a.row.row_id - b.row.row_id);
  const certain = graded.filter(({ grade }) => grade === 'certain');
  const shown = (onlyCertain ? (certain.length === 1 ? certain : []) : graded).slice(0, Math.min(count, MAX_COUNT));
  return {
    value: {
      resourceType: 'Bundle',
      type: 'searchset',
      total: shown.length,
      link: [{ relation: 'self', url: `${context.base}/Patient/$match` }],
      entry: shown.map(({ row, resource, score, grade }) => ({
        fullUrl: `${context.base}/Patient/${row.id}`,
        resource,
        search: { extension: [{ url: GRADE, valueCode: grade }], mode: 'match', score },
      })),
    },
    touched: shown.map(({ row }) => ({ patient: row.patient, entity: versionReference(row) })),
  };
}

function seesAllPatients(scope: Scope): boolean {
  if (scope.kind === 'ruled') return seesAllPatients(scope.within);
  if (scope.kind !== 'narrowed') return scope.kind === 'all';
  return (
    seesAllPatients(scope.within) &&
    rulesFor(scope).some(
      ({ type, patient, criteria }) => patient === null && criteria === null && (type === null || type === 'Patient'),
    )
  );
}

/** Searches that together find whoever shares enough to be the one: those who share none of these cannot reach the score. */
function searchesFor({
  identifiers,
  telecoms,
  birthDate,
  families,
  givens,
}: ReturnType<typeof traitsOf>): [string, string][][] {
  const escaped = (text: string): string => text.replace(/[\\,|$]/g, '\\$&');
  const any = (values: ReadonlySet<string>, form = escaped): string => [...values].slice(0, 20).map(form).join(',');
  const token = (identifier: string): string => {
    const at = identifier.indexOf('|');
    return `${escaped(identifier.slice(0, at))}|${escaped(identifier.slice(at + 1))}`;
  };
  const searches: [string, string][][] = [];
  if (identifiers.size > 0) searches.push([['identifier', any(identifiers, token)]]);
  if (telecoms.size > 0) searches.push([['telecom', any(telecoms)]]);
  if (birthDate !== null) {
    const [year, month = '', day = ''] = birthDate.split('-');
    // Day and month are exchanged now and then, where that makes a date.
    const dates = day !== '' && day <= '12' ? `${birthDate},${year}-${day}-${month}` : birthDate;
    const born: [string, string] = ['birthdate', dates];
    if (families.size > 0) searches.push([born, ['family', any(families)]]);
    if (givens.size > 0) searches.push([born, ['given', any(givens)]]);
    searches.push([born]);
  }
  if (families.size > 0 && givens.size > 0) {
    searches.push([
      ['family', any(families)],
      ['given', any(givens)],
    ]);
  }
  return searches;
}
