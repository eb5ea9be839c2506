import { badRequest, notSupported, tooCostly } from '@anamnesis/protocol';
import { isResourceType, patientCompartmentOf } from '../definitions.ts';
import { splitEscaped, unescaped } from './escapes.ts';
import { compareDate, MATCHES, TABLE_OF } from './matching.ts';
import { parameterOf, parametersOf, type TypedParameter } from './parameters.ts';
import { and, isNamedBy, names, or, paramIn, type Statement } from './statement.ts';

/** Chains and `_has` may lead this far. */
const MAX_DEPTH = 4;
/** Alternatives of one parameter. */
const MAX_VALUES = 200;
/** Types that a chain without a named type may branch into. */
const MAX_BRANCHES = 12;

/** Where a criterion holds: rows of table `resource` under `alias`, of these types. */
export interface Subject {
  readonly types: readonly string[];
  readonly alias: string;
  readonly depth: number;
}

/**
 * The SQL condition of one search parameter (`code`, `name:exact`, `subject:Patient.name`, `_has:Observation:patient:code`) on the subject's rows;
 * null when the type has no such parameter.
 * @throws OutcomeError 400 when a value or a modifier cannot be understood or is not supported.
 */
export function criterion(statement: Statement, subject: Subject, name: string, value: string): string | null {
  if (subject.depth > MAX_DEPTH) throw tooCostly('Chained parameters lead too far');
  if (name.startsWith('_has:')) return reverseChain(statement, subject, name, value);
  const dot = name.indexOf('.');
  const head = dot < 0 ? name : name.slice(0, dot);
  const colon = head.indexOf(':');
  const code = colon < 0 ? head : head.slice(0, colon);
  const modifier = colon < 0 ? '' : head.slice(colon + 1);
  const parameter = parameterOf(subject.types, code);
  if (!parameter) return null;
  if (parameter.ids.length === 0) throw notSupported(`Search parameter ${code} is not supported`);
  if (dot >= 0) return chain(statement, subject, parameter, modifier, name.slice(dot + 1), value);
  const values = splitEscaped(value, ',');
  if (values.length > MAX_VALUES) throw tooCostly(`${code} has too many values`);
  if (code === '_id' || code === '_lastUpdated') return column(statement, subject, code, modifier, values);
  if (modifier === 'missing') return missing(subject, statement, parameter, value);
  return indexed(statement, subject, parameter, modifier, values);
}

function column(
  statement: Statement,
  { alias }: Subject,
  code: string,
  modifier: string,
  values: readonly string[],
): string {
  if (modifier !== '') throw notSupported(`${code} does not support this modifier`);
  if (code === '_id') return `${alias}.id = any(${statement.bind(values.map(unescaped))}::text[])`;
  const at = `${alias}.last_updated`;
  const bind = (time: number) => `to_timestamp(${statement.bind(time)}::double precision / 1000)`;
  return or(values.map((value) => compareDate(value, code, statement.now, at, at, bind)));
}

/** A parameter's rows of an index table, under the alias `row`. */
interface Rows {
  readonly parameter: TypedParameter;
  readonly ids: readonly number[];
  readonly table: string;
  readonly row: string;
}

function conditionsOf({ parameter, ids, table, row }: Rows): string[] {
  const only = parameter.only !== null && table === 'search_reference';
  return [paramIn(row, ids), ...(only ? [`${row}.target_type = '${parameter.only}'`] : [])];
}

function some({ alias }: Subject, rows: Rows, more: readonly string[]): string {
  const { row, table } = rows;
  return `exists (select from ${table} ${row} where ${and([`${row}.row_id = ${alias}.row_id`, ...conditionsOf(rows), ...more])})`;
}

/** As a set to be hashed once: an anti-join may be planned as a loop that never ends while the tables have no statistics. */
function none({ alias }: Subject, rows: Rows, more: readonly string[]): string {
  const { row, table } = rows;
  return `${alias}.row_id not in (select ${row}.row_id from ${table} ${row} where ${and([...conditionsOf(rows), ...more])})`;
}

function missing(subject: Subject, statement: Statement, parameter: TypedParameter, value: string): string {
  if (value !== 'true' && value !== 'false') throw badRequest(`${parameter.code}:missing is true or false`);
  const { kind, ids } = parameter;
  const rows = { parameter, ids, table: TABLE_OF[kind] ?? '', row: statement.alias() };
  return value === 'true' ? none(subject, rows, []) : some(subject, rows, []);
}

