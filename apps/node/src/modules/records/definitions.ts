import { readFileSync } from 'node:fs';

/**
 * FHIR R4 as data: structures, search parameters, codes and the Patient compartment. Made by `scripts/generate-fhir.ts` from the official definitions;
 * each table is read once, when it is first needed (all of them together: about 10 ms).
 */
function lazily<T>(name: string): () => T {
  let table: T | undefined;
  return () => {
    table ??= JSON.parse(readFileSync(new URL(`./generated/${name}.json`, import.meta.url), 'utf8')) as T;
    return table;
  };
}

type ElementRow = readonly [types: string, min: number, max: string, valueSet?: string];
type StructureRow = readonly ['resource' | 'complex' | 'primitive' | 'abstract', Readonly<Record<string, ElementRow>>];
type ParameterRow = readonly [
  code: string,
  type: SearchKind,
  base: readonly string[],
  expression: string,
  target: readonly string[],
  component?: readonly unknown[],
];

const structures = lazily<Record<string, StructureRow>>('structures');
const summary = lazily<Record<string, string[]>>('summary');
const parameters = lazily<ParameterRow[]>('search-parameters');
const valueSetRows = lazily<Record<string, Record<string, string[]>>>('value-sets');
const compartment = lazily<Record<string, string[]>>('patient-compartment');

/** An element of a type, as it stands in JSON: a choice such as `value[x]` is one property for each of its types. */
export interface Property {
  /** Name in JSON: `valueQuantity`. */
  readonly key: string;
  /** Name in FHIRPath: `value`. */
  readonly name: string;
  /** FHIR type, or the path of a backbone element (`Observation.component`). */
  readonly type: string;
  readonly primitive: boolean;
  readonly array: boolean;
  /** Canonical of the value set to which the element is bound as required. */
  readonly valueSet: string | undefined;
}

export interface Structure {
  readonly name: string;
  readonly kind: StructureRow[0];
  /** By JSON name. */
  readonly properties: ReadonlyMap<string, Property>;
  /** By FHIRPath name: what may stand in JSON for it. */
  readonly byName: ReadonlyMap<string, readonly Property[]>;
  /** FHIRPath names that must be there. */
  readonly required: readonly string[];
  /** FHIRPath names of choices with several types, of which at most one may be there. */
  readonly choices: readonly string[];
}

const compiled = new Map<string, Structure>();

/** The structure of a FHIR type, a resource type or a backbone element path; undefined when R4 has no such type. */
export function structureOf(type: string): Structure | undefined {
  const known = compiled.get(type);
  if (known) return known;
  const row = Object.hasOwn(structures(), type) ? structures()[type] : undefined;
  if (!row) return undefined;
  const properties = new Map<string, Property>();
  const byName = new Map<string, Property[]>();
  const required: string[] = [];
  for (const [element, [types, min, max, valueSet]] of Object.entries(row[1])) {
    const name = element.replace('[x]', '');
    if (min > 0) required.push(name);
    const forms: Property[] = [];
    for (const of of types.split('|')) {
      const key = element === name ? name : name + of.charAt(0).toUpperCase() + of.slice(1);
      const form = {
        key,
        name,
        type: of,
        primitive: structures()[of]?.[0] === 'primitive',
        array: max !== '1',
        valueSet,
      };
      forms.push(form);
      properties.set(key, form);
    }
    byName.set(name, forms);
  }
  const choices = [...byName].filter(([, forms]) => forms.length > 1).map(([name]) => name);
  const structure: Structure = { name: type, kind: row[0], properties, byName, required, choices };
  compiled.set(type, structure);
  return structure;
}

const summaries = new Map<string, ReadonlySet<string>>();

/** FHIRPath names of the elements of a type that `_summary=true` keeps (`isSummary` in the definitions). */
export function summaryOf(type: string): ReadonlySet<string> {
  const known = summaries.get(type);
  if (known) return known;
  const names = new Set(Object.hasOwn(summary(), type) ? summary()[type] : []);
  summaries.set(type, names);
  return names;
}

/** True for the 146 concrete resource types of R4 (and Bundle, Parameters, Binary). */
export function isResourceType(type: string): boolean {
  return structureOf(type)?.kind === 'resource';
}

let resourceNames: readonly string[] | undefined;

/** Names of all concrete resource types. */
export function resourceTypes(): readonly string[] {
  resourceNames ??= Object.entries(structures()).flatMap(([name, row]) => (row[0] === 'resource' ? [name] : []));
  return resourceNames;
}

export type SearchKind =
  | 'string'
  | 'token'
  | 'date'
  | 'uri'
  | 'reference'
  | 'quantity'
  | 'composite'
  | 'number'
  | 'special';

/** An official search parameter. */
export interface SearchParameter {
  readonly code: string;
  readonly kind: SearchKind;
  readonly base: readonly string[];
  /** FHIRPath; '' for parameters without one (`_content`, `_text`, `_query`). */
  readonly expression: string;
  /** Resource types that a reference may lead to. */
  readonly targets: readonly string[];
}

let byBase: Map<string, SearchParameter[]> | undefined;

/** The search parameters whose base is exactly `base` (`Observation`, `DomainResource`, `Resource`). */
export function searchParametersOf(base: string): readonly SearchParameter[] {
  if (!byBase) {
    byBase = new Map();
    for (const [code, kind, bases, expression, targets] of parameters()) {
      const parameter = { code, kind, base: bases, expression, targets };
      for (const name of bases) byBase.set(name, [...(byBase.get(name) ?? []), parameter]);
    }
  }
  return byBase.get(base) ?? [];
}

const codeSets = new Map<string, ReadonlySet<string> | null>();

/** The codes of a value set that some element is bound to as required, whatever their system; null when they cannot be listed offline. */
export function codesOf(valueSet: string): ReadonlySet<string> | null {
  const known = codeSets.get(valueSet);
  if (known !== undefined) return known;
  const row = Object.hasOwn(valueSetRows(), valueSet) ? valueSetRows()[valueSet] : undefined;
  const codes = row ? new Set(Object.values(row).flat()) : null;
  codeSets.set(valueSet, codes);
  return codes;
}

/** True when the system is one of the value set's, with that code; null when the set cannot be listed offline. */
export function hasCoding(valueSet: string, system: string, code: string): boolean | null {
  const row = Object.hasOwn(valueSetRows(), valueSet) ? valueSetRows()[valueSet] : undefined;
  return row ? (row[system]?.includes(code) ?? false) : null;
}

/**
 * Codes of the search parameters that put a resource of this type into a Patient compartment
 * (https://hl7.org/fhir/R4/compartmentdefinition-patient.html); empty when the type is never in one.
 */
export function patientCompartmentOf(type: string): readonly string[] {
  return Object.hasOwn(compartment(), type) ? (compartment()[type] ?? []) : [];
}
