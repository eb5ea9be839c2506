import { type SearchKind, type SearchParameter, searchParametersOf } from '../definitions.ts';
import { type Composite, componentsOf } from './composites.ts';
import { coverOf, shapeOf, sourcesOf } from './cover.ts';
import { compileExpression, type Expression } from './expression.ts';

/** A search parameter as it is for one resource type. */
export interface TypedParameter {
  readonly type: string;
  readonly code: string;
  readonly kind: SearchKind;
  readonly targets: readonly string[];
  /**
   * What the rows of this parameter carry in column `param`. Where others together say the same, theirs: `patient` is `subject` limited to Patients,
   * `combo-code` is `code` and `component-code`; that spares a fifth of all rows.
   */
  readonly ids: readonly number[];
  /** Under which the identifiers of references (`subject:identifier`) are indexed as tokens. */
  readonly identifierIds: readonly number[];
  /** Under which identifiers are indexed with their type (`identifier:of-type`). */
  readonly ofTypeIds: readonly number[];
  /** Limits the rows to references to this type. */
  readonly only: string | null;
  /** Null where nothing of its own is indexed: also composite parameters, and those that are columns of table `resource`. */
  readonly expression: Expression | null;
  /** True when some composite must know which rows are of one element (`Observation.component`). */
  readonly correlated: boolean;
  /** Of a composite: the ways in which it can be met. */
  readonly composites: readonly Composite[];
}

/** Parameters of every resource that are answered from columns of table `resource`. */
const COLUMNS = new Set(['_id', '_lastUpdated']);

/**
 * The number that stands for a type's parameter in the index tables: FNV-1a of `Type.code`, which is the same on every node and after every upgrade.
 * `indexing.test.ts` makes sure that no two known parameters share one.
 */
export function parameterId(type: string, code: string): number {
  let hash = 0x811c9dc5;
  for (const char of `${type}.${code}`) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return hash | 0;
}

interface Table {
  readonly byCode: ReadonlyMap<string, TypedParameter>;
  readonly indexed: readonly TypedParameter[];
}

const tables = new Map<string, Table>();

/** Every search parameter that a resource type has, by code. Compiled once. */
export function parametersOf(type: string): ReadonlyMap<string, TypedParameter> {
  return tableOf(type).byCode;
}

/** Those of which something is indexed: also the components of composites that no parameter covers. */
export function indexedParametersOf(type: string): readonly TypedParameter[] {
  return tableOf(type).indexed;
}

function tableOf(type: string): Table {
  const known = tables.get(type);
  if (known) return known;
  const definitions = ['Resource', 'DomainResource', type].flatMap(searchParametersOf);
  const table = new Map<string, TypedParameter>();
  for (const definition of definitions) table.set(definition.code, typed(type, definition));
  const extra = new Map<string, TypedParameter>();
  shareRows(table);
  const correlated = new Set<number>();
  for (const definition of definitions) {
    const parameter = table.get(definition.code);
    if (definition.kind !== 'composite' || !parameter) continue;
    const composites = componentsOf(definition, type, table, (code, kind, paths) => {
      const own = typedBy(type, code, kind, { paths });
      extra.set(code, own);
      return own;
    });
    table.set(definition.code, { ...parameter, composites });
    for (const composite of composites)
      if (composite.correlated) for (const part of composite.parts) for (const id of part.ids) correlated.add(id);
  }
  const marked = (parameter: TypedParameter): TypedParameter =>
    parameter.ids.some((id) => correlated.has(id)) ? { ...parameter, correlated: true } : parameter;
  const indexed = [...table.values(), ...extra.values()].filter((parameter) => parameter.expression).map(marked);
  const result = { byCode: table, indexed };
  tables.set(type, result);
  return result;
}

/** Finds the parameters whose rows others say already, and lets them share. */
function shareRows(table: Map<string, TypedParameter>): void {
  const sources = sourcesOf(table).filter((source) => source.target === '');
  const used = new Set<TypedParameter>();
  for (const [code, parameter] of table) {
    const shape = used.has(parameter) ? null : shapeOf(parameter);
    if (!shape) continue;
    const parts = sources.filter(
      (source) =>
        source.parameter.code !== code &&
        source.parameter.kind === parameter.kind &&
        table.get(source.parameter.code)?.expression,
    );
    const cover = coverOf(shape.paths, parts);
    if (!cover) continue;
    for (const source of cover) used.add(source.parameter);
    table.set(code, {
      ...parameter,
      ids: cover.flatMap((source) => source.parameter.ids),
      identifierIds: cover.flatMap((source) => source.parameter.identifierIds),
      ofTypeIds: cover.flatMap((source) => source.parameter.ofTypeIds),
      only: shape.target || null,
      expression: null,
    });
  }
}

function typed(type: string, { code, kind, expression, targets }: SearchParameter): TypedParameter {
  const indexed = expression !== '' && kind !== 'composite' && !COLUMNS.has(code);
  const compiled = indexed ? compileExpression(type, expression) : null;
  const ids = indexed || COLUMNS.has(code) ? [parameterId(type, code)] : [];
  return { ...typedBy(type, code, kind, compiled), targets, ids };
}

function typedBy(type: string, code: string, kind: SearchKind, expression: Expression | null): TypedParameter {
  const identifiers =
    expression && 'paths' in expression && expression.paths.some((path) => path.type === 'Identifier');
  return {
    type,
    code,
    kind,
    targets: [],
    ids: [parameterId(type, code)],
    identifierIds: kind === 'reference' ? [parameterId(type, `${code}:identifier`)] : [],
    ofTypeIds: kind === 'token' && identifiers ? [parameterId(type, `${code}:of-type`)] : [],
    only: null,
    expression,
    correlated: false,
    composites: [],
  };
}

/**
 * A parameter of several types at once, as in a search over all types: only where all of them have it, of one kind.
 */
export function parameterOf(types: readonly string[], code: string): TypedParameter | undefined {
  const [first, ...rest] = types.map((type) => parametersOf(type).get(code));
  if (!first || rest.length === 0) return first;
  if (!rest.every((other) => other?.kind === first.kind && other.only === first.only)) return undefined;
  if (first.kind === 'composite') return undefined;
  const all = [first, ...rest].filter((parameter) => parameter !== undefined);
  return {
    ...first,
    ids: all.flatMap((parameter) => parameter.ids),
    identifierIds: all.flatMap((parameter) => parameter.identifierIds),
    ofTypeIds: all.flatMap((parameter) => parameter.ofTypeIds),
    targets: [...new Set(all.flatMap((parameter) => parameter.targets))],
  };
}
