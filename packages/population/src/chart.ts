/** A chart: everything that one organisation writes about one patient, and the transaction bundle made of it. */
import type { Bundle, Resource } from '@medplum/fhirtypes';
import { organizationReference } from './infrastructure.ts';
import { metaOf, type Sensitivity } from './meta.ts';
import type { OrganizationProfile } from './organizations.ts';
import { type Person, patientId, patientResource } from './person.ts';
import type { Random } from './random.ts';

/** A reference before FHIR's types narrow it to what it points at. */
export type Pointer = { reference: string };

export interface Chart {
  readonly organization: OrganizationProfile;
  readonly patient: Pointer;
  readonly entries: Resource[];
  /** Ids of the Conditions of long illnesses that this chart knows, by the illness's key. */
  readonly conditions: Map<string, string>;
}

/** A resource as a record function writes it; id, meta and language are added here. */
type Draft<T extends Resource> = Omit<T, 'id' | 'meta' | 'language'>;

/** Opens a chart with the Patient as its first entry. */
export function openChart(person: Person, organization: OrganizationProfile): Chart {
  return {
    organization,
    patient: { reference: `Patient/${patientId(person.key, organization.key)}` },
    entries: [patientResource(person, organization)],
    conditions: new Map(),
  };
}

/**
 * Writes a resource into a chart and gives it its id and labels.
 *
 * @returns the resource as stored, so that a later visit can end or correct it (a stopped medicine, a resolved condition).
 */
export function file<T extends Resource>(
  chart: Chart,
  random: Random,
  draft: Draft<T>,
  sensitivity?: Sensitivity,
): T & { id: string } {
  const { resourceType, ...rest } = draft as { resourceType: string };
  const resource = {
    resourceType,
    id: random.uuid(),
    meta: metaOf(sensitivity),
    language: chart.organization.language,
    ...rest,
  } as unknown as T & { id: string };
  chart.entries.push(resource);
  return resource;
}

/** A reference to a resource in the same chart. */
export function referenceTo(resource: { readonly resourceType: string; readonly id: string }): Pointer {
  return { reference: `${resource.resourceType}/${resource.id}` };
}

/** The chart as a transaction: one PUT for each resource, so that posting it twice leaves the same records. */
export function chartBundle(chart: Chart): Bundle {
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: chart.entries.map((resource) => ({
      fullUrl: `urn:uuid:${resource.id}`,
      resource,
      request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
    })),
  };
}

/** The organisation that keeps the chart, as a reference. */
export function keeper(chart: Chart): { reference: string; display: string } {
  return organizationReference(chart.organization);
}
