import { type SearchKind, type SearchParameter, searchParametersOf } from '../definitions.ts';
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
  /** Limits the rows to references to this type. */
  readonly only: string | null;
  /** Null where nothing of its own is indexed: also composite and special parameters, and those that are columns of table `resource`. */
  readonly expression: Expression | null;
}

/** Parameters of every resource that are answered from columns of table `resource`. */
const COLUMNS = new Set(['_id', '_lastUpdated']);

/**
 * The number that stands for a type's parameter in the index tables: FNV-1a of `Type.code`, which is the same on every node and after every upgrade.
 * `indexing.test.ts` makes sure that no two official parameters share one.
 */
export function parameterId(type: string, code: string): number {
  let hash = 0x811c9dc5;
  for (const char of `${type}.${code}`) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return hash | 0;
}

const tables = new Map<string, ReadonlyMap<string, TypedParameter>>();

/** Every search parameter that a resource type has by the standard, by code. Compiled once. */
export function parametersOf(type: string): ReadonlyMap<string, TypedParameter> {
  const known = tables.get(type);
  if (known) return known;
  const table = new Map<string, TypedParameter>();
  for (const parameter of ['Resource', 'DomainResource', type].flatMap(searchParametersOf))
    table.set(parameter.code, typed(type, parameter));
  const sources = [...table.values()].flatMap((parameter) => {
    const shape = shapeOf(parameter);
    return shape && shape.target === '' ? [{ parameter, paths: shape.paths }] : [];
  });
  sources.sort((a, b) => a.paths.length - b.paths.length);
  const used = new Set<TypedParameter>();
  for (const [code, parameter] of table) {
    const shape = used.has(parameter) ? null : shapeOf(parameter);
    if (!shape) continue;
    const parts = sources.filter(
      (source) => source.parameter.code !== code && source.parameter.kind === parameter.kind,
    );
    const cover = coverOf(
      shape.paths,
      parts.filter((source) => table.get(source.parameter.code)?.expression),
    );
    if (!cover) continue;
    for (const source of cover) used.add(source.parameter);
    table.set(code, {
      ...parameter,
      ids: cover.flatMap((source) => source.parameter.ids),
      identifierIds: cover.flatMap((source) => source.parameter.identifierIds),
      only: shape.target || null,
      expression: null,
    });
  }
  tables.set(type, table);
  return table;
}

function typed(type: string, { code, kind, expression, targets }: SearchParameter): TypedParameter {
  const indexed = expression !== '' && kind !== 'composite' && kind !== 'special' && !COLUMNS.has(code);
  return {
    type,
    code,
    kind,
    targets,
    ids: indexed || COLUMNS.has(code) ? [parameterId(type, code)] : [],
    identifierIds: kind === 'reference' ? [parameterId(type, `${code}:identifier`)] : [],
    only: null,
    expression: indexed ? compileExpression(type, expression) : null,
  };
}

/**
 * A parameter of several types at once, as in a search over all types: only where all of them have it, of one kind.
 */
export function parameterOf(types: readonly string[], code: string): TypedParameter | undefined {
  const [first, ...rest] = types.map((type) => parametersOf(type).get(code));
  if (!first || rest.length === 0) return first;
  if (!rest.every((other) => other?.kind === first.kind && other.only === first.only)) return undefined;
  const all = [first, ...rest].filter((parameter) => parameter !== undefined);
  return {
    ...first,
    ids: all.flatMap((parameter) => parameter.ids),
    identifierIds: all.flatMap((parameter) => parameter.identifierIds),
    targets: [...new Set(all.flatMap((parameter) => parameter.targets))],
  };
}

interface Source {
  readonly parameter: TypedParameter;
  readonly paths: readonly string[];
}

/** Parameters whose paths are together exactly these, without overlap; null when there are none. */
function coverOf(paths: readonly string[], sources: readonly Source[]): Source[] | null {
  const open = new Set(paths);
  const cover: Source[] = [];
  for (const source of sources) {
    if (!source.paths.every((path) => open.has(path))) continue;
    for (const path of source.paths) open.delete(path);
    cover.push(source);
  }
  return open.size === 0 ? cover : null;
}

/** What a parameter looks at, and to which one type its references are limited ('' for none); null where nothing is indexed. */
function shapeOf({
  expression,
}: TypedParameter): { readonly paths: readonly string[]; readonly target: string } | null {
  if (!expression || !('paths' in expression)) return null;
  const targets = new Set(expression.paths.map((path) => path.target ?? ''));
  if (targets.size !== 1) return null;
  return {
    paths: expression.paths.map((path) => JSON.stringify([path.steps, path.type])),
    target: [...targets][0] ?? '',
  };
}
