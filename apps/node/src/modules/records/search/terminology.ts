import { badRequest, notSupported, tooCostly } from '@anamnesis/protocol';
import { codesBySystem, hierarchyOf } from '../definitions.ts';
import type { FhirResource } from './types.ts';

/**
 * Value sets and hierarchies of codes for `:in`, `:not-in`, `:above` and `:below` (https://hl7.org/fhir/R4/search.html#token): those that come with FHIR,
 * and ValueSet and CodeSystem records of this node that the caller may read.
 */

/** Codes by system; null: all of the system. */
export type CodeSet = ReadonlyMap<string, ReadonlySet<string> | null>;

export type WantedCodes =
  | { readonly kind: 'value-set'; readonly url: string }
  | { readonly kind: 'above' | 'below'; readonly url: string; readonly code: string };

/** Gives the stored record of this canonical address (or `Type/id`) that the caller may read; null when there is none. */
export type FindTerminology = (type: 'ValueSet' | 'CodeSystem', address: string) => Promise<FhirResource | null>;

const MAX_CODES = 20_000;
const MAX_DEPTH = 5;
const NONE: CodeSet = new Map();

/** The codes that one search asks for. A statement is made, what it wanted is fetched, and the statement is made again. */
export class Terminology {
  readonly #find: FindTerminology;
  readonly #known = new Map<string, CodeSet>();
  readonly #wanted = new Map<string, WantedCodes>();

  constructor(find: FindTerminology) {
    this.#find = find;
  }

  readonly codes = (wanted: WantedCodes): CodeSet => {
    const key = JSON.stringify(wanted);
    const known = this.#known.get(key);
    if (!known) this.#wanted.set(key, wanted);
    return known ?? NONE;
  };

