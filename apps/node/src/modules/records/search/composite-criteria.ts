import { badRequest, notSupported } from '@anamnesis/protocol';
import type { Composite } from './composites.ts';
import type { Criterion, Subject } from './criteria.ts';
import { splitEscaped } from './escapes.ts';
import { MATCHES, TABLE_OF } from './matching.ts';
import type { TypedParameter } from './parameters.ts';
import { and, or, paramIn, type Statement } from './statement.ts';

/**
 * A composite parameter, `code-value-quantity=8480-6$gt140` (https://hl7.org/fhir/R4/search.html#composite): all parts hold of the record and, for lists in
 * it, of one entry. No rows are stored for composites: those of their parts name the entry.
 * @throws OutcomeError 400 for a value without all its parts and for modifiers.
 */
export function compositeCriterion(
  statement: Statement,
  subject: Subject,
  parameter: TypedParameter,
  modifier: string,
  values: readonly string[],
): Criterion {
  const { code, composites } = parameter;
  if (modifier !== '') throw notSupported(`${code} does not support this modifier`);
  if (composites.length === 0) throw notSupported(`Search parameter ${code} is not supported`);
  return {
    condition: () =>
      or(
        values.flatMap((value) => {
          const parts = splitEscaped(value, '$');
          return composites.map((composite) => oneWay(statement, subject, composite, parts, code));
        }),
      ),
  };
}

function oneWay(
  statement: Statement,
  { alias }: Subject,
  { parts, correlated }: Composite,
  values: readonly string[],
  code: string,
): string {
  if (values.length !== parts.length || values.includes(''))
    throw badRequest(`The value of ${code} is ${parts.length} values with $ between them`);
  const rows = parts.map(({ kind, ids, apart }, i) => {
    const match = MATCHES[kind]?.[''];
    if (!match) throw notSupported(`Search parameter ${code} is not supported`);
    const row = statement.alias();
    const condition = and([
      `${row}.row_id = ${statement.row(alias)}`,
      paramIn(row, ids),
      `(${match(statement, row, values[i] ?? '', code)})`,
    ]);
    return { row, apart, table: TABLE_OF[kind] ?? '', condition };
  });
  const exists = (from: string, conditions: readonly string[]) =>
    `exists (select from ${from} where ${and(conditions)}${statement.fence})`;
  const alone = rows.filter((one) => !correlated || one.apart);
  const together = rows.filter((one) => correlated && !one.apart);
  const [first, ...others] = together;
  const conditions = alone.map(({ table, row, condition }) => exists(`${table} ${row}`, [condition]));
  if (first) {
    const same = others.map((other) => `${other.row}.element = ${first.row}.element`);
    const from = together.map(({ table, row }) => `${table} ${row}`).join(', ');
    conditions.push(exists(from, [...together.map((one) => one.condition), ...same]));
  }
  return and(conditions);
}
