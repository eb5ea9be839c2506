import type { Scope } from '../../consent/scope.ts';
// Each needs the other: a narrowed scope may hold search parameters, and what a search chains through is held to the scope.
import { inNarrowed, narrowedPredicate } from './narrowed.ts';
import { isGoverned, ruledPredicate } from './ruled.ts';

/** Columns of table `resource` that a scope looks at. */
export interface ScopedRow {
  readonly type: string;
  readonly patient: string | null;
  readonly category: number;
  readonly sensitive: number;
  /** Seconds since 1970. */
  readonly care_at: number | null;
}

/**
 * The SQL condition that limits table `resource` (under `alias`) to what the scope may see; `true` for local staff. `bind` takes a value and gives its
 * placeholder (`$1`). Every statement that touches a record must carry it. Fails closed: what has no patient or no category is outside a limited scope, and
 * under a bounded period of care so is what has no time of care, except the Patient itself.
 */
export function scopePredicate(scope: Scope, alias: string, bind: (value: unknown) => string): string {
  if (scope.kind === 'all') return 'true';
  if (scope.kind === 'narrowed') return narrowedPredicate(scope, alias, bind);
  if (scope.kind === 'ruled') return ruledPredicate(scope, alias, bind);
  const { patients, categories, sensitive, careFrom, careUntil } = scope;
  if (patients.length === 0 || isEmpty(scope)) return 'false';
  const conditions = [
    `${alias}.patient = any(${bind([...patients])}::text[])`,
    `(${alias}.category & ${bind(categories | 0)}::int) <> 0`,
    `(${alias}.sensitive & ~${bind(sensitive | 0)}::int) = 0`,
  ];
  const period: string[] = [];
  if (careFrom !== -Infinity) period.push(`${alias}.care_at >= ${bind(Math.ceil(careFrom))}::bigint`);
  if (careUntil !== Infinity) period.push(`${alias}.care_at <= ${bind(Math.floor(careUntil))}::bigint`);
  if (period.length > 0) conditions.push(`(${alias}.type = 'Patient' or (${period.join(' and ')}))`);
  return `(${conditions.join(' and ')})`;
}

/**
 * The same decision as `scopePredicate` for one row at hand, or false where only the database can tell: by a rule's criteria, or of what a directive may be
 * about (`isSeen` asks it).
 */
export function inScope(scope: Scope, row: ScopedRow): boolean {
  if (scope.kind === 'all') return true;
  if (scope.kind === 'narrowed') return inNarrowed(scope, row);
  if (scope.kind === 'ruled') return inScope(scope.within, row) && !isGoverned(scope, row);
  if (row.patient === null || !scope.patients.includes(row.patient)) return false;
  if ((row.category & scope.categories) === 0 || (row.sensitive & ~scope.sensitive) !== 0) return false;
  if (isEmpty(scope)) return false;
  const bounded = scope.careFrom !== -Infinity || scope.careUntil !== Infinity;
  if (!bounded || row.type === 'Patient') return true;
  if (row.care_at === null) return false;
  return row.care_at >= scope.careFrom && row.care_at <= scope.careUntil;
}

/** The scope without what directives withhold. */
export function undirected(scope: Scope): Scope {
  if (scope.kind === 'ruled') return scope.within;
  if (scope.kind === 'narrowed' && scope.within.kind === 'ruled') return { ...scope, within: scope.within.within };
  return scope;
}

/** No moment lies in the period of care. */
function isEmpty({ careFrom, careUntil }: Scope & { kind: 'limited' }): boolean {
  return !(careFrom <= careUntil) || careFrom === Infinity || careUntil === -Infinity;
}
