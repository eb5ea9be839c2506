/** Vaccinations. */
import type { Immunization } from '@medplum/fhirtypes';
import { type Chart, file } from '../chart.ts';
import { codeable } from '../codes/concept.ts';
import { VACCINES, type VaccineKey } from '../codes/immunisations.ts';
import type { Life } from '../life.ts';
import { DAY, dateOf } from '../time.ts';

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
