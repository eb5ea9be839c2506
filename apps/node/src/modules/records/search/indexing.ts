import { type Expression, holds, type Path, walk } from './expression.ts';
import { clip, fold } from './fold.ts';
import { parametersOf, type TypedParameter } from './parameters.ts';
import type { DateRow, FhirResource, IndexRows, QuantityRow, ReferenceRow, StringRow, TokenRow } from './types.ts';
import { amountsOf, intervalsOf, stringsOf, targetOf, tokensOf } from './values.ts';

/** Longest string that `:exact` compares. */
const VALUE_LENGTH = 2_000;

interface Collected extends IndexRows {
  readonly tokens: TokenRow[];
  readonly strings: StringRow[];
  readonly dates: DateRow[];
  readonly quantities: QuantityRow[];
  readonly references: ReferenceRow[];
}

/**
 * Evaluates every official search parameter of the resource's type, but for composite and special ones. Pure; content of the wrong shape gives no rows
 * and no error, since validation is another's task.
 */
export function indexResource(resource: FhirResource): IndexRows {
  const rows: Collected = { tokens: [], strings: [], dates: [], quantities: [], references: [] };
  for (const parameter of parametersOf(resource.resourceType).values()) {
    const [id] = parameter.ids;
    if (parameter.expression && id !== undefined)
      indexParameter(resource, { parameter, id }, parameter.expression, rows);
  }
  return rows;
}

interface Own {
  readonly parameter: TypedParameter;
  readonly id: number;
}

function indexParameter(resource: FhirResource, own: Own, expression: Expression, rows: Collected): void {
  if ('allOf' in expression) {
    rows.tokens.push({ param: own.id, system: null, code: String(holds(resource, expression.allOf)), text: null });
    return;
  }
  const collect = COLLECTORS[own.parameter.kind];
  if (!collect) return;
  for (const path of expression.paths) walk(resource, path, (value) => collect(rows, own, path, value));
}

type Collector = (rows: Collected, own: Own, path: Path, value: unknown) => void;

const COLLECTORS: { readonly [kind: string]: Collector | undefined } = {
  token(rows, { id }, { type }, value) {
    for (const { system, code, text } of tokensOf(type, value)) {
      if (
        !rows.tokens.some((row) => row.param === id && row.code === code && row.system === system && row.text === text)
      )
        rows.tokens.push({ param: id, system, code, text });
    }
  },
  uri(rows, { id }, _path, value) {
    if (typeof value === 'string') rows.tokens.push({ param: id, system: null, code: clip(value), text: null });
  },
  string(rows, { id }, { type }, value) {
    for (const string of stringsOf(type, value)) {
      const row = { param: id, folded: fold(string), value: clip(string, VALUE_LENGTH) };
      if (!rows.strings.some((other) => other.param === id && other.value === row.value)) rows.strings.push(row);
    }
  },
  date(rows, { id }, { type }, value) {
    for (const { low, high } of intervalsOf(type, value)) rows.dates.push({ param: id, low, high });
  },
  number(rows, { id }, { type }, value) {
    for (const amount of amountsOf(type, value)) rows.quantities.push({ param: id, ...amount });
  },
  quantity(rows, { id }, { type }, value) {
    for (const amount of amountsOf(type, value)) rows.quantities.push({ param: id, ...amount });
  },
  reference(rows, { id, parameter }, { type, target: only }, value) {
    const target = targetOf(type, value);
    if (only !== undefined && target?.targetType !== only) return;
    if (target) rows.references.push({ param: id, targetType: target.targetType, targetId: target.targetId });
    if (type !== 'Reference') return;
    const [identifierId] = parameter.identifierIds;
    if (identifierId === undefined) return;
    for (const token of tokensOf('Identifier', (value as { identifier?: unknown }).identifier))
      rows.tokens.push({ param: identifierId, ...token });
  },
};
