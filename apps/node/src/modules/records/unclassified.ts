import { patientCompartmentOf } from './definitions.ts';
import type { FhirResource } from './search/types.ts';
import { isUnderstood } from './sensitive-codes.ts';

/**
 * What cannot be labelled is not normal. A record is unclassified when nobody can tell by its codes what it is about: prose, attachments, remarks, and what has
 * no code of a system that the value sets speak of. It is withheld like a sensitive class of its own, until somebody who has read it labels it: with a
 * sensitive class, or with the confidentiality N (or below), which says that there is nothing in it.
 */

/** Where a record says what it is about. One of them must hold a code that is understood. */
const ABOUT: Readonly<Record<string, readonly string[]>> = {
  AdverseEvent: ['event'],
  AllergyIntolerance: ['code'],
  Condition: ['code'],
  DetectedIssue: ['code'],
  DeviceRequest: ['codeCodeableConcept'],
  DiagnosticReport: ['code'],
  Flag: ['code'],
  Immunization: ['vaccineCode'],
  Medication: ['code', 'ingredient'],
  MedicationAdministration: ['medicationCodeableConcept', 'contained'],
  MedicationDispense: ['medicationCodeableConcept', 'contained'],
  MedicationRequest: ['medicationCodeableConcept', 'contained'],
  MedicationStatement: ['medicationCodeableConcept', 'contained'],
  Observation: ['code'],
  Procedure: ['code'],
  RiskAssessment: ['code', 'prediction'],
  ServiceRequest: ['code'],
};

/** Types whose substance is prose or a file. */
const PROSE = new Set([
  ...['Basic', 'Binary', 'ClinicalImpression', 'Communication', 'CommunicationRequest', 'Composition'],
  ...['DocumentManifest', 'DocumentReference', 'Media'],
]);

/** Elements in which people write what they like. */
const REMARKS = new Set(['note', 'conclusion', 'comment', 'valueString', 'answerString', 'patientInstruction']);

/** Elements whose concept may be words alone; what is said there counts as much as the code that is missing. */
const REASONS = new Set(['reasonCode', 'conclusionCode', 'valueCodeableConcept', 'bodySite', 'manifestation']);

/** Types whose pictures and remarks say nothing about health. */
const DIRECTORY = new Set(['Patient', 'Practitioner', 'PractitionerRole', 'Organization', 'Location', 'RelatedPerson']);

/** Whether nobody can tell by its codes what a record of a patient is about. Labels are the caller's to look at. */
export function isUnclassified(resource: FhirResource): boolean {
  const { resourceType: type } = resource;
  if (DIRECTORY.has(type)) return false;
  if (PROSE.has(type)) return true;
  if (patientCompartmentOf(type).length === 0) return false;
  const about = ABOUT[type];
  if (about !== undefined && !about.some((element) => hasCode(resource[element]))) return true;
  const { text } = resource;
  if ((text as { status?: unknown } | undefined)?.status === 'additional') return true;
  return holdsProse(resource);
}

/** A coding of a system that the value sets speak of, anywhere in the element. */
function hasCode(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(hasCode);
  const { code, system } = value as { code?: unknown; system?: unknown };
  if (typeof code === 'string' && typeof system === 'string' && isUnderstood(system)) return true;
  return Object.values(value).some(hasCode);
}

function holdsProse(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(holdsProse);
  const { contentType, data, url } = value as { contentType?: unknown; data?: unknown; url?: unknown };
  if (typeof contentType === 'string' && (data !== undefined || url !== undefined)) return true;
  for (const key in value) {
    const member = (value as Record<string, unknown>)[key];
    if (REMARKS.has(key) && isSaid(member)) return true;
    if (REASONS.has(key) && isWordsAlone(member)) return true;
    if (typeof member === 'object' && holdsProse(member)) return true;
  }
  return false;
}

function isSaid(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null;
}

function isWordsAlone(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isWordsAlone);
  const { text, coding } = (value ?? {}) as { text?: unknown; coding?: unknown };
  return text !== undefined && coding === undefined;
}
