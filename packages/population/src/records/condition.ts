/** Problems (long illnesses, on the problem list) and diagnoses (of one encounter). */
import type { Condition } from '@medplum/fhirtypes';
import { file } from '../chart.ts';
import { type Concept, codeable, hl7 } from '../codes/concept.ts';
import type { Sensitivity } from '../meta.ts';
import { staffReference } from '../staff.ts';
import { DAY, dateOf, instantOf } from '../time.ts';
import { context, type Visit } from '../visit.ts';

/** A problem that stays: written once per chart, at the first visit there after its onset. Returns the id. */
export function noteProblem(
  visit: Visit,
  key: string,
  concept: Concept,
  onset: number,
  sensitivity: Sensitivity | undefined = visit.sensitivity,
): string {
  const known = visit.chart.conditions.get(key);
  if (known !== undefined) return known;
  const condition = file<Condition>(
    visit.chart,
    visit.life.random,
    {
      resourceType: 'Condition',
      clinicalStatus: hl7('condition-clinical', 'active'),
      verificationStatus: hl7('condition-ver-status', 'confirmed'),
      category: [hl7('condition-category', 'problem-list-item')],
      code: codeable(concept, visit.chart.organization.language),
      ...context(visit),
      onsetDateTime: dateOf(onset),
      recordedDate: instantOf(visit.time),
      recorder: staffReference(visit.clinician),
    },
    sensitivity,
  );
  visit.chart.conditions.set(key, condition.id);
  return condition.id;
}

/** Ends a problem in every chart that has it. */
export function resolveProblem(visit: Visit, key: string, time: number): void {
  for (const chart of visit.life.charts.values()) {
    const id = chart.conditions.get(key);
    const condition = chart.entries.find((entry) => entry.id === id && entry.resourceType === 'Condition') as
      | Condition
      | undefined;
    if (condition === undefined) continue;
    condition.clinicalStatus = hl7('condition-clinical', 'resolved');
    condition.abatementDateTime = dateOf(time);
    chart.conditions.delete(key);
  }
}

/** What was found at one encounter; over after `days` unless that lies beyond the written history. */
export function diagnose(visit: Visit, concept: Concept, days: number): Condition & { id: string } {
  const over = visit.time + days * DAY;
  const resolved = over < visit.life.until;
  return file<Condition>(
    visit.chart,
    visit.life.random,
    {
      resourceType: 'Condition',
      clinicalStatus: hl7('condition-clinical', resolved ? 'resolved' : 'active'),
      verificationStatus: hl7('condition-ver-status', 'confirmed'),
      category: [hl7('condition-category', 'encounter-diagnosis')],
      code: codeable(concept, visit.chart.organization.language),
      ...context(visit),
      onsetDateTime: dateOf(visit.time),
      ...(resolved ? { abatementDateTime: dateOf(over) } : {}),
      recordedDate: instantOf(visit.time),
    },
    visit.sensitivity,
  );
}
