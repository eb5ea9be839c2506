import { type Expression, holds, type Path, walk } from './expression.ts';
import { clip, fold } from './fold.ts';
import { othersOf } from './others.ts';
import { indexedParametersOf, type TypedParameter } from './parameters.ts';
import type { DateRow, FhirResource, IndexRows, QuantityRow, ReferenceRow, StringRow, TokenRow } from './types.ts';
import { amountsOf, intervalsOf, positionOf, stringsOf, targetOf, tokensOf, typedIdentifiersOf } from './values.ts';

/** Longest string that `:exact` compares. */
const VALUE_LENGTH = 2_000;
/** Largest place in a list that a row can name. */
const MAX_ELEMENT = 32_767;

interface Collected extends IndexRows {
  /** Tokens and strings that are there already; a code list may hold many thousands. */
  readonly seen: Set<string>;
  readonly tokens: TokenRow[];
  readonly strings: StringRow[];
  readonly dates: DateRow[];
  readonly quantities: QuantityRow[];
  readonly references: ReferenceRow[];
}

/** A parameter, the number of its rows, and the base of this server. */
interface Own {
  readonly parameter: TypedParameter;
  readonly id: number;
  readonly base: string;
}

/**
 * Evaluates every known search parameter of the resource's type; composite ones need no rows of their own. Pure; content of the wrong shape gives no
 * rows and no error, since validation is another's task.
 * @param base of this server (`https://host/fhir/R4`), so that absolute references to it are known as its own.
 */
export function indexResource(resource: FhirResource, base = ''): IndexRows {
  const seen = new Set<string>();
  const rows: Collected = { tokens: [], strings: [], dates: [], quantities: [], references: [], others: [], seen };
  for (const parameter of indexedParametersOf(resource.resourceType)) {
    const [id] = parameter.ids;
    if (parameter.expression && id !== undefined)
      indexParameter(resource, { parameter, id, base }, parameter.expression, rows);
  }
  const { tokens, strings, dates, quantities, references } = rows;
  return { tokens, strings, dates, quantities, references, others: othersOf(resource, rows, base) };
}

function isNew({ seen }: Collected, ...parts: readonly unknown[]): boolean {
  return seen.size < seen.add(parts.join('\0')).size;
}

function indexParameter(resource: FhirResource, own: Own, expression: Expression, rows: Collected): void {
  if ('allOf' in expression) {
    const code = String(holds(resource, expression.allOf));
    rows.tokens.push({ param: own.id, system: null, code, text: null, element: null });
    return;
  }
  const collect = COLLECTORS[own.parameter.kind];
  if (!collect) return;
  const { correlated } = own.parameter;
  for (const path of expression.paths)
    walk(resource, path, (value, element) => {
      collect(rows, own, path, value, correlated && element >= 0 && element <= MAX_ELEMENT ? element : null);
    });
}

type Collector = (rows: Collected, own: Own, path: Path, value: unknown, element: number | null) => void;

const COLLECTORS: { readonly [kind: string]: Collector | undefined } = {
  token(rows, { id, parameter }, { type }, value, element) {
    for (const { system, code, text } of tokensOf(type, value)) {
      if (isNew(rows, id, system, code, text, element)) rows.tokens.push({ param: id, system, code, text, element });
    }
    const [ofTypeId] = parameter.ofTypeIds;
    if (type !== 'Identifier' || ofTypeId === undefined) return;
    for (const token of typedIdentifiersOf(value)) rows.tokens.push({ param: ofTypeId, ...token, element: null });
  },
  uri(rows, { id }, _path, value) {
    if (typeof value === 'string')
      rows.tokens.push({ param: id, system: null, code: clip(value), text: null, element: null });
  },
  string(rows, { id }, { type }, value) {
    for (const string of stringsOf(type, value)) {
      const row = { param: id, folded: fold(string), value: clip(string, VALUE_LENGTH) };
      if (isNew(rows, id, row.value)) rows.strings.push(row);
    }
  },
  date(rows, { id }, { type }, value) {
    for (const { low, high } of intervalsOf(type, value)) rows.dates.push({ param: id, low, high });
  },
  number(rows, { id }, { type }, value, element) {
    for (const amount of amountsOf(type, value)) rows.quantities.push({ param: id, ...amount, element });
  },
  quantity(rows, { id }, { type }, value, element) {
    for (const amount of amountsOf(type, value)) rows.quantities.push({ param: id, ...amount, element });
  },
  reference(rows, { id, parameter, base }, { type, target: only }, value, element) {
    const target = targetOf(type, value, base);
    if (only !== undefined && target?.targetType !== only) return;
    if (target) rows.references.push({ param: id, targetType: target.targetType, targetId: target.targetId, element });
    if (type !== 'Reference') return;
    const [identifierId] = parameter.identifierIds;
    if (identifierId === undefined) return;
    for (const token of tokensOf('Identifier', (value as { identifier?: unknown }).identifier))
      rows.tokens.push({ param: identifierId, ...token, element: null });
  },
  // The one special parameter with an expression is Location's `near`: a point, in degrees.
  special(rows, { id }, _path, value) {
    const position = positionOf(value);
    if (!position) return;
    const [low, high] = position;
    const units = { system: '', code: '', unit: '', base: null, baseLow: null, baseHigh: null };
    rows.quantities.push({ param: id, low, high, ...units, element: null });
  },
};
