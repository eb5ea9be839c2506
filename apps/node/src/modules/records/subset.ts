import { type Structure, structureOf, summaryOf } from './definitions.ts';
import type { FhirResource } from './search/index.ts';

/** `SUBSETTED` says that a resource is not whole (https://hl7.org/fhir/R4/search.html#elements): it must not be written back. */
const SUBSETTED = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' };
const ALWAYS = new Set(['resourceType', 'id', 'meta']);

/** Cuts a resource down to what the caller of a read or a search asked for. */
export type Subset = (resource: FhirResource) => FhirResource;

/**
 * What `_elements` and `_summary` of a query ask for, or null when whole resources are wanted.
 *
 * `_elements=name,Patient.birthDate`: these, for the types they name, and what is mandatory. `_summary=true`: what the definitions mark as
 * summary, inside elements too. `text`: the narrative and what is mandatory. `data`: all but the narrative.
 */
export function subsetOf(query: string): Subset | null {
  if (!query.includes('_elements') && !query.includes('_summary')) return null;
  const params = new URLSearchParams(query);
  const elements = params.get('_elements');
  if (elements !== null && elements !== '') return elementsSubset(elements.split(','));
  switch (params.get('_summary')) {
    case 'true':
      return (resource) => marked(summarized(resource, resource.resourceType) as FhirResource);
    case 'text':
      return (resource) => cut(resource, (element) => element === 'text');
    case 'data':
      return ({ text: _text, ...rest }) => marked(rest as FhirResource);
    default:
      return null;
  }
}

function elementsSubset(asked: readonly string[]): Subset {
  const names = asked.map((name) => name.trim().split('.'));
  return (resource) => {
    // `Patient.name` is about Patients alone, and `name.family` asks for all of `name`: parts of elements cannot be chosen.
    const wanted = new Set(
      names.flatMap(([head = '', next]) => {
        if (!/^[A-Z]/.test(head)) return [head];
        return head === resource.resourceType && next !== undefined ? [next] : [];
      }),
    );
    return cut(resource, (element) => wanted.has(element));
  };
}

/** With what is always there, what is mandatory, and what `keep` names. */
function cut(resource: FhirResource, keep: (element: string) => boolean): FhirResource {
  const structure = structureOf(resource.resourceType);
  const required = new Set(structure?.required);
  const copy: Record<string, unknown> = { ...resource };
  for (const key of Object.keys(copy)) {
    const element = elementOf(structure, key);
    if (!ALWAYS.has(element) && !required.has(element) && !keep(element)) delete copy[key];
  }
  return marked(copy as FhirResource);
}

function summarized(value: object, type: string): object {
  const structure = structureOf(type);
  const marks = summaryOf(type);
  const required = new Set(structure?.required);
  const copy: Record<string, unknown> = { ...value };
  for (const [key, item] of Object.entries(value)) {
    const element = elementOf(structure, key);
    if (!ALWAYS.has(element) && !marks.has(element) && !required.has(element)) {
      delete copy[key];
      continue;
    }
    const inner = structure?.properties.get(key);
    if (inner !== undefined && !inner.primitive) copy[key] = summarizedItem(item, inner.type);
  }
  return copy;
}

function summarizedItem(item: unknown, type: string): unknown {
  if (Array.isArray(item)) return item.map((one: unknown) => summarizedItem(one, type));
  if (typeof item !== 'object' || item === null) return item;
  const own = (item as { resourceType?: unknown }).resourceType;
  const named = type === 'Resource' && typeof own === 'string' ? own : type;
  // Where nothing is marked (an Extension), the type has no summary and is left whole.
  return summaryOf(named).size === 0 ? item : summarized(item, named);
}

/** `_birthDate` holds the extensions of `birthDate`; `valueQuantity` is the element `value`. */
function elementOf(structure: Structure | undefined, key: string): string {
  const json = key.startsWith('_') ? key.slice(1) : key;
  return structure?.properties.get(json)?.name ?? json;
}

function marked(resource: FhirResource): FhirResource {
  const { tag = [], ...meta } = (resource.meta ?? {}) as { tag?: unknown[] };
  return { ...resource, meta: { ...meta, tag: [...tag, SUBSETTED] } };
}
