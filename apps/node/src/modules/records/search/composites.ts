import type { SearchKind, SearchParameter } from '../definitions.ts';
import { coverOf, pathKey, sourcesOf } from './cover.ts';
import { compileExpression, type Expression, type Path } from './expression.ts';
import type { TypedParameter } from './parameters.ts';

/** One part of a composite: a kind of value, and the parameters whose rows hold it. */
export interface Part {
  readonly kind: SearchKind;
  readonly ids: readonly number[];
  /** True for what stands outside the list (`%resource.…`): it goes with each of its elements. */
  readonly apart: boolean;
}

/**
 * One way in which a composite parameter can be met (https://hl7.org/fhir/R4/search.html#composite): all its parts by one resource and, when correlated,
 * by one element of a list in it. `combo-code-value-quantity` has two ways: the Observation itself, and one of its components.
 */
export interface Composite {
  readonly parts: readonly Part[];
  readonly correlated: boolean;
}

/** What values of a FHIR type are searched as. */
const KINDS: Readonly<Record<string, SearchKind>> = {
  ...{ CodeableConcept: 'token', Coding: 'token', Identifier: 'token', code: 'token', boolean: 'token' },
  ...{ Quantity: 'quantity', Range: 'quantity', Money: 'quantity', SampledData: 'quantity' },
  ...{ integer: 'number', positiveInt: 'number', unsignedInt: 'number', decimal: 'number' },
  ...{ dateTime: 'date', date: 'date', instant: 'date', Period: 'date', Timing: 'date' },
  ...{ Reference: 'reference', string: 'string', uri: 'uri', canonical: 'uri' },
};

/**
 * The ways in which a composite can be met. Its parts use the rows of other parameters; `own` is asked for one where there is none that has just these.
 */
export function componentsOf(
  definition: SearchParameter,
  type: string,
  table: ReadonlyMap<string, TypedParameter>,
  own: (code: string, kind: SearchKind, paths: readonly Path[]) => TypedParameter,
): Composite[] {
  const base = compileExpression(type, definition.expression);
  if (!('paths' in base)) return [];
  return base.paths.map((from, way) => {
    const correlated = from.steps.some((step) => step.array);
    const parts = definition.components.map((component, place): Part => {
      const compiled = compileExpression(type, component.expression, [from]);
      const paths = 'paths' in compiled ? compiled.paths : [];
      const like = table.get(/SearchParameter\/[A-Za-z]+-(.+)$/.exec(component.definition)?.[1] ?? '');
      const kinds = new Set(paths.map((path) => KINDS[path.type]));
      // The definitions of DocumentReference's `relationship` are swapped: what is found there decides.
      const kind = like && kinds.has(like.kind) ? like.kind : ([...kinds].find((one) => one !== undefined) ?? 'token');
      const wanted = paths.filter((path) => KINDS[path.type] === kind);
      const keys = wanted.map(pathKey);
      const sources = sourcesOf(table).filter(({ parameter, target }) => parameter.kind === kind && target === '');
      const cover = coverOf(keys, sources);
      const apart = component.expression.startsWith('%resource');
      if (cover) return { kind, apart, ids: cover.flatMap((source) => source.parameter.ids) };
      // `value-quantity` also looks at SampledData: one row more of the same element does no harm, rows of its own for each composite would.
      const wider = sources.find(
        (source) =>
          keys.every((key) => source.paths.includes(key)) &&
          source.parameter.expression &&
          within(source.parameter.expression, from),
      );
      if (wider) return { kind, apart, ids: wider.parameter.ids };
      return { kind, apart, ids: own(`${definition.code}$${way}$${place}`, kind, wanted).ids };
    });
    return { parts, correlated };
  });
}

/** All that the expression leads to stands in what `from` leads to, and in no other list. */
function within(expression: Expression, from: Path): boolean {
  if (!('paths' in expression)) return false;
  const lists = ({ steps }: Path) => steps.filter((step) => step.array).length;
  return expression.paths.every(
    (path) => lists(path) === lists(from) && from.steps.every((step, i) => path.steps[i]?.key === step.key),
  );
}
