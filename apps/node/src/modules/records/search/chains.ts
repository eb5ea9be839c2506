import { badRequest } from '@anamnesis/protocol';
import { type CompartmentType, compartmentOf, isResourceType } from '../definitions.ts';
import { type Criterion, criterion, type Subject } from './criteria.ts';
import { parametersOf, type TypedParameter } from './parameters.ts';
import { and, isNamedBy, names, or, paramIn, type Statement } from './statement.ts';

/** Types that a chain without a named type may branch into. */
const MAX_BRANCHES = 12;
/** A compartment is led by its references, as a search for one patient is. */
const COMPARTMENT_RANK = 2;

/** `subject:Patient.name=…`: a reference to a record that itself meets the criterion, and that may be seen. */
export function chain(
  statement: Statement,
  { alias, depth }: Subject,
  parameter: TypedParameter,
  type: string,
  rest: string,
  value: string,
): Criterion {
  const { code, kind, targets } = parameter;
  if (kind !== 'reference') throw badRequest(`${code} is not a reference, so nothing can be chained to it`);
  if (type !== '' && !isResourceType(type)) throw badRequest(`${code} is chained to an unknown resource type`);
  const inner = /^\w[\w-]*/.exec(rest)?.[0] ?? '';
  const possible = parameter.only === null ? targets : [parameter.only];
  const has = (target: string) => rest.startsWith('_has:') || parametersOf(target).has(inner);
  const types = type === '' ? possible.filter(has) : [type].filter(has);
  if (types.length === 0) throw badRequest(`${code} leads to no resource with the chained parameter`);
  if (types.length > MAX_BRANCHES) throw badRequest(`${code} may lead to many types: name one, as in ${code}:Patient`);
  const branches = types.map((target) => branchOf(statement, alias, depth, parameter, target, rest, value));
  const rank = Math.max(...branches.map((branch) => branch.leads?.rank ?? Number.POSITIVE_INFINITY));
  return {
    condition: () => or(branches.map((branch) => branch.condition())),
    ...(Number.isFinite(rank) && {
      leads: { rank, rows: () => branches.map((branch) => branch.leads?.rows() ?? '').join(' union all ') },
    }),
  };
}

function branchOf(
  statement: Statement,
  alias: string,
  depth: number,
  parameter: TypedParameter,
  target: string,
  rest: string,
  value: string,
): Criterion {
  const [row, to] = [statement.alias(), statement.alias()];
  const inner = criterion(statement, { types: [target], alias: to, depth: depth + 1 }, rest, value);
  if (!inner) throw badRequest(`${parameter.code} leads to no resource with the chained parameter`);
  const references = () => and([paramIn(row, parameter.ids), `${row}.target_type = ${statement.bind(target)}`]);
  const { leads } = inner;
  return {
    condition: () =>
      `exists (select from search_reference ${row} join resource ${to} on ${names(row, to)}
        where ${row}.row_id = ${statement.row(alias)} and ${references()} and ${statement.visible(to)} and (${inner.condition()})${statement.fence})`,
    ...(leads && {
      leads: {
        rank: leads.rank + 1,
        // The few records first, then who refers to each of them.
        rows: () =>
          `select ${row}.row_id from (
             select distinct ${to}.id from (${leads.rows()}) few join resource ${to} on ${to}.row_id = few.row_id
             where ${to}.type = ${statement.bind(target)} and ${statement.visible(to)} offset 0
           ) target cross join lateral (
             select ${row}.row_id from search_reference ${row} where ${references()} and ${row}.target_id = target.id collate "C" offset 0
           ) ${row}`,
      },
    }),
  };
}

/** `_has:Observation:patient:code=…`: some record that refers to this one meets the criterion, and may be seen. */
export function reverseChain(
  statement: Statement,
  { alias, depth, types }: Subject,
  name: string,
  value: string,
): Criterion {
  const [, type = '', code = '', ...more] = name.split(':');
  const rest = more.join(':');
  if (rest === '' || !isResourceType(type)) throw badRequest('_has is written _has:[type]:[reference]:[parameter]');
  const parameter = parametersOf(type).get(code);
  if (parameter?.kind !== 'reference') throw badRequest('_has names a parameter that is no reference of that type');
  const [row, from] = [statement.alias(), statement.alias()];
  const inner = criterion(statement, { types: [type], alias: from, depth: depth + 1 }, rest, value);
  if (inner === null) throw badRequest('_has ends in a parameter that its type does not have');
  const references = and([
    paramIn(row, parameter.ids),
    ...(parameter.only === null ? [] : [`${row}.target_type = '${parameter.only}'`]),
  ]);
  const { leads } = inner;
  return {
    condition: () =>
      `exists (select from search_reference ${row} join resource ${from} on ${from}.row_id = ${row}.row_id
        where ${references} and ${isNamedBy(alias, row)} and ${statement.visible(from)} and (${inner.condition()})${statement.fence})`,
    ...(leads && {
      leads: {
        rank: leads.rank + 1,
        rows: () =>
          `select named.row_id from (
             select distinct ${row}.target_type, ${row}.target_id from (${leads.rows()}) few
             join resource ${from} on ${from}.row_id = few.row_id join search_reference ${row} on ${row}.row_id = ${from}.row_id
             where ${references} and ${row}.target_type = any(${statement.bind([...types])}::text[]) and ${statement.visible(from)} offset 0
           ) target cross join lateral (
             select row_id from resource where type = target.target_type collate "default" and id = target.target_id collate "default" offset 0
           ) named`,
      },
    }),
  };
}

/**
 * A compartment: the record refers to its owner by a parameter of the compartment's definition, or is the owner where the definition says so
 * (https://hl7.org/fhir/R4/compartmentdefinition.html).
 * @throws OutcomeError 400 for a type that is never in one.
 */
export function inCompartment(
  statement: Statement,
  { types, alias }: Subject,
  owner: { readonly type: CompartmentType; readonly id: string },
): Criterion {
  const row = statement.alias();
  const codes = (type: string) => compartmentOf(owner.type, type);
  const parameters = types.flatMap((type) => codes(type).flatMap((code) => parametersOf(type).get(code)?.ids ?? []));
  const self = types.includes(owner.type) && codes(owner.type).includes('{def}');
  if (parameters.length === 0 && !self) throw badRequest(`This type is not in the ${owner.type} compartment`);
  const refers = (id: string) =>
    `${paramIn(row, parameters)} and ${row}.target_type = '${owner.type}' and ${row}.target_id = ${id}`;
  return {
    condition: () => {
      const id = statement.bind(owner.id);
      const exists = `exists (select from search_reference ${row} where ${row}.row_id = ${statement.row(alias)} and ${refers(id)}${statement.fence})`;
      return self ? or([exists, `${alias}.type = '${owner.type}' and ${alias}.id = ${id}`]) : exists;
    },
    leads: {
      rank: COMPARTMENT_RANK,
      rows: () => {
        const id = statement.bind(owner.id);
        const own = `select row_id from resource where type = '${owner.type}' and id = ${id}`;
        const referring = `select ${row}.row_id from search_reference ${row} where ${refers(id)}`;
        return self ? `${referring} union all ${own}` : referring;
      },
    },
  };
}
