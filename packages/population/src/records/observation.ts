/** Vital signs, questionnaires and other single observations. */
import type { Observation, Quantity } from '@medplum/fhirtypes';
import { bodyMassAt, heightAt, pressureAt } from '../body.ts';
import { file, referenceTo } from '../chart.ts';
import { SCORES, SMOKING, VITALS } from '../codes/care.ts';
import { type Concept, codeable, hl7, UCUM } from '../codes/concept.ts';
import type { Sensitivity } from '../meta.ts';
import { staffReference } from '../staff.ts';
import { instantOf } from '../time.ts';
import { context, type Visit } from '../visit.ts';
import { digits } from './number.ts';

/** A quantity in UCUM; `unit` is what people read. */
export function quantity(value: number, unit: string, ucum: string): Quantity {
  return { value, unit, system: UCUM, code: ucum };
}

type Value = Partial<
  Pick<Observation, 'valueQuantity' | 'valueCodeableConcept' | 'valueInteger' | 'valueDateTime' | 'component'>
>;

/** Files one observation of a visit. `category` is a code of FHIR's observation-category. */
export function observe(
  visit: Visit,
  category: 'vital-signs' | 'survey' | 'social-history' | 'exam',
  concept: Concept,
  value: Value,
  sensitivity: Sensitivity | undefined = visit.sensitivity,
): Observation & { id: string } {
  return file<Observation>(
    visit.chart,
    visit.life.random,
    {
      resourceType: 'Observation',
      status: 'final',
      category: [hl7('observation-category', category)],
      code: codeable(concept, visit.chart.organization.language),
      ...context(visit),
      effectiveDateTime: instantOf(visit.time),
      performer: [staffReference(visit.clinician)],
      ...value,
    },
    sensitivity,
  );
}

function sign(visit: Visit, concept: Concept, value: number, unit: string, ucum: string) {
  return observe(visit, 'vital-signs', concept, { valueQuantity: quantity(value, unit, ucum) });
}

/** Upper and lower pressure in one observation, and a line in the note. */
export function takePressure(visit: Visit): void {
  const { life, age } = visit;
  const [upper, lower] = pressureAt(life.person, life.body, age, life.random);
  const language = visit.chart.organization.language;
  observe(visit, 'vital-signs', VITALS.pressure, {
    component: [
      { code: codeable(VITALS.systolic, language), valueQuantity: quantity(upper, 'mmHg', 'mm[Hg]') },
      { code: codeable(VITALS.diastolic, language), valueQuantity: quantity(lower, 'mmHg', 'mm[Hg]') },
    ],
  });
  visit.notes.push(language === 'pt-PT' ? `TA ${upper}/${lower} mmHg.` : `BP ${upper}/${lower} mmHg.`);
}

/** Height, weight and body mass index. */
export function takeMeasures(visit: Visit): void {
  const { life, age } = visit;
  const height = digits(heightAt(life.person, age), 1);
  const weight = digits(bodyMassAt(life.person, life.body, age) * (height / 100) ** 2 + life.random.normal(0, 0.4), 1);
  sign(visit, VITALS.height, height, 'cm', 'cm');
  sign(visit, VITALS.weight, weight, 'kg', 'kg');
  if (age >= 2) sign(visit, VITALS.bodyMass, digits(weight / (height / 100) ** 2, 1), 'kg/m²', 'kg/m2');
}

/** Heart rate, temperature, breathing and oxygen: taken when somebody is ill. */
export function takeSickSigns(visit: Visit): void {
  const { life, age } = visit;
  const ill = life.body.inflammation;
  const rest = age < 1 ? 130 : age < 12 ? 118 - age * 3.5 : 72;
  takePulse(visit, rest + ill * 28);
  sign(visit, VITALS.temperature, digits(36.7 + ill * 2.1 + life.random.normal(0, 0.25), 1), '°C', 'Cel');
  sign(visit, VITALS.respiration, Math.round((age < 5 ? 26 : 15) + ill * 9 + life.random.normal(0, 1)), '/min', '/min');
  sign(visit, VITALS.saturation, Math.min(100, Math.round(98 - ill * 6 + life.random.normal(0, 0.7))), '%', '%');
}

/** Heart rate. */
export function takePulse(visit: Visit, mean = 72): void {
  const value = Math.round(mean + visit.life.body.pulse + visit.life.random.normal(0, 6));
  sign(visit, VITALS.heartRate, value, '/min', '/min');
}

/** Whether somebody smokes. */
export function askSmoking(visit: Visit): void {
  const answer = SMOKING[visit.life.person.smoking];
  observe(visit, 'social-history', VITALS.smoking, {
    valueCodeableConcept: codeable(answer, visit.chart.organization.language),
  });
}

/** The total of a questionnaire. */
export function score(visit: Visit, key: keyof typeof SCORES, total: number, sensitivity: Sensitivity): void {
  observe(visit, 'survey', SCORES[key], { valueInteger: Math.max(0, Math.round(total)) }, sensitivity);
}

/** Shorthand for lists of references to observations. */
export function references(list: readonly { readonly resourceType: string; readonly id: string }[]) {
  return list.map(referenceTo);
}
