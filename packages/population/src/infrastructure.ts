/**
 * Organisations and their staff: posted to a node before any patient, as conditional creates (or updates of a
 * fixed id), so that posting twice does not double.
 */
import type { Bundle, BundleEntry, Organization, Practitioner, PractitionerRole } from '@medplum/fhirtypes';
import { codeable, hl7 } from './codes/concept.ts';
import { META } from './meta.ts';
import { ORGANIZATION_SYSTEM, type OrganizationKind, type OrganizationProfile, STAFF_SYSTEM } from './organizations.ts';
import { namedUuid } from './random.ts';
import { SPECIALTIES, type StaffMember, staffOf, staffReference } from './staff.ts';

const TYPES: Record<OrganizationKind, string> = {
  hospital: 'prov',
  laboratory: 'prov',
  payer: 'pay',
  sponsor: 'crs',
  'ethics-board': 'other',
};

/** A bundle and the organisation whose node it is for. */
export interface AddressedBundle {
  readonly organization: string;
  readonly bundle: Bundle;
}

/** The conditional reference by which every resource names an organisation. */
export function organizationReference(organization: OrganizationProfile): { reference: string; display: string } {
  return {
    reference: `Organization?identifier=${ORGANIZATION_SYSTEM}|${organization.key}`,
    display: organization.name,
  };
}

/** The organisation as a FHIR resource, without an id (the server gives one). */
export function organizationResource(organization: OrganizationProfile): Organization {
  return {
    resourceType: 'Organization',
    meta: META,
    identifier: [{ system: ORGANIZATION_SYSTEM, value: organization.key }],
    active: true,
    type: [hl7('organization-type', TYPES[organization.kind])],
    name: organization.name,
    address: [{ city: organization.city, country: organization.country }],
  };
}

/** A member of staff as a FHIR resource; with an id when it is one of the cast. */
export function practitionerResource(member: StaffMember): Practitioner {
  return {
    resourceType: 'Practitioner',
    ...(member.id === undefined ? {} : { id: member.id }),
    meta: META,
    identifier: [{ system: STAFF_SYSTEM, value: member.number }],
    active: true,
    name: [member.name],
    gender: member.gender,
  };
}

function roleResource(member: StaffMember, organization: OrganizationProfile): PractitionerRole {
  return {
    resourceType: 'PractitionerRole',
    meta: META,
    identifier: [{ system: `${STAFF_SYSTEM}/role`, value: member.number }],
    active: true,
    practitioner: staffReference(member),
    organization: organizationReference(organization),
    specialty: [codeable(SPECIALTIES[member.specialty], organization.language)],
  };
}

/** Who has a fixed id is put there (the cast: consents name the practitioner by id); everyone else is created unless known. */
function entryFor(resource: Organization | Practitioner | PractitionerRole): BundleEntry {
  if (resource.id !== undefined) {
    const url = `${resource.resourceType}/${resource.id}`;
    return { fullUrl: `urn:uuid:${resource.id}`, resource, request: { method: 'PUT', url } };
  }
  const identifier = resource.identifier?.[0];
  const key = `${identifier?.system}|${identifier?.value}`;
  return {
    fullUrl: `urn:uuid:${namedUuid(`${resource.resourceType} ${key}`)}`,
    resource,
    request: { method: 'POST', url: resource.resourceType, ifNoneExist: `identifier=${key}` },
  };
}

/**
 * What each node needs before patients: every organisation (claims and reports name the others), and its own staff.
 *
 * @returns for each organisation, in the order given, first a bundle of organisations and practitioners, then one of roles (they refer to the first).
 */
export function generateInfrastructure(organizations: readonly OrganizationProfile[]): AddressedBundle[] {
  const everybody = organizations.map((one) => entryFor(organizationResource(one)));
  return organizations.flatMap((organization) => {
    const staff = staffOf(organization);
    const people = staff.map((member) => entryFor(practitionerResource(member)));
    const bundles = [transaction(organization, [...everybody, ...people])];
    if (staff.length > 0) {
      bundles.push(
        transaction(
          organization,
          staff.map((member) => entryFor(roleResource(member, organization))),
        ),
      );
    }
    return bundles;
  });
}

function transaction(organization: OrganizationProfile, entry: BundleEntry[]): AddressedBundle {
  return { organization: organization.key, bundle: { resourceType: 'Bundle', type: 'transaction', entry } };
}
