import { tooCostly } from '@anamnesis/protocol';
import type { Scope } from '../../consent/scope.ts';
import { scopePredicate } from './scope.ts';
import type { CodeSet, WantedCodes } from './terminology.ts';

/** Tables that one statement may look into: chains without a named type and composites multiply. */
const MAX_ALIASES = 600;

/** One SQL statement in the making: its parameters, its table aliases and the scope that every record it touches is held to. */
export interface Statement {
  readonly params: readonly unknown[];
  /** Time of the search, milliseconds since 1970 (for the prefix `ap`). */
  readonly now: number;
  /** Absolute base of this server; '' when not known. */
  readonly base: string;
  /**
   * ' offset 0' once something selective leads the search: then each further condition is looked up row by row, whatever the planner thinks of its values,
   * and the plan may be kept. Otherwise ''.
   */
  fence: '' | ' offset 0';
  /** The codes of a value set or below a code. Those that are not at hand are empty, and wanted: see `Terminology`. */
  codes(wanted: WantedCodes): CodeSet;
  /** Takes a value and gives its placeholder. */
  bind(value: unknown): string;
  /** A fresh alias. */
  alias(): string;
  /**
   * The number of the record under `alias`. Of the records that are searched for (r), once something leads the search, it is the leader's (m): then the
   * record itself is looked up only where all that can be told by its number holds.
   */
  row(alias: string): string;
  /** The condition for a row of table `resource` under `alias` to be seen at all: current, not deleted, within the scope. */
  visible(alias: string): string;
}

export function statement(
  scope: Scope,
  {
    base,
    now,
    codes = () => new Map(),
  }: { readonly base?: string | undefined; readonly now: number; readonly codes?: Statement['codes'] },
): Statement {
  const params: unknown[] = [];
  let aliases = 0;
  const bind = (value: unknown): string => {
    params.push(value);
    return `$${params.length}`;
  };
  const made: Statement = {
    params,
    now,
    base: base ?? '',
    fence: '',
    codes,
    bind,
    row: (alias) => (alias === 'r' && made.fence !== '' ? 'm.row_id' : `${alias}.row_id`),
    alias: () => {
      if (++aliases > MAX_ALIASES)
        throw tooCostly('The search branches too far: ask for fewer values, or name the types of chains');
      return `a${aliases}`;
    },
    visible: (alias) => `not ${alias}.deleted and ${scopePredicate(scope, alias, bind)}`,
  };
  return made;
}

/** `param in (…)` for the numbers of a parameter, which are constants of the standard and no one's input. */
export function paramIn(alias: string, ids: readonly number[]): string {
  if (ids.length === 1) return `${alias}.param = ${ids[0]}`;
  return `${alias}.param = any('{${ids.join(',')}}'::integer[])`;
}

/** From a row of `search_reference` to the record that it names. The index of each side is in the collation named here. */
export function names(reference: string, record: string): string {
  return `${record}.type = ${reference}.target_type collate "default" and ${record}.id = ${reference}.target_id collate "default"`;
}

/** From a record to the rows of `search_reference` that name it. */
export function isNamedBy(record: string, reference: string): string {
  return `${reference}.target_type = ${record}.type collate "C" and ${reference}.target_id = ${record}.id collate "C"`;
}

/** Joins conditions; no condition is true. */
export function and(conditions: readonly string[]): string {
  return conditions.length === 0 ? 'true' : conditions.join(' and ');
}

/** Joins alternatives in brackets; no alternative is false. */
export function or(alternatives: readonly string[]): string {
  if (alternatives.length === 0) return 'false';
  return alternatives.length === 1 ? `(${alternatives[0]})` : `(${alternatives.map((one) => `(${one})`).join(' or ')})`;
}
