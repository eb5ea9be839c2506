/** Synthetic patients and whole populations, deterministic from a seed; and the named cast of the demo. */
export {
  CAST_KEYS,
  type CastKey,
  type CastMember,
  CHARACTER_NAMES,
  castPatientId,
  generateCast,
  PROFESSIONALS,
  type Professional,
} from './cast.ts';
export { type AddressedBundle, generateInfrastructure } from './infrastructure.ts';
export {
  CIVIC_ETHICS,
  HALCYON,
  LUZ_NOVA,
  MERIDIAN,
  NAMED_ORGANIZATIONS,
  NORTHWIND,
  ORGANIZATION_SYSTEM,
  type OrganizationKind,
  type OrganizationProfile,
  ST_ALDHELM,
  STAFF_SYSTEM,
} from './organizations.ts';
export {
  DEFAULT_ORGANIZATIONS,
  generatePopulation,
  type PatientHistory,
  type PatientSummary,
  type PopulationOptions,
} from './population.ts';
export { type StaffMember, staffOf } from './staff.ts';
export { DEFAULT_UNTIL } from './time.ts';
