/** Documents, procedures, immunisations, allergies, care plans: the rest of what a visit leaves in a chart. */
import type {
  AllergyIntolerance,
  CarePlan,
  DiagnosticReport,
  DocumentReference,
  Immunization,
  Procedure,
} from '@medplum/fhirtypes';
import { type Chart, file, keeper, referenceTo } from '../chart.ts';
import { type ACTIVITIES, ACTIVITIES as ACTS, DOCUMENTS, PROCEDURES } from '../codes/care.ts';
import { codeable, hl7, SNOMED, wording } from '../codes/concept.ts';
import { ALLERGENS, REACTIONS } from '../codes/conditions.ts';
import { VACCINES, type VaccineKey } from '../codes/immunisations.ts';
import type { Life } from '../life.ts';
import type { Sensitivity } from '../meta.ts';
import { staffReference } from '../staff.ts';
import { DAY, dateOf, instantOf } from '../time.ts';
import { context, type Visit } from '../visit.ts';

/** The note of a visit as a plain-text document. */
export function writeNote(visit: Visit, kind: keyof typeof DOCUMENTS, opening: string): void {
  const language = visit.chart.organization.language;
  const closing = `— ${visit.clinician.name.text ?? ''}, ${visit.chart.organization.name}`;
  const text = [opening, ...visit.notes, closing].join('\n');
  file<DocumentReference>(
    visit.chart,
    visit.life.random,
    {
      resourceType: 'DocumentReference',
      status: 'current',
      docStatus: 'final',
      type: codeable(DOCUMENTS[kind], language),
      subject: visit.chart.patient,
      date: instantOf(visit.end),
      author: [staffReference(visit.clinician)],
      custodian: keeper(visit.chart),
      content: [
        {
          attachment: {
            contentType: 'text/plain; charset=utf-8',
            language,
            data: Buffer.from(text, 'utf8').toString('base64'),
            title: wording(DOCUMENTS[kind], language),
            creation: instantOf(visit.end),
          },
        },
      ],
      context: { encounter: [referenceTo(visit.encounter)] },
    },
    visit.sensitivity,
  );
}

/** Something done to the patient at this visit. */
export function perform(visit: Visit, key: keyof typeof PROCEDURES, time = visit.time): Procedure & { id: string } {
  return file<Procedure>(
    visit.chart,
    visit.life.random,
    {
      resourceType: 'Procedure',
      status: 'completed',
      code: codeable(PROCEDURES[key], visit.chart.organization.language),
      ...context(visit),
      performedDateTime: instantOf(Math.min(time, visit.end)),
      performer: [{ actor: staffReference(visit.clinician) }],
    },
    visit.sensitivity,
  );
}

/** A picture taken and read: the Procedure and a DiagnosticReport with its conclusion. */
export function image(
  visit: Visit,
  key: 'chestXray' | 'wristXray' | 'headScan',
  conclusion: { readonly en: string; readonly pt: string },
): void {
  perform(visit, key);
  const language = visit.chart.organization.language;
  file<DiagnosticReport>(
    visit.chart,
    visit.life.random,
    {
      resourceType: 'DiagnosticReport',
      status: 'final',
      category: [hl7('v2-0074', 'RAD')],
      code: codeable(PROCEDURES[key], language),
      ...context(visit),
      effectiveDateTime: instantOf(visit.time),
      issued: instantOf(visit.end),
      performer: [keeper(visit.chart)],
      conclusion: wording(conclusion, language),
    },
    visit.sensitivity,
  );
}

/** A vaccine given; not bound to an encounter, since mass vaccination has none. */
export function vaccinate(life: Life, chart: Chart, key: VaccineKey, time: number, dose: number): void {
  file<Immunization>(chart, life.random, {
    resourceType: 'Immunization',
    status: 'completed',
    vaccineCode: codeable(VACCINES[key], chart.organization.language),
    patient: chart.patient,
    occurrenceDateTime: dateOf(time),
    primarySource: true,
    lotNumber: `T${(life.random.integer(0, 0xfffff) + 0x100000).toString(36).toUpperCase()}`,
    expirationDate: dateOf(time + 200 * DAY),
    protocolApplied: [{ doseNumberPositiveInt: dose }],
  });
}

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

/** A simple care plan for a problem of this chart. */
export function planCare(
  visit: Visit,
  condition: string,
  activities: readonly (keyof typeof ACTIVITIES)[],
  sensitivity: Sensitivity | undefined = visit.sensitivity,
): void {
  const language = visit.chart.organization.language;
  file<CarePlan>(
    visit.chart,
    visit.life.random,
    {
      resourceType: 'CarePlan',
      status: 'active',
      intent: 'plan',
      category: [
        {
          coding: [{ system: SNOMED, code: '734163000' }],
          text: language === 'pt-PT' ? 'Plano de cuidados' : 'Plan of care',
        },
      ],
      ...context(visit),
      period: { start: dateOf(visit.time) },
      author: staffReference(visit.clinician),
      addresses: [{ reference: `Condition/${condition}` }],
      activity: activities.map((key) => ({ detail: { code: codeable(ACTS[key], language), status: 'in-progress' } })),
    },
    sensitivity,
  );
}
