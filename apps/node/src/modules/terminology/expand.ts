import { invalid, notFound, OutcomeError } from '@anamnesis/protocol';
import type { IncludeRow, Library, ValueSetRow } from '../library/index.ts';
import { codeSystemOf } from './code-system.ts';
import { isMember, passesFilter, Work } from './value-set.ts';

/** What an expansion is asked for (https://hl7.org/fhir/R4/valueset-operation-expand.html). */
export interface ExpandOptions {
  /** Only concepts with this text in code or display, without case and accents. */
  readonly filter?: string;
  readonly offset?: number;
  readonly count?: number;
  readonly activeOnly?: boolean;
}

/** One concept of an expansion. */
export interface Expanded {
  readonly system: string;
  readonly version?: string;
  readonly code: string;
  readonly display?: string;
  readonly abstract?: true;
  readonly inactive?: true;
}

export interface Expansion {
  /** Concepts that fit, on all pages. */
  readonly total: number;
  readonly contains: readonly Expanded[];
}

/** A value set of more concepts is not listed as a whole, and a page has no more. */
export const MAX_EXPANSION = 10_000;
const MAX_DEPTH = 16;

/**
 * Lists a value set. Errors: 422 `not-found` when it rests on a code system or value set that is not known here, naming it; 403 `too-costly`
 * when it has more than `MAX_EXPANSION` concepts and no count is given, or is made of too much.
 */
export function expand(library: Library, row: ValueSetRow, options: ExpandOptions = {}): Expansion {
  const { filter, offset = 0, count, activeOnly = false } = options;
  const found = new Map<string, Expanded>();
  for (const concept of listed(library, row, new Work(), 0)) found.set(`${concept.system}|${concept.code}`, concept);
  const wanted = filter === undefined ? undefined : folded(filter);
  const fitting = [...found.values()].filter(
    (one) =>
      (!activeOnly || one.inactive === undefined) &&
      (wanted === undefined || folded(one.code).includes(wanted) || folded(one.display ?? '').includes(wanted)),
  );
  if (fitting.length > MAX_EXPANSION && count === undefined) {
    throw new OutcomeError(403, [
      {
        severity: 'error',
        code: 'too-costly',
        diagnostics: 'The value set is too large to be listed at once: give filter or count',
      },
    ]);
  }
  const end = offset + Math.min(count ?? fitting.length, MAX_EXPANSION);
  return { total: fitting.length, contains: fitting.slice(offset, end) };
}

function folded(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

function* listed(library: Library, row: ValueSetRow, work: Work, depth: number): Generator<Expanded> {
  if (row.include === undefined) {
    if (row.expansion === undefined) throw unknown(row.url);
    for (const [system, code, display] of row.expansion)
      yield { system, code, ...(display !== undefined && { display }) };
    return;
  }
  const excluded = row.exclude === undefined ? undefined : { url: row.url, include: row.exclude };
  for (const include of row.include) {
    for (const concept of included(library, include, work, depth)) {
      const out = excluded && isMember(library, excluded, concept, work);
      if (out?.result === undefined && out !== undefined) throw unknown(out.unknown[0] ?? row.url);
      if (out?.result !== true) yield concept;
    }
  }
}

function* included(library: Library, include: IncludeRow, work: Work, depth: number): Generator<Expanded> {
  const sets = (include.valueSet ?? []).map((url) => {
    const row = library.find('ValueSet', url);
    if (row === undefined || depth >= MAX_DEPTH) throw unknown(url);
    return row;
  });
  const [first, ...others] = sets;
  const source =
    include.system === undefined
      ? first && listed(library, first, work, depth + 1)
      : ofSystem(library, include, include.system);
  const all = include.system === undefined ? others : sets;
  work.spend(1);
  for (const concept of source ?? []) {
    work.spend(1);
    const memberships = all.map((row) => isMember(library, row, concept, work));
    const open = memberships.find((one) => one.result === undefined);
    if (open) throw unknown(open.unknown[0] ?? '');
    if (memberships.every((one) => one.result === true)) yield concept;
  }
}

function* ofSystem(library: Library, include: IncludeRow, url: string): Generator<Expanded> {
  const system = codeSystemOf(library, url);
  const version = system?.version === undefined ? {} : { version: system.version };
  if (include.concept !== undefined) {
    for (const [code, own] of include.concept) {
      const concept = system?.concept(code);
      const display = own ?? concept?.display;
      yield {
        system: url,
        ...version,
        code,
        ...(display !== undefined && { display }),
        ...(concept?.inactive && { inactive: true as const }),
      };
    }
    return;
  }
  if (system === undefined || !system.complete) throw unknown(url);
  for (const concept of system.concepts) {
    const passes = (include.filter ?? []).map((filter) => passesFilter(system, concept, filter));
    if (passes.includes(undefined)) {
      throw invalid([
        { severity: 'error', code: 'not-supported', diagnostics: `A filter on ${url} is not known here` },
      ]);
    }
    if (passes.includes(false)) continue;
    const { code, display, abstract, inactive } = concept;
    yield {
      system: url,
      ...version,
      code,
      ...(display !== undefined && { display }),
      ...(abstract && { abstract: true as const }),
      ...(inactive && { inactive: true as const }),
    };
  }
}

function unknown(canonical: string): OutcomeError {
  return new OutcomeError(422, notFound(`${canonical} is not known here, so the value set cannot be listed`).issues);
}
