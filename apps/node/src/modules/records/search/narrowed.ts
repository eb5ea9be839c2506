import type { Queryable } from '../../../storage/types.ts';
import type { Scope, ScopeAction, ScopeRule } from '../../consent/scope.ts';
import { criterion } from './criteria.ts';
import type { ScopedRow } from './scope.ts';
import { inScope, scopePredicate } from './scope.ts';
import type { Statement } from './statement.ts';

/** A scope that an app's rules narrow. */
export type NarrowedScope = Extract<Scope, { readonly kind: 'narrowed' }>;

/**
 * Types whose records are no patient's and without which hers cannot be understood: who treated her, where, with which product. A rule for one patient
 * lets them be read when it names them or every type. A closed list: other types may speak of a patient outside of her compartment.
 */
export const SHARED: readonly string[] = [
  'Practitioner',
  'PractitionerRole',
  'Organization',
  'Location',
  'Medication',
  'HealthcareService',
  'Endpoint',
];

/** Rules that count for what is done. */
export function rulesFor({ rules, action }: NarrowedScope): readonly ScopeRule[] {
  if (action === null) return rules.filter(({ actions }) => actions.includes('r') && actions.includes('s'));
  const reads = isReading(action);
  return rules.filter(({ actions, criteria }) => actions.includes(action) && (reads || criteria === null));
}

function isReading(action: ScopeAction | null): boolean {
  return action === null || action === 'r' || action === 's';
}

/** The SQL condition of `scopePredicate` for a narrowed scope: what its user may see, and some rule lets the app see. */
export function narrowedPredicate(scope: NarrowedScope, alias: string, bind: (value: unknown) => string): string {
  const rules = rulesFor(scope);
  const alternatives: string[] = [];
  const shared = isReading(scope.action);
  for (const [patient, own] of Map.groupBy(
    rules.filter((rule) => rule.criteria === null),
    (rule) => rule.patient,
  )) {
    const types = own.some(({ type }) => type === null) ? null : own.flatMap(({ type }) => type ?? []);
    const conditions = types === null ? [] : [`${alias}.type = any(${bind(types)}::text[])`];
    if (patient !== null) {
      const nobodys = shared ? SHARED.filter((type) => types === null || types.includes(type)) : [];
      const hers = `${alias}.patient = ${bind(patient)}`;
      conditions.push(
        nobodys.length === 0
          ? hers
          : `(${hers} or (${alias}.patient is null and ${alias}.type = any(${bind(nobodys)}::text[])))`,
      );
    }
    alternatives.push(conditions.length === 0 ? 'true' : `(${conditions.join(' and ')})`);
  }
  for (const rule of rules) {
    if (rule.criteria === null || rule.type === null) continue;
    const conditions = [`${alias}.type = ${bind(rule.type)}`, meets(rule.type, rule.criteria, alias, bind)];
    if (rule.patient !== null) conditions.push(`${alias}.patient = ${bind(rule.patient)}`);
    alternatives.push(`(${conditions.join(' and ')})`);
  }
  if (alternatives.length === 0) return 'false';
  return `(${scopePredicate(scope.within, alias, bind)} and (${alternatives.join(' or ')}))`;
}

/**
 * That a row of `resource` or `resource_version` meets the criteria of a rule. Only current versions are indexed, so an older one meets none: what it
 * said then is not known to be of the kind that was allowed.
 */
function meets(type: string, criteria: string, alias: string, bind: (value: unknown) => string): string {
  const row = `${alias}n`;
  let aliases = 0;
  const statement: Statement = {
    params: [],
    now: Date.now(),
    base: '',
    fence: '',
    // A rule's parameters are plain: none asks for the codes of a value set.
    codes: () => new Map(),
    bind,
    alias: () => `${row}${++aliases}`,
    row: (of) => `${of}.row_id`,
    visible: () => 'false',
  };
  const subject = { types: [type], alias: row, depth: 0 };
  const conditions = [...new URLSearchParams(criteria)].map(
    ([name, value]) => `(${criterion(statement, subject, name, value)?.condition() ?? 'false'})`,
  );
  const same = `${row}.type = ${alias}.type and ${row}.id = ${alias}.id and ${row}.version = ${alias}.version`;
  return `exists (select from resource ${row} where ${same} and not ${row}.deleted and ${conditions.join(' and ')})`;
}

/** The decision of `inScope` for a narrowed scope, by the rules without criteria: those with criteria are for the database (`isSeen`). */
export function inNarrowed(scope: NarrowedScope, row: ScopedRow): boolean {
  if (!inScope(scope.within, row)) return false;
  const shared = isReading(scope.action);
  return rulesFor(scope).some(
    ({ type, patient, criteria }) =>
      criteria === null &&
      (type === null || type === row.type) &&
      (patient === null || row.patient === patient || (shared && row.patient === null && SHARED.includes(row.type))),
  );
}

/** Whether a scope looks at more than the columns of a row. */
function isForDatabase(scope: Scope): boolean {
  if (scope.kind === 'ruled') return true;
  if (scope.kind !== 'narrowed') return false;
  return isForDatabase(scope.within) || rulesFor(scope).some(({ criteria }) => criteria !== null);
}

/** Whether the scope lets a record at hand be seen, its criteria included. */
export async function isSeen(
  q: Queryable,
  scope: Scope,
  row: ScopedRow & { readonly row_id: number },
): Promise<boolean> {
  if (inScope(scope, row)) return true;
  if (!isForDatabase(scope)) return false;
  const params: unknown[] = [row.row_id];
  const predicate = scopePredicate(scope, 'r', (value) => `$${params.push(value)}`);
  const rows = await q.query(`select 1 from resource r where r.row_id = $1 and ${predicate}`, params);
  return rows.length > 0;
}

/** A plain search parameter: no chain, no modifier, nothing that leads to other records. */
const PLAIN = /^[a-z][a-z-]{0,63}$/;

/** Whether a query can restrict a rule of this type: one or more plain search parameters of the type with values that are understood. */
export function isRestriction(type: string, criteria: string): boolean {
  const parameters = [...new URLSearchParams(criteria)];
  if (parameters.length === 0 || parameters.length > 8) return false;
  if (!parameters.every(([name, value]) => PLAIN.test(name) && value !== '' && !value.includes('\0'))) return false;
  try {
    const sql = meets(type, criteria, 'r', () => '$1');
    return !sql.includes('(false)');
  } catch {
    return false;
  }
}
