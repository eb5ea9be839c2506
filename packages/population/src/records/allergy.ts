/** Allergies. */
import type { AllergyIntolerance } from '@medplum/fhirtypes';
import { file } from '../chart.ts';
import { codeable, hl7 } from '../codes/concept.ts';
import { ALLERGENS, REACTIONS } from '../codes/conditions.ts';
import { staffReference } from '../staff.ts';
import { dateOf, instantOf } from '../time.ts';
import type { Visit } from '../visit.ts';

/** An allergy as told or seen at a visit. */
export function noteAllergy(
  visit: Visit,
  allergen: keyof typeof ALLERGENS,
  reaction: keyof typeof REACTIONS,
  severity: 'mild' | 'moderate' | 'severe',
  onset: number,
): void {
  visit.life.allergies.add(allergen);
  const language = visit.chart.organization.language;
  const category = ['penicillin', 'ibuprofen'].includes(allergen)
    ? 'medication'
    : ['peanut', 'egg', 'milk'].includes(allergen)
      ? 'food'
      : 'environment';
  file<AllergyIntolerance>(visit.chart, visit.life.random, {
    resourceType: 'AllergyIntolerance',
    clinicalStatus: hl7('allergyintolerance-clinical', 'active'),
    verificationStatus: hl7('allergyintolerance-verification', 'confirmed'),
    type: 'allergy',
    category: [category],
    criticality: severity === 'severe' ? 'high' : 'low',
    code: codeable(ALLERGENS[allergen], language),
    patient: visit.chart.patient,
    onsetDateTime: dateOf(onset),
    recordedDate: instantOf(visit.time),
    recorder: staffReference(visit.clinician),
    reaction: [{ manifestation: [codeable(REACTIONS[reaction], language)], severity }],
  });
}
