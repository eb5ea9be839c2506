import type { CodeSystemRow, ConceptRow, Library } from '../library/index.ts';

/** A concept of a code system at hand. */
export interface Concept {
  readonly code: string;
  readonly display: string | undefined;
  readonly abstract: boolean;
  readonly inactive: boolean;
  readonly parents: readonly string[];
  readonly children: readonly string[];
}

/** A code system whose concepts can be looked at. */
export interface CodeSystem {
  readonly url: string;
  readonly version: string | undefined;
  readonly name: string | undefined;
  /** False when it holds a part of its concepts only: a code that is not in it may still be one. */
  readonly complete: boolean;
  /** In the order in which the system lists them. */
  readonly concepts: readonly Concept[];
  concept(code: string): Concept | undefined;
  /** Whether a code is `ancestor` or below it. */
  isA(code: string, ancestor: string): boolean;
}

/** Codes that a grammar makes, not a list (https://hl7.org/fhir/R4/terminologies-systems.html). */
const GRAMMARS: Readonly<Record<string, RegExp>> = {
  // RFC 5646: language, script, region, variants, extensions, private use.
  'urn:ietf:bcp:47':
    /^(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?(?:-(?:[a-z\d]{5,8}|\d[a-z\d]{3}))*(?:-[a-wyz\d](?:-[a-z\d]{2,8})+)*(?:-x(?:-[a-z\d]{1,8})+)?$/i,
  // RFC 2046: type/subtype; parameters may follow. FHIR has short forms of its own (CapabilityStatement.format).
  'urn:ietf:bcp:13': /^(?:xml|json|ttl)$|^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:\s*;.*)?$/,
};

/** Whether a text has the form of a code of a system that is a grammar; undefined for every other system. */
export function isGrammatical(system: string, code: string): boolean | undefined {
  return GRAMMARS[system]?.test(code);
}

const opened = new WeakMap<CodeSystemRow, CodeSystem>();

/** The code system of a canonical; undefined when its concepts are not at hand (SNOMED CT, LOINC). */
export function codeSystemOf(library: Library, canonical: string): CodeSystem | undefined {
  const row = library.find('CodeSystem', canonical);
  if (row?.concept === undefined || row.content === 'not-present' || row.content === 'supplement') return undefined;
  const known = opened.get(row);
  if (known) return known;
  const made = openCodeSystem(row);
  opened.set(row, made);
  return made;
}

function openCodeSystem(row: CodeSystemRow): CodeSystem {
  const concepts = new Map<string, Concept & { parents: string[]; children: string[] }>();
  const further: [string, string][] = [];
  const add = ([code, display, flags = '', below = [], children = []]: ConceptRow, parent: string | null): void => {
    const known = concepts.get(code);
    if (known === undefined) {
      concepts.set(code, {
        code,
        display: display === '' ? undefined : display,
        abstract: flags.includes('a'),
        inactive: flags.includes('i'),
        parents: parent === null ? [] : [parent],
        children: below.map(([child]) => child),
      });
    } else if (parent !== null && !known.parents.includes(parent)) known.parents.push(parent);
    for (const child of below) add(child, code);
    for (const child of children) further.push([code, child]);
  };
  for (const concept of row.concept ?? []) add(concept, null);
  for (const [parent, child] of further) {
    const below = concepts.get(child);
    if (below === undefined || below.parents.includes(parent)) continue;
    below.parents.push(parent);
    concepts.get(parent)?.children.push(child);
  }
  const folded =
    row.caseSensitive === true ? undefined : new Map([...concepts].map(([code, one]) => [code.toLowerCase(), one]));
  const find = (code: string) => concepts.get(code) ?? folded?.get(code.toLowerCase());
  return {
    url: row.url,
    version: row.version,
    name: row.name,
    complete: row.content === 'complete',
    concepts: [...concepts.values()],
    concept: find,
    isA(code, ancestor) {
      const seen = new Set<string>();
      const above = [find(code)?.code];
      for (const one of above) {
        if (one === undefined || seen.has(one)) continue;
        if (one === ancestor) return true;
        seen.add(one);
        above.push(...(concepts.get(one)?.parents ?? []));
      }
      return false;
    },
  };
}
