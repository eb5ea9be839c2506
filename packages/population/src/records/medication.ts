/** Prescribing: short courses, and long-term treatment that is stepped up, renewed and stopped. */
import type { Dosage, MedicationDispense, MedicationRequest } from '@medplum/fhirtypes';
import { file, keeper, type Pointer, referenceTo } from '../chart.ts';
import { codeable, hl7, type Language, wording } from '../codes/concept.ts';
import { doseAt, type Medication } from '../codes/medications.ts';
import type { Sensitivity } from '../meta.ts';
import { staffReference } from '../staff.ts';
import { DAY, HOUR, instantOf, timeOf, YEAR } from '../time.ts';
import { context, type Visit } from '../visit.ts';
import { quantity } from './observation.ts';

/** The dose in words, for people. */
function instruction(medication: Medication, language: Language): string {
  const unit =
    medication.unit === 'ug'
      ? 'µg'
      : medication.unit === '[iU]'
        ? language === 'pt-PT'
          ? 'unidades'
          : 'units'
        : medication.unit;
  const amount = `${medication.dose} ${unit} ${wording(medication.route, language)}`;
  const days = medication.days;
  if (language === 'pt-PT') {
    const often = medication.frequency === 1 ? 'uma vez por dia' : `${medication.frequency} vezes por dia`;
    return `${amount}, ${medication.asNeeded ? `se necessário, até ${often}` : often}${days === undefined ? '' : `, durante ${days} dias`}`;
  }
  const often = medication.frequency === 1 ? 'once a day' : `${medication.frequency} times a day`;
  return `${amount}, ${medication.asNeeded ? `when needed, up to ${often}` : often}${days === undefined ? '' : `, for ${days} days`}`;
}

function dosage(medication: Medication, language: Language): Dosage {
  return {
    text: instruction(medication, language),
    timing: { repeat: { frequency: medication.frequency, period: medication.period, periodUnit: 'd' } },
    ...(medication.asNeeded ? { asNeededBoolean: true } : {}),
    route: codeable(medication.route, language),
    doseAndRate: [
      { doseQuantity: quantity(medication.dose, medication.unit === 'ug' ? 'µg' : medication.unit, medication.unit) },
    ],
  };
}

/** Orders a medicine at a visit. `reason` is a reference to a Condition of the same chart. */
export function prescribe(
  visit: Visit,
  adult: Medication,
  reason?: Pointer,
  sensitivity: Sensitivity | undefined = visit.sensitivity,
): MedicationRequest & { id: string } {
  const medication = { ...adult, dose: doseAt(adult, visit.age) };
  const language = visit.chart.organization.language;
  const over = medication.days !== undefined && visit.time + medication.days * DAY < visit.life.until;
  visit.notes.push(
    `${language === 'pt-PT' ? 'Receitado' : 'Prescribed'}: ${wording(medication.concept, language)}, ${instruction(medication, language)}.`,
  );
  const request = file<MedicationRequest>(
    visit.chart,
    visit.life.random,
    {
      resourceType: 'MedicationRequest',
      status: over ? 'completed' : 'active',
      intent: 'order',
      medicationCodeableConcept: codeable(medication.concept, language),
      ...context(visit),
      authoredOn: instantOf(visit.time),
      requester: staffReference(visit.clinician),
      ...(reason === undefined ? {} : { reasonReference: [reason] }),
      courseOfTherapyType: hl7(
        'medicationrequest-course-of-therapy',
        medication.days === undefined ? 'continuous' : 'acute',
      ),
      dosageInstruction: [dosage(medication, language)],
      ...(medication.days === undefined
        ? {}
        : { dispenseRequest: { expectedSupplyDuration: quantity(medication.days, 'd', 'd') } }),
    },
    sensitivity,
  );
  if (visit.life.random.chance(0.55)) dispense(visit, medication, request, sensitivity);
  return request;
}

/** The hospital's pharmacy hands the first package out, within a day. */
function dispense(
  visit: Visit,
  medication: Medication,
  request: MedicationRequest & { id: string },
  sensitivity: Sensitivity | undefined,
): void {
  const days = medication.days ?? 28;
  const time = Math.min(visit.life.until, visit.time + visit.life.random.integer(1, 24) * HOUR);
  const language = visit.chart.organization.language;
  file<MedicationDispense>(
    visit.chart,
    visit.life.random,
    {
      resourceType: 'MedicationDispense',
      status: 'completed',
      medicationCodeableConcept: codeable(medication.concept, language),
      subject: visit.chart.patient,
      performer: [{ actor: keeper(visit.chart) }],
      authorizingPrescription: [referenceTo(request)],
      quantity: { value: days * medication.frequency, unit: language === 'pt-PT' ? 'tomas' : 'doses' },
      daysSupply: quantity(days, 'd', 'd'),
      whenHandedOver: instantOf(time),
      dosageInstruction: [{ text: instruction(medication, language) }],
    },
    sensitivity,
  );
}

/**
 * Long-term treatment of one purpose (`slot`). A new medicine or dose stops the one before; the same one is renewed after a year,
 * or when this chart has not got it yet. `undefined` stops treatment.
 */
export function treat(
  visit: Visit,
  slot: string,
  medication: Medication | undefined,
  reason?: Pointer,
  sensitivity: Sensitivity | undefined = visit.sensitivity,
): void {
  const { regimens } = visit.life;
  const current = regimens.get(slot);
  const place = visit.chart.organization.key;
  if (current !== undefined && current.medication !== medication) {
    for (const order of current.orders.values()) order.status = 'stopped';
    regimens.delete(slot);
  }
  if (medication === undefined) return;
  const regimen = regimens.get(slot) ?? { medication, orders: new Map<string, MedicationRequest>() };
  const order = regimen.orders.get(place);
  if (order !== undefined && visit.time - timeOf(order.authoredOn ?? '') < 0.9 * YEAR) return;
  if (order !== undefined) order.status = 'completed';
  regimen.orders.set(place, prescribe(visit, medication, reason, sensitivity));
  regimens.set(slot, regimen);
}

/** A reference to a Condition by id. */
export function conditionReference(id: string): Pointer {
  return { reference: `Condition/${id}` };
}
