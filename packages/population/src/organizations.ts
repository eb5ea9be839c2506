/** The organisations of the cast, and what the generator must know of any organisation that takes part. */
import type { Language } from './codes/concept.ts';

export type OrganizationKind = 'hospital' | 'laboratory' | 'payer' | 'sponsor' | 'ethics-board';

/** An organisation as the generator sees it. `key` is unique and goes into identifiers, so keep it short and URL-safe. */
export interface OrganizationProfile {
  readonly key: string;
  readonly name: string;
  readonly kind: OrganizationKind;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  readonly city: string;
  readonly language: Language;
  /** Whether laboratory values are reported in SI or conventional units. */
  readonly units: 'si' | 'conventional';
}

export const ST_ALDHELM: OrganizationProfile = {
  key: 'st-aldhelm',
  name: 'St. Aldhelm Hospital',
  kind: 'hospital',
  country: 'GB',
  city: 'Sherborne',
  language: 'en-GB',
  units: 'si',
};

export const LUZ_NOVA: OrganizationProfile = {
  key: 'luz-nova',
  name: 'Hospital da Luz Nova',
  kind: 'hospital',
  country: 'PT',
  city: 'Lisboa',
  language: 'pt-PT',
  units: 'conventional',
};

export const MERIDIAN: OrganizationProfile = {
  key: 'meridian',
  name: 'Meridian Laboratory',
  kind: 'laboratory',
  country: 'GB',
  city: 'Bristol',
  language: 'en-GB',
  units: 'si',
};

export const NORTHWIND: OrganizationProfile = {
  key: 'northwind',
  name: 'Northwind Health Insurance',
  kind: 'payer',
  country: 'GB',
  city: 'London',
  language: 'en-GB',
  units: 'si',
};

export const HALCYON: OrganizationProfile = {
  key: 'halcyon',
  name: 'Halcyon Trials',
  kind: 'sponsor',
  country: 'GB',
  city: 'Cambridge',
  language: 'en-GB',
  units: 'si',
};

export const CIVIC_ETHICS: OrganizationProfile = {
  key: 'civic-ethics',
  name: 'Civic Ethics Board',
  kind: 'ethics-board',
  country: 'GB',
  city: 'London',
  language: 'en-GB',
  units: 'si',
};

/** Everybody in the cast, in the order in which the demo admits them. */
export const NAMED_ORGANIZATIONS: readonly OrganizationProfile[] = [
  ST_ALDHELM,
  LUZ_NOVA,
  MERIDIAN,
  NORTHWIND,
  HALCYON,
  CIVIC_ETHICS,
];

/** Where identifiers of organisations and of their staff live. Reserved example domain (RFC 2606). */
export const ORGANIZATION_SYSTEM = 'https://anamnesis.example/id/organization';
export const STAFF_SYSTEM = 'https://anamnesis.example/id/staff';

/** The system of an organisation's own patient numbers. */
export function patientNumberSystem(organization: OrganizationProfile): string {
  return `https://${organization.key}.example/id/patient`;
}
