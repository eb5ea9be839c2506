import { badRequest, notSupported, tooCostly } from '@anamnesis/protocol';
import { isResourceType } from '../definitions.ts';
import { chain, reverseChain } from './chains.ts';
import { compositeCriterion } from './composite-criteria.ts';
import { splitEscaped, unescaped } from './escapes.ts';
import { compareDate, MATCHES, ownTarget, TABLE_OF } from './matching.ts';
import { parameterOf, type TypedParameter } from './parameters.ts';
import { and, or, paramIn, type Statement } from './statement.ts';

/** Chains and `_has` may lead this far. */
const MAX_DEPTH = 4;
/** Alternatives of one parameter. */
const MAX_VALUES = 200;

/** Where a criterion holds: rows of table `resource` under `alias`, of these types. */
export interface Subject {
  readonly types: readonly string[];
  readonly alias: string;
  readonly depth: number;
}

/** Of one search parameter: what makes a row of the subject a match. Exactly one of its functions is called, so that no value is bound twice. */
export interface Criterion {
  /** The condition on the subject's row. */
  condition(): string;
  /** For what names few records by its nature: how many, as a rank (fewest first), and a query of their `row_id`s, which may repeat. */
  readonly leads?: { readonly rank: number; rows(): string };
}

/** How few records a criterion names, fewest first. */
const RANK = { id: 0, identifier: 1, about: 2, string: 4, reference: 5 } as const;
/** References that few records share with others: the rest may be of a whole ward or practice. */
const ABOUT = new Set(['patient', 'subject', 'encounter', 'beneficiary', 'individual', 'focus', 'based-on', 'part-of']);

/**
 * The criterion of one search parameter (`code`, `name:exact`, `subject:Patient.name`, `_has:Observation:patient:code`) on the subject's rows; null when
 * the type has no such parameter.
 * @throws OutcomeError 400 when a value or a modifier cannot be understood or is not supported.
 */
export function criterion(statement: Statement, subject: Subject, name: string, value: string): Criterion | null {
  if (subject.depth > MAX_DEPTH) throw tooCostly('Chained parameters lead too far');
  if (name.startsWith('_has:')) return reverseChain(statement, subject, name, value);
  if (name === '_list') return list(statement, subject, value);
  const dot = name.indexOf('.');
  const head = dot < 0 ? name : name.slice(0, dot);
  const colon = head.indexOf(':');
  const code = colon < 0 ? head : head.slice(0, colon);
  const modifier = colon < 0 ? '' : head.slice(colon + 1);
  const parameter = parameterOf(subject.types, code);
  if (!parameter) return null;
  if (dot >= 0) return chain(statement, subject, parameter, modifier, name.slice(dot + 1), value);
  const values = splitEscaped(value, ',');
  if (values.length > MAX_VALUES) throw tooCostly(`${code} has too many values`);
  if (parameter.kind === 'composite') return compositeCriterion(statement, subject, parameter, modifier, values);
  if (parameter.ids.length === 0) throw notSupported(`Search parameter ${code} is not supported`);
  if (code === '_id' || code === '_lastUpdated') return column(statement, subject, code, modifier, values);
  if (modifier === 'missing') return missing(statement, subject, parameter, value);
  return indexed(statement, subject, parameter, modifier, values);
}

function column(
  statement: Statement,
  { alias, types }: Subject,
  code: string,
  modifier: string,
  values: readonly string[],
): Criterion {
  if (modifier === 'missing') return { condition: () => String(isMissing(values.join(), code) === false) };
  if (modifier !== '') throw notSupported(`${code} does not support this modifier`);
  if (code === '_id') {
    const ids = () => `id = any(${statement.bind(values.map(unescaped))}::text[])`;
    const rows = () =>
      `select row_id from resource where type = any(${statement.bind([...types])}::text[]) and ${ids()}`;
    return { condition: () => `${alias}.${ids()}`, leads: { rank: RANK.id, rows } };
  }
  const at = `${alias}.last_updated`;
  const bind = (time: number) => `to_timestamp(${statement.bind(time)}::double precision / 1000)`;
  return { condition: () => or(values.map((value) => compareDate(value, code, statement.now, at, at, bind))) };
}

/** A parameter's rows of an index table, and what else must hold of them. */
interface Rows {
  readonly parameter: TypedParameter;
  readonly ids: readonly number[];
  readonly table: string;
  /** Conditions on the row under an alias. */
  readonly more?: (row: string) => readonly string[];
}

