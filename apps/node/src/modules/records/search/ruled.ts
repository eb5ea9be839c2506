import type { CodeOf, Provision, RecordNamed, RecordTest, RuledScope } from '../../consent/scope.ts';
import { resourceTypes } from '../definitions.ts';
import { parametersOf } from './parameters.ts';
import type { ScopedRow } from './scope.ts';
import { scopePredicate } from './scope.ts';
import { and, or, paramIn } from './statement.ts';

type Bind = (value: unknown) => string;

/** A row that a condition is about: of table `resource` or `resource_version`, which have these columns in common. */
interface Subject {
  readonly alias: string;
  readonly bind: Bind;
}

/**
 * How a condition is asked where the database does not know: of an older version it has no index, of a record without a time of care no time. A permit needs to
 * be sure; a denial holds as long as it may be. So what is not known is withheld.
 */
type Certainty = 'sure' | 'possible';

/** The SQL condition of `scopePredicate` for a scope that directives limit. */
export function ruledPredicate(scope: RuledScope, alias: string, bind: Bind): string {
  const within = scopePredicate(scope.within, alias, bind);
  if (within === 'false') return within;
  const conditions: string[] = [];
  // What turns out not to count must bind nothing: a statement with a parameter that it does not use is refused.
  const values: unknown[] = [];
  const later: Bind = (value) => `{{${values.push(value) - 1}}}`;
  const withheld = withheldFrom(scope, { alias, bind: later });
  if (withheld !== 'false') conditions.push(`not ${withheld}`);
  const about = hiddenTarget(scope, alias, later);
  if (about !== null) conditions.push(`not ${about}`);
  const bound = new Map<string, string>();
  const ruled = and(conditions).replace(/\{\{(\d+)\}\}/g, (_, at: string) => {
    const known = bound.get(at) ?? bind(values[Number(at)]);
    bound.set(at, known);
    return known;
  });
  return `(${within} and ${ruled})`;
}

/** What rules withhold; in an emergency, of its patient only what those withhold that name emergencies. Never null. */
function withheldFrom(scope: RuledScope, subject: Subject): string {
  const { lifted } = scope;
  const usual = withheldByRules(scope, subject);
  if (lifted === undefined || usual === 'false') return usual;
  const { alias, bind } = subject;
  const hers = `coalesce(${alias}.patient = any(${bind([...lifted.patients])}::text[]), false)`;
  const still = withheldByRules({ ...lifted, spared: scope.spared }, subject);
  return `(case when ${hers} then ${still} else ${usual} end)`;
}

/** Denied by a directive; or by the policy, where no directive permits. */
function withheldByRules(scope: Pick<RuledScope, 'directives' | 'policy' | 'spared'>, subject: Subject): string {
  const { alias, bind } = subject;
  const ofDirectives = (effect: 'permit' | 'deny') =>
    scope.directives.flatMap(({ patients, provisions }) => {
      const outcome = outcomeOf(provisions, subject)[effect];
      return outcome === 'false' ? [] : [`(${alias}.patient = any(${bind([...patients])}::text[]) and ${outcome})`];
    });
  const denied = ofDirectives('deny');
  const policy = outcomeOf(scope.policy, subject).deny;
  if (policy !== 'false') {
    const permitted = ofDirectives('permit');
    denied.push(permitted.length === 0 ? policy : `(${policy} and not coalesce(${or(permitted)}, false))`);
  }
  if (denied.length === 0) return 'false';
  const spared = scope.spared.length === 0 ? '' : `${alias}.type <> all(${bind([...scope.spared])}::text[]) and `;
  return `(${spared}coalesce(${or(denied)}, false))`;
}

/** Whom the rules are about: a record of another patient, or of nobody, they leave alone. */
export function isGoverned(scope: RuledScope, { patient, type }: ScopedRow): boolean {
  if (scope.policy.length > 0 || type === 'Provenance') return true;
  return patient !== null && scope.directives.some(({ patients }) => patients.includes(patient));
}

