/**
 * A code as we carry it: system and bare code, never the owner's display. The words beside it (`en`, `pt`) are our own, written for
 * patients and clinicians to read, and go into `CodeableConcept.text`. LOINC, SNOMED CT, RxNorm, CVX and ICD-10 belong to their owners;
 * nothing of their texts is copied here, and the population is synthetic test data.
 */
import type { CodeableConcept } from '@medplum/fhirtypes';

export const SNOMED = 'http://snomed.info/sct';
export const LOINC = 'http://loinc.org';
export const RXNORM = 'http://www.nlm.nih.gov/research/umls/rxnorm';
export const CVX = 'http://hl7.org/fhir/sid/cvx';
export const ICD10 = 'http://hl7.org/fhir/sid/icd-10';
export const UCUM = 'http://unitsofmeasure.org';

/** One concept with our wording in English and Portuguese, and the ICD-10 code a payer wants to see. */
export interface Concept {
  readonly system: string;
  readonly code: string;
  readonly en: string;
  readonly pt: string;
  readonly icd10?: string;
}

/** BCP 47 tags of the languages that organisations write their records in. */
export type Language = 'en-GB' | 'pt-PT';

export function snomed(code: string, en: string, pt: string, icd10?: string): Concept {
  return { system: SNOMED, code, en, pt, ...(icd10 === undefined ? {} : { icd10 }) };
}

export function loinc(code: string, en: string, pt: string): Concept {
  return { system: LOINC, code, en, pt };
}

/** Our words for a concept in the language of the record. */
export function wording(concept: { readonly en: string; readonly pt: string }, language: Language): string {
  return language === 'pt-PT' ? concept.pt : concept.en;
}

/** The concept as FHIR carries it, with its ICD-10 code as a second coding when it has one. */
export function codeable(concept: Concept, language: Language): CodeableConcept {
  const coding = [{ system: concept.system, code: concept.code }];
  if (concept.icd10 !== undefined) coding.push({ system: ICD10, code: concept.icd10 });
  return { coding, text: wording(concept, language) };
}

/** A code of one of FHIR's own small code systems (`http://terminology.hl7.org/CodeSystem/<name>`). */
export function hl7(name: string, code: string): CodeableConcept {
  return { coding: [{ system: `http://terminology.hl7.org/CodeSystem/${name}`, code }] };
}