  /** Fetches what was wanted. False when nothing was. Errors: 400 for what is not known or cannot be listed here, 403 for too many codes. */
  async fetch(): Promise<boolean> {
    if (this.#wanted.size === 0) return false;
    for (const [key, wanted] of this.#wanted)
      this.#known.set(
        key,
        wanted.kind === 'value-set' ? await this.#valueSet(wanted.url, 0) : await this.#lineage(wanted),
      );
    this.#wanted.clear();
    return true;
  }

  async #valueSet(address: string, depth: number): Promise<CodeSet> {
    if (depth > MAX_DEPTH) throw tooCostly('The value set refers to others too deeply');
    const shipped = codesBySystem(address.split('|')[0] ?? '');
    if (shipped) return new Map(Object.entries(shipped).map(([system, codes]) => [system, new Set(codes)]));
    const stored = await this.#find('ValueSet', address);
    if (!stored) throw badRequest('The value set is not known here');
    const { expansion, compose } = stored as { expansion?: { contains?: unknown }; compose?: Compose };
    const set = new Map<string, Set<string> | null>();
    if (compose === undefined) addContained(set, expansion?.contains);
    for (const part of listOf<Include>(compose?.include)) add(set, await this.#included(part, depth));
    for (const part of listOf<Include>(compose?.exclude)) subtract(set, await this.#included(part, depth));
    return set;
  }

  async #included({ system, concept, filter, valueSet }: Include, depth: number): Promise<CodeSet> {
    const sets: CodeSet[] = [];
    for (const address of listOf<string>(valueSet)) sets.push(await this.#valueSet(address, depth + 1));
    if (system !== undefined) sets.push(await this.#ofSystem(system, concept, listOf<Filter>(filter)));
    const [first = NONE, ...rest] = sets;
    return rest.reduce(both, first);
  }

  async #ofSystem(system: string, concept: unknown, filters: readonly Filter[]): Promise<CodeSet> {
    if (concept !== undefined) return new Map([[system, codesOf(listOf<Concept>(concept))]]);
    let set: CodeSet = new Map([[system, null]]);
    for (const { property, op, value } of filters) {
      if (property !== 'concept' || (op !== 'is-a' && op !== 'descendent-of'))
        throw notSupported('The value set has a filter that cannot be followed here');
      const below = await this.#lineage({ kind: 'below', url: system, code: value });
      if (op === 'descendent-of') (below.get(system) as Set<string> | undefined)?.delete(value);
      set = both(set, below);
    }
    return set;
  }

  /** A code with all that is below it, or all that is above it. */
  async #lineage({ kind, url, code }: WantedCodes & { readonly kind: 'above' | 'below' }): Promise<CodeSet> {
    const stored = hierarchyOf(url) ? null : await this.#find('CodeSystem', url);
    const below = hierarchyOf(url) ?? (stored ? hierarchyIn(stored) : undefined);
    if (!below) throw badRequest('The code system is not known here, so neither is what is above or below its codes');
    const next =
      kind === 'below' ? (from: string) => (Object.hasOwn(below, from) ? (below[from] ?? []) : []) : parents(below);
    const found = new Set([code]);
    for (const one of found) {
      for (const other of next(one)) found.add(other);
      if (found.size > MAX_CODES) throw tooCostly('Too many codes are above or below that one');
    }
    return new Map([[url, found]]);
  }
}

interface Concept {
  readonly code?: unknown;
  readonly system?: unknown;
  readonly concept?: unknown;
  readonly contains?: unknown;
  readonly property?: unknown;
}
interface Filter {
  readonly property: string;
  readonly op: string;
  readonly value: string;
}
interface Include {
  readonly system?: string;
  readonly concept?: unknown;
  readonly filter?: unknown;
  readonly valueSet?: unknown;
}
interface Compose {
  readonly include?: unknown;
  readonly exclude?: unknown;
}

function listOf<T>(value: unknown): readonly T[] {
  return Array.isArray(value) ? (value as T[]).filter((entry) => entry !== null && entry !== undefined) : [];
}

function codesOf(concepts: readonly Concept[]): Set<string> {
  if (concepts.length > MAX_CODES) throw tooCostly('The value set has too many codes');
  return new Set(concepts.flatMap(({ code }) => (typeof code === 'string' ? [code] : [])));
}

function addContained(set: Map<string, Set<string> | null>, contains: unknown, depth = 0): void {
  for (const { system, code, contains: inner } of listOf<Concept>(contains)) {
    if (typeof system === 'string' && typeof code === 'string') add(set, new Map([[system, new Set([code])]]));
    if (depth < 32) addContained(set, inner, depth + 1);
  }
}

function add(set: Map<string, Set<string> | null>, more: CodeSet): void {
  for (const [system, codes] of more) {
    const own = set.get(system);
    if (codes === null || own === null) set.set(system, null);
    else if (own) for (const code of codes) own.add(code);
    else set.set(system, new Set(codes));
  }
  if ([...set.values()].reduce((sum, codes) => sum + (codes?.size ?? 0), 0) > MAX_CODES)
    throw tooCostly('The value set has too many codes');
}

function subtract(set: Map<string, Set<string> | null>, less: CodeSet): void {
  for (const [system, codes] of less) {
    const own = set.get(system);
    if (codes === null) set.delete(system);
    else if (own === null) throw notSupported('The value set excludes codes of a system that it includes as a whole');
    else for (const code of codes) own?.delete(code);
  }
}

/** What is in both. */
function both(a: CodeSet, b: CodeSet): CodeSet {
  const set = new Map<string, ReadonlySet<string> | null>();
  for (const [system, codes] of a) {
    const other = b.get(system);
    if (other === undefined) continue;
    if (codes === null || other === null) set.set(system, codes ?? other);
    else set.set(system, new Set([...codes].filter((code) => other.has(code))));
  }
  return set;
}

/** code → codes directly below it, of a CodeSystem record. */
function hierarchyIn(system: FhirResource): Record<string, string[]> {
  const below: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  const under = (parent: string, code: string): void => {
    below[parent] ??= [];
    below[parent].push(code);
  };
  const walk = (concepts: unknown, parent: string | undefined, depth: number): void => {
    for (const { code, concept, property } of listOf<Concept>(concepts)) {
      if (typeof code !== 'string') continue;
      if (parent !== undefined) under(parent, code);
      for (const one of listOf<{ code?: unknown; valueCode?: unknown }>(property))
        if ((one.code === 'parent' || one.code === 'subsumedBy') && typeof one.valueCode === 'string')
          under(one.valueCode, code);
      if (depth < 64) walk(concept, code, depth + 1);
    }
  };
  walk(system.concept, undefined, 0);
  return below;
}

function parents(below: Readonly<Record<string, readonly string[]>>): (code: string) => readonly string[] {
  const above = new Map<string, string[]>();
  for (const [parent, codes] of Object.entries(below))
    for (const code of codes) above.set(code, [...(above.get(code) ?? []), parent]);
  return (code) => above.get(code) ?? [];
}
