import { structureOf } from './definitions.ts';
import type { FhirResource } from './search/index.ts';

/** `SUBSETTED` says that a resource is not whole (https://hl7.org/fhir/R4/search.html#elements): it must not be written back. */
const SUBSETTED = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' };
const ALWAYS = ['resourceType', 'id', 'meta'];

/** Cuts a resource down to what the caller of a search asked for. */
export type Subset = (resource: FhirResource) => FhirResource;

/**
 * What `_elements` and `_summary` of a query ask for, or null when whole resources are wanted. Mandatory elements stay. `_summary=true` gives
 * whole resources, as the standard allows.
 */
export function subsetOf(query: string): Subset | null {
  const params = new URLSearchParams(query);
  const elements = params.get('_elements');
  const summary = params.get('_summary');
  if (elements !== null && elements !== '') {
    const named = new Set(elements.split(',').map((element) => element.split('.').at(-1) ?? ''));
    return (resource) => cut(resource, (element) => named.has(element));
  }
  if (summary === 'text') return (resource) => cut(resource, (element) => element === 'text');
  if (summary === 'data') return (resource) => cut(resource, (element) => element !== 'text', false);
  return null;
}

function cut(resource: FhirResource, keep: (element: string) => boolean, mandatory = true): FhirResource {
  const structure = structureOf(resource.resourceType);
  const kept = new Set([...ALWAYS, ...(mandatory ? (structure?.required ?? []) : [])]);
  const { tag = [], ...meta } = (resource.meta ?? {}) as { tag?: unknown[] };
  const copy: Record<string, unknown> = { ...resource, meta: { ...meta, tag: [...tag, SUBSETTED] } };
  for (const key of Object.keys(copy)) {
    // `_birthDate` holds the extensions of `birthDate`; `valueQuantity` is the element `value`.
    const json = key.startsWith('_') ? key.slice(1) : key;
    const element = structure?.properties.get(json)?.name ?? json;
    if (!kept.has(element) && !keep(element)) delete copy[key];
  }
  return copy as FhirResource;
}
