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
  component?: readonly { readonly definition: string; readonly expression: string }[],
];

const structures = lazily<Record<string, StructureRow>>('structures');
const summary = lazily<Record<string, string[]>>('summary');
/** The packages of search parameters: R4's own, and what US Core adds (https://hl7.org/fhir/us/core/searchparameters.html). */
const parameters = [lazily<ParameterRow[]>('search-parameters'), lazily<ParameterRow[]>('us-core-search-parameters')];
const hierarchies = lazily<Record<string, Record<string, string[]>>>('code-hierarchies');
const valueSetRows = lazily<Record<string, Record<string, string[]>>>('value-sets');
const compartment = lazily<Record<string, string[]>>('patient-compartment');
const compartments = lazily<Record<string, Record<string, string[]>>>('../compartments');

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
  /** Of a composite parameter: its parts, each with the parameter that it is like and an expression from where the composite's own leads. */
  readonly components: readonly { readonly definition: string; readonly expression: string }[];
}

/** A SearchParameter resource, as far as search needs it (https://hl7.org/fhir/R4/searchparameter.html). */
export interface SearchParameterResource {
  readonly code: string;
  readonly type: SearchKind;
  readonly base: readonly string[];
  readonly expression?: string;
  readonly target?: readonly string[];
  readonly component?: readonly { readonly definition: string; readonly expression: string }[];
}

/**
 * Adds the search parameters of a package, such as a national profile set, to those that are known. A code that a type has already is left as it is.
 * To be called before the first search or write; records stored before must be indexed anew (`reindexRecords`).
 */
export function addSearchParameters(definitions: readonly SearchParameterResource[]): void {
  const rows = definitions.map(
    ({ code, type, base, expression = '', target = [], component }): ParameterRow =>
      component === undefined
        ? [code, type, base, expression, target]
        : [code, type, base, expression, target, component],
  );
  parameters.push(() => rows);
  byBase = undefined;
}

/** Every package of search parameters, as data: what an index was made by. */
export function searchParameterRows(): readonly unknown[] {
  return parameters.flatMap((rows) => rows());
}

let byBase: Map<string, SearchParameter[]> | undefined;

/** The search parameters whose base is exactly `base` (`Observation`, `DomainResource`, `Resource`). */
export function searchParametersOf(base: string): readonly SearchParameter[] {
  if (!byBase) {
    byBase = new Map();
    for (const [code, kind, bases, expression, targets, component = []] of parameters.flatMap((rows) => rows())) {
      const parameter = { code, kind, base: bases, expression, targets, components: component };
      for (const name of bases) {
        const own = byBase.get(name) ?? [];
        if (!own.some((other) => other.code === code)) byBase.set(name, [...own, parameter]);
      }
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

/** Resource types with a compartment (https://hl7.org/fhir/R4/compartmentdefinition.html). */
export const COMPARTMENTS = ['Patient', 'Encounter', 'RelatedPerson', 'Practitioner', 'Device'] as const;
export type CompartmentType = (typeof COMPARTMENTS)[number];

/**
 * Codes of the search parameters that put a resource of this type into a compartment; `{def}` for the compartment's own resource. `compartments.json`
 * holds HL7's definitions of R4 4.0.1 (CC0), without the types that are never in a compartment; Patient's comes from the same source as the rest.
 */
export function compartmentOf(compartmentType: CompartmentType, type: string): readonly string[] {
  if (compartmentType === 'Patient')
    return type === 'Patient' ? ['{def}', ...patientCompartmentOf(type)] : patientCompartmentOf(type);
  const table = compartments()[compartmentType] ?? {};
  return Object.hasOwn(table, type) ? (table[type] ?? []) : [];
}

/** Codes of a value set by system; null when they cannot be listed offline. */
export function codesBySystem(valueSet: string): Readonly<Record<string, readonly string[]>> | null {
  return Object.hasOwn(valueSetRows(), valueSet) ? (valueSetRows()[valueSet] ?? null) : null;
}

/** The codes directly below each code of a code system that comes with FHIR; undefined for one that is flat or not shipped. */
export function hierarchyOf(system: string): Readonly<Record<string, readonly string[]>> | undefined {
  return Object.hasOwn(hierarchies(), system) ? hierarchies()[system] : undefined;
}