function indexed(
  statement: Statement,
  subject: Subject,
  parameter: TypedParameter,
  modifier: string,
  values: readonly string[],
): string {
  const { code, kind } = parameter;
  const row = statement.alias();
  if (kind === 'reference' && modifier === 'identifier') {
    const matches = values.map((value) => MATCHES.token?.['']?.(statement, row, value, code) ?? 'false');
    return some(subject, { parameter, ids: parameter.identifierIds, table: 'search_token', row }, [or(matches)]);
  }
  const type = kind === 'reference' && isResourceType(modifier) ? modifier : null;
  const kinds = MATCHES[kind];
  const match = kinds && Object.hasOwn(kinds, type ? '' : modifier) ? kinds[type ? '' : modifier] : undefined;
  if (!match) throw notSupported(`${code} does not support this modifier`);
  const more = [or(values.map((value) => match(statement, row, value, code)))];
  if (type) more.push(`${row}.target_type = ${statement.bind(type)}`);
  const rows = { parameter, ids: parameter.ids, table: TABLE_OF[kind] ?? '', row };
  return modifier === 'not' ? none(subject, rows, more) : some(subject, rows, more);
}

/** `subject:Patient.name=…`: a reference to a record that itself meets the criterion, and that may be seen. */
function chain(
  statement: Statement,
  { alias, depth }: Subject,
  parameter: TypedParameter,
  type: string,
  rest: string,
  value: string,
): string {
  const { code, kind, targets } = parameter;
  if (kind !== 'reference') throw badRequest(`${code} is not a reference, so nothing can be chained to it`);
  if (type !== '' && !isResourceType(type)) throw badRequest(`${code} is chained to an unknown resource type`);
  const inner = /^\w[\w-]*/.exec(rest)?.[0] ?? '';
  const possible = parameter.only === null ? targets : [parameter.only];
  const has = (target: string) => rest.startsWith('_has:') || parametersOf(target).has(inner);
  const types = type === '' ? possible.filter(has) : [type].filter(has);
  if (types.length === 0) throw badRequest(`${code} leads to no resource with the chained parameter`);
  if (types.length > MAX_BRANCHES) throw badRequest(`${code} may lead to many types: name one, as in ${code}:Patient`);
  const branches = types.map((target) => {
    const [row, to] = [statement.alias(), statement.alias()];
    const condition = criterion(statement, { types: [target], alias: to, depth: depth + 1 }, rest, value) ?? 'false';
    const join = `join resource ${to} on ${names(row, to)}`;
    const reference = and([`${row}.row_id = ${alias}.row_id`, paramIn(row, parameter.ids)]);
    const seen = `${row}.target_type = ${statement.bind(target)} and ${statement.visible(to)}`;
    return `exists (select from search_reference ${row} ${join} where ${reference} and ${seen} and (${condition}))`;
  });
  return or(branches);
}

/** `_has:Observation:patient:code=…`: some record that refers to this one meets the criterion, and may be seen. */
function reverseChain(statement: Statement, { alias, depth }: Subject, name: string, value: string): string {
  const [, type = '', code = '', ...more] = name.split(':');
  const rest = more.join(':');
  if (rest === '' || !isResourceType(type)) throw badRequest('_has is written _has:[type]:[reference]:[parameter]');
  const parameter = parametersOf(type).get(code);
  if (parameter?.kind !== 'reference') throw badRequest('_has names a parameter that is no reference of that type');
  const [row, from] = [statement.alias(), statement.alias()];
  const condition = criterion(statement, { types: [type], alias: from, depth: depth + 1 }, rest, value);
  if (condition === null) throw badRequest('_has ends in a parameter that its type does not have');
  const conditions = [
    paramIn(row, parameter.ids),
    isNamedBy(alias, row),
    ...(parameter.only === null ? [] : [`${row}.target_type = '${parameter.only}'`]),
    statement.visible(from),
    `(${condition})`,
  ];
  return `exists (select from search_reference ${row} join resource ${from} on ${from}.row_id = ${row}.row_id where ${and(conditions)})`;
}

/**
 * The condition of a Patient compartment: the record refers to the patient by a parameter of the compartment definition, or is the Patient.
 * @throws OutcomeError 400 for a type that is never in one.
 */
export function inCompartment(statement: Statement, { types, alias }: Subject, patient: string): string {
  const row = statement.alias();
  const parameters = types.flatMap((type) =>
    patientCompartmentOf(type).flatMap((code) => parametersOf(type).get(code)?.ids ?? []),
  );
  const self = types.includes('Patient');
  if (parameters.length === 0 && !self) throw badRequest('This type is not in the Patient compartment');
  const id = statement.bind(patient);
  const refers = `exists (select from search_reference ${row} where ${row}.row_id = ${alias}.row_id and ${paramIn(row, parameters)} and ${row}.target_type = 'Patient' and ${row}.target_id = ${id})`;
  return self ? or([refers, `${alias}.type = 'Patient' and ${alias}.id = ${id}`]) : refers;
}
