/** What is done to a patient, and pictures taken of her. */
import type { DiagnosticReport, Procedure } from '@medplum/fhirtypes';
import { file, keeper } from '../chart.ts';
import { PROCEDURES } from '../codes/care.ts';
import { codeable, hl7, wording } from '../codes/concept.ts';
import { staffReference } from '../staff.ts';
import { instantOf } from '../time.ts';
import { context, type Visit } from '../visit.ts';

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