/** A Provenance of nobody is about what it names: it is withheld with it, since it tells that it exists, from whom and when. */
function hiddenTarget(scope: RuledScope, alias: string, bind: Bind): string | null {
  const target = parametersOf('Provenance').get('target');
  if (target === undefined) return null;
  const subject: Subject = { alias: `${alias}g`, bind };
  const withheld = withheldFrom(scope, subject);
  if (withheld === 'false') return null;
  const { alias: named } = subject;
  return `(${alias}.type = 'Provenance' and exists (select from search_reference ${alias}p
    join resource ${alias}q on ${alias}q.row_id = ${alias}p.row_id
    join resource ${named} on ${named}.type = ${alias}p.target_type collate "default" and ${named}.id = ${alias}p.target_id collate "default"
    where ${alias}q.type = ${alias}.type and ${alias}q.id = ${alias}.id and ${paramIn(`${alias}p`, target.ids)} and ${withheld}))`;
}

/**
 * What several provisions come to for one record: those that speak of it decide, and one that denies wins over one that permits. `permit` and `deny` are never
 * both true; where both are false they say nothing.
 */
function outcomeOf(provisions: readonly Provision[], subject: Subject): { permit: string; deny: string } {
  const outcomes = provisions.map((provision) => outcomeOfOne(provision, subject));
  const deny = anyOf(outcomes.map((one) => one.deny));
  const permit = anyOf(outcomes.map((one) => one.permit));
  return { deny, permit: permit === 'false' || deny === 'false' ? permit : `(${permit} and not ${deny})` };
}

function outcomeOfOne({ effect, about, except }: Provision, subject: Subject): { permit: string; deny: string } {
  const inner = outcomeOf(except, subject);
  const own = (otherwise: string): string => (otherwise === 'false' ? 'true' : `not ${otherwise}`);
  const permit = effect === 'permit' ? own(inner.deny) : inner.permit;
  const deny = effect === 'deny' ? own(inner.permit) : inner.deny;
  return {
    permit: permit === 'false' ? permit : known(bothOf(meets(about, subject, 'sure'), permit), 'sure'),
    deny: deny === 'false' ? deny : known(bothOf(meets(about, subject, 'possible'), deny), 'possible'),
  };
}

/** Null is no answer: it is taken for the one that withholds. */
function known(condition: string, certainty: Certainty): string {
  return condition === 'true' || condition === 'false'
    ? condition
    : `coalesce(${condition}, ${certainty === 'possible'})`;
}

function anyOf(conditions: readonly string[]): string {
  const open = conditions.filter((one) => one !== 'false');
  if (open.length === 0) return 'false';
  return open.includes('true') ? 'true' : or(open);
}

function bothOf(a: string, b: string): string {
  if (a === 'true') return b;
  return b === 'true' ? a : `(${a} and ${b})`;
}

function meets(test: RecordTest, subject: Subject, certainty: Certainty): string {
  const { alias, bind } = subject;
  const conditions: string[] = [];
  const { types, categories, codes, labels, records, care, withinClasses } = test;
  if (types !== undefined || categories !== undefined) {
    const kinds = types === undefined ? [] : [`${alias}.type = any(${bind([...types])}::text[])`];
    if (categories !== undefined && categories !== 0)
      kinds.push(`(${alias}.category & ${bind(categories | 0)}::int) <> 0`);
    conditions.push(or(kinds));
  }
  if (codes !== undefined) conditions.push(indexed(subject, certainty, (row) => hasCode(row, codes, bind)));
  if (labels !== undefined) {
    const { classes, restricted } = labels;
    const ways: string[] = [];
    if (classes !== 0) ways.push(`(${alias}.sensitive & ${bind(classes | 0)}::int) <> 0`);
    if (restricted !== null) ways.push(`${alias}.sensitive ${restricted ? '<>' : '='} 0`);
    if (labels.codes.length > 0)
      ways.push(indexed(subject, certainty, (row) => hasCode(row, labels.codes, bind, securityIds())));
    conditions.push(or(ways));
  }
  if (records !== undefined) conditions.push(or(records.map((one) => isNamed(one, subject, certainty))));
  if (care !== undefined) conditions.push(inPeriod(care, subject, certainty));
  if (withinClasses !== undefined) conditions.push(`(${alias}.sensitive & ~${bind(withinClasses | 0)}::int) = 0`);
  return conditions.length === 0
    ? 'true'
    : conditions.length === 1
      ? (conditions[0] as string)
      : `(${and(conditions)})`;
}

