import { tooCostly } from '@anamnesis/protocol';
import type { IncludeRow, Library, ValueSetRow } from '../library/index.ts';
import { type CodeSystem, type Concept, codeSystemOf, isGrammatical } from './code-system.ts';

/** Whether a code is in a value set, as far as is known here. */
export interface Membership {
  /** Undefined when it rests on what is not known here: an external code system, a value set that is not loaded. */
  readonly result: boolean | undefined;
  readonly system?: string | undefined;
  readonly display?: string | undefined;
  readonly inactive?: boolean | undefined;
  /** Canonicals of what is not known here and would be needed. */
  readonly unknown: readonly string[];
}

/** A code with its system, or (an element of type code) without one. */
export interface Coded {
  readonly system?: string | undefined;
  readonly code: string;
}

/** Bounds one request: value sets that clients send or store may include one another a million times over. */
export class Work {
  #left = 200_000;

  /** Errors: 403 `too-costly` when all is spent. */
  spend(amount: number): void {
    this.#left -= amount;
    if (this.#left < 0) throw tooCostly('The value set is made of too much to be looked at');
  }
}

const OUTSIDE: Membership = { result: false, unknown: [] };
/** Value sets that include one another: deeper than this is a circle. */
const MAX_DEPTH = 16;

/** Whether a code is in the value set of a canonical. Errors: 403 `too-costly`. */
export function memberOf(
  library: Library,
  valueSet: string,
  coded: Coded,
  work: Work = new Work(),
  depth = 0,
): Membership {
  const row = library.find('ValueSet', valueSet);
  if (row === undefined || depth > MAX_DEPTH) return { result: undefined, unknown: [valueSet] };
  return isMember(library, row, coded, work, depth);
}

/** Whether a code is in a value set at hand. Errors: 403 `too-costly`. */
export function isMember(
  library: Library,
  row: ValueSetRow,
  coded: Coded,
  work: Work = new Work(),
  depth = 0,
): Membership {
  work.spend(1 + (row.include?.length ?? 0) + (row.exclude?.length ?? 0));
  if (row.include === undefined) return inExpansion(row, coded);
  const included = anyOf(row.include.map((include) => inInclude(library, include, coded, work, depth)));
  if (included.result === false || row.exclude === undefined) return included;
  const excluded = anyOf(row.exclude.map((exclude) => inInclude(library, exclude, coded, work, depth)));
  if (excluded.result === true) return OUTSIDE;
  if (excluded.result === false) return included;
  return { result: undefined, unknown: [...included.unknown, ...excluded.unknown] };
}

function anyOf(memberships: readonly Membership[]): Membership {
  const found = memberships.find((one) => one.result === true);
  if (found) return found;
  const unknown = memberships.flatMap((one) => one.unknown);
  return unknown.length > 0 || memberships.some((one) => one.result === undefined)
    ? { result: undefined, unknown: [...new Set(unknown)] }
    : OUTSIDE;
}

function inExpansion(row: ValueSetRow, { system, code }: Coded): Membership {
  if (row.expansion === undefined) return { result: undefined, unknown: [row.url] };
  const found = row.expansion.find(([of, one]) => one === code && (system === undefined || of === system));
  return found ? { result: true, system: found[0], display: found[2], unknown: [] } : OUTSIDE;
}

/** All parts of an include must hold: its system and codes or filters, and every value set that it names. */
function inInclude(library: Library, include: IncludeRow, coded: Coded, work: Work, depth: number): Membership {
  const parts: Membership[] = (include.valueSet ?? []).map((url) => memberOf(library, url, coded, work, depth + 1));
  if (include.system !== undefined) {
    if (coded.system !== undefined && coded.system !== include.system) return OUTSIDE;
    parts.unshift(inSystem(library, include, include.system, coded.code));
  }
  if (parts.length === 0 || parts.some((one) => one.result === false)) return OUTSIDE;
  const [first] = parts;
  if (parts.every((one) => one.result === true)) return first as Membership;
  return { result: undefined, unknown: parts.flatMap((one) => one.unknown) };
}

const listed = new WeakMap<IncludeRow, ReadonlyMap<string, string | undefined>>();

function listOf(include: IncludeRow): ReadonlyMap<string, string | undefined> {
  const known = listed.get(include);
  if (known) return known;
  const made = new Map((include.concept ?? []).map(([code, display]) => [code, display] as const));
  listed.set(include, made);
  return made;
}

function inSystem(library: Library, include: IncludeRow, system: string, code: string): Membership {
  const known = codeSystemOf(library, system);
  if (include.concept !== undefined) {
    const list = listOf(include);
    const proper = list.has(code) ? code : (known?.concept(code)?.code ?? code);
    if (!list.has(proper)) return OUTSIDE;
    const concept = known?.concept(proper);
    const display = list.get(proper) ?? concept?.display;
    return { result: true, system, display, inactive: concept?.inactive, unknown: [] };
  }
  if (known === undefined) {
    const grammatical = include.filter === undefined ? isGrammatical(system, code) : undefined;
    return grammatical === undefined
      ? { result: undefined, unknown: [system] }
      : { result: grammatical, system, unknown: [] };
  }
  const concept = known.concept(code);
  if (concept === undefined) return known.complete ? OUTSIDE : { result: undefined, unknown: [system] };
  const passes = (include.filter ?? []).map((filter) => passesFilter(known, concept, filter));
  if (passes.includes(false)) return OUTSIDE;
  if (passes.includes(undefined)) return { result: undefined, unknown: [system] };
  return { result: true, system, display: concept.display, inactive: concept.inactive, unknown: [] };
}

type Filter = NonNullable<IncludeRow['filter']>[number];

/** Whether a concept passes a filter (https://hl7.org/fhir/R4/valueset-filter-operator.html); undefined for filters that are not known here. */
export function passesFilter(
  system: CodeSystem,
  concept: Concept,
  { property, op, value }: Filter,
): boolean | undefined {
  if (property === 'concept' || property === 'code') {
    if (op === 'is-a') return system.isA(concept.code, value);
    if (op === 'descendent-of') return concept.code !== value && system.isA(concept.code, value);
    if (op === 'is-not-a') return !system.isA(concept.code, value);
    if (op === '=') return concept.code === value;
    if (op === 'in') return value.split(',').includes(concept.code);
    if (op === 'not-in') return !value.split(',').includes(concept.code);
  }
  if (property === 'parent' && op === '=') return concept.parents.includes(value);
  return undefined;
}