function conditionsOf(row: string, { parameter, ids, table, more }: Rows): string[] {
  const only = parameter.only !== null && table === 'search_reference';
  return [paramIn(row, ids), ...(only ? [`${row}.target_type = '${parameter.only}'`] : []), ...(more?.(row) ?? [])];
}

/** Some row of these belongs to the subject's. */
function some(statement: Statement, { alias }: Subject, rows: Rows, rank?: number): Criterion {
  const row = statement.alias();
  const own = () => and([`${row}.row_id = ${statement.row(alias)}`, ...conditionsOf(row, rows)]);
  const leading = () => `select ${row}.row_id from ${rows.table} ${row} where ${and(conditionsOf(row, rows))}`;
  return {
    condition: () => `exists (select from ${rows.table} ${row} where ${own()}${statement.fence})`,
    ...(rank !== undefined && { leads: { rank, rows: leading } }),
  };
}

/** No row of these does. A set to be hashed once, unless few records are looked at: an anti-join may be planned as a loop that never ends. */
function none(statement: Statement, { alias }: Subject, rows: Rows): Criterion {
  const row = statement.alias();
  return {
    condition: () =>
      statement.fence === ''
        ? `${alias}.row_id not in (select ${row}.row_id from ${rows.table} ${row} where ${and(conditionsOf(row, rows))})`
        : `not exists (select from ${rows.table} ${row} where ${and([`${row}.row_id = ${statement.row(alias)}`, ...conditionsOf(row, rows)])}${statement.fence})`,
  };
}

function missing(statement: Statement, subject: Subject, parameter: TypedParameter, value: string): Criterion {
  const rows = { parameter, ids: parameter.ids, table: TABLE_OF[parameter.kind] ?? '' };
  return isMissing(value, parameter.code) ? none(statement, subject, rows) : some(statement, subject, rows);
}

function isMissing(value: string, code: string): boolean {
  if (value !== 'true' && value !== 'false') throw badRequest(`${code}:missing is true or false`);
  return value === 'true';
}

function indexed(
  statement: Statement,
  subject: Subject,
  parameter: TypedParameter,
  modifier: string,
  values: readonly string[],
): Criterion {
  const { code, kind } = parameter;
  if (kind === 'reference' && modifier === 'identifier') {
    const match = MATCHES.token?.[''];
    const more = (row: string) => [or(values.map((value) => match?.(statement, row, value, code) ?? 'false'))];
    const rows = { parameter, ids: parameter.identifierIds, table: 'search_token', more };
    return some(statement, subject, rows, RANK.identifier);
  }
  const type = kind === 'reference' && isResourceType(modifier) ? modifier : null;
  const kinds = MATCHES[kind];
  const match = kinds && Object.hasOwn(kinds, type ? '' : modifier) ? kinds[type ? '' : modifier] : undefined;
  if (!match) throw notSupported(`${code} does not support this modifier`);
  const more = (row: string) => [
    or(values.map((value) => match(statement, row, value, code))),
    ...(type ? [`${row}.target_type = ${statement.bind(type)}`] : []),
  ];
  const ids = modifier === 'of-type' ? parameter.ofTypeIds : parameter.ids;
  const rows = { parameter, ids, table: TABLE_OF[kind] ?? '', more };
  if (modifier === 'not' || modifier === 'not-in') return none(statement, subject, rows);
  return some(statement, subject, rows, rankOf(statement, parameter, modifier, values));
}

/** How few records these values name by their nature; undefined where that depends on the values. */
function rankOf(
  { base }: Statement,
  { kind, code, ofTypeIds }: TypedParameter,
  modifier: string,
  values: readonly string[],
): number | undefined {
  if (kind === 'token' && ofTypeIds.length > 0 && (modifier === '' || modifier === 'of-type'))
    return values.every((value) => !value.endsWith('|')) ? RANK.identifier : undefined;
  if (kind === 'reference') {
    const named = values.every((value) => !value.includes('/') || ownTarget(base, unescaped(value)) !== null);
    return ABOUT.has(code) && named ? RANK.about : RANK.reference;
  }
  if (kind === 'string' && (modifier === '' || modifier === 'exact'))
    return values.every((value) => value.length > 1) ? RANK.string : undefined;
  return undefined;
}

/** `_list=42`: what the entries of a List name, when that List may be seen (https://hl7.org/fhir/R4/search.html#list). */
function list(statement: Statement, subject: Subject, value: string): Criterion {
  if (!/^[A-Za-z0-9.-]{1,64}$/.test(value)) throw notSupported('_list is the id of a List');
  return reverseChain(statement, subject, '_has:List:item:_id', value);
}