/** By an index that only current versions have. */
function indexed({ alias }: Subject, certainty: Certainty, condition: (row: string) => string): string {
  const row = `${alias}x`;
  const same = `${row}.type = ${alias}.type and ${row}.id = ${alias}.id and ${row}.version = ${alias}.version`;
  const current = `select from resource ${row} where ${same} and not ${row}.deleted`;
  const found = `exists (${current} and ${condition(row)})`;
  return certainty === 'sure' ? found : `(${found} or not exists (${current}))`;
}

function hasCode(row: string, codes: readonly CodeOf[], bind: Bind, ids?: readonly number[]): string {
  const token = `${row}t`;
  const any = codes.map(({ system, code }) => {
    const same = `${token}.code = ${bind(code)}`;
    return system === null ? same : `(${same} and ${token}.system = ${bind(system)})`;
  });
  const of = ids === undefined ? '' : ` and ${paramIn(token, ids)}`;
  const found = `exists (select from search_token ${token} where ${token}.row_id = ${row}.row_id${of} and ${or(any)})`;
  if (ids !== undefined) return found;
  // Codes that no parameter finds.
  return or([
    found,
    `exists (select from search_other ${token} where ${token}.row_id = ${row}.row_id and ${token}.kind = 0 and ${or(any)})`,
  ]);
}

let security: readonly number[] | undefined;

function securityIds(): readonly number[] {
  security ??= [...new Set(resourceTypes().flatMap((type) => parametersOf(type).get('_security')?.ids ?? []))];
  return security;
}

function isNamed({ meaning, type, id }: RecordNamed, subject: Subject, certainty: Certainty): string {
  const { alias, bind } = subject;
  const itself = () => `(${alias}.type = ${bind(type)} and ${alias}.id = ${bind(id)})`;
  const other = (row: string, kind: 1 | 2): string =>
    `exists (select from search_other ${row}n where ${row}n.row_id = ${row}.row_id and ${row}n.kind = ${kind}
      and ${row}n.system = ${bind(type)} and ${row}n.code = ${bind(id)})`;
  const refersTo = () =>
    indexed(subject, certainty, (row) =>
      or([
        `exists (select from search_reference ${row}n where ${row}n.row_id = ${row}.row_id
          and ${row}n.target_type = ${bind(type)} and ${row}n.target_id = ${bind(id)})`,
        other(row, 1),
      ]),
    );
  switch (meaning) {
    case 'instance':
      return itself();
    case 'authoredby':
      return indexed(subject, certainty, (row) => other(row, 2));
    case 'dependents':
      return or([itself(), refersTo()]);
    case 'related': {
      // What the named record refers to: by the index of that record.
      const named = `${alias}_of`;
      const is = `${named}.type = ${bind(type)} and ${named}.id = ${bind(id)}`;
      const referred = or([
        `exists (select from resource ${named} join search_reference ${named}r on ${named}r.row_id = ${named}.row_id
          where ${is} and ${named}r.target_type = ${alias}.type collate "C" and ${named}r.target_id = ${alias}.id collate "C")`,
        `exists (select from resource ${named} join search_other ${named}r on ${named}r.row_id = ${named}.row_id and ${named}r.kind = 1
          where ${is} and ${named}r.system = ${alias}.type collate "C" and ${named}r.code = ${alias}.id collate "C")`,
      ]);
      return or([itself(), refersTo(), referred]);
    }
  }
}

/** The Patient herself is of no time: no period leaves her out, nor withholds her. */
function inPeriod(
  { from, until }: { readonly from: number; readonly until: number },
  { alias, bind }: Subject,
  certainty: Certainty,
): string {
  const bounds: string[] = [];
  if (from !== -Infinity) bounds.push(`${alias}.care_at >= ${bind(Math.ceil(from))}::bigint`);
  if (until !== Infinity) bounds.push(`${alias}.care_at <= ${bind(Math.floor(until))}::bigint`);
  if (bounds.length === 0) return 'true';
  return certainty === 'sure'
    ? `(${alias}.type = 'Patient' or (${alias}.care_at is not null and ${and(bounds)}))`
    : `(${alias}.type <> 'Patient' and (${alias}.care_at is null or (${and(bounds)})))`;
}
