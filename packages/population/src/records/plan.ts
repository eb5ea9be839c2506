/** Care plans. */
import type { CarePlan } from '@medplum/fhirtypes';
import { file } from '../chart.ts';
import { type ACTIVITIES, ACTIVITIES as ACTS } from '../codes/care.ts';
import { codeable, SNOMED } from '../codes/concept.ts';
import type { Sensitivity } from '../meta.ts';
import { staffReference } from '../staff.ts';
import { dateOf } from '../time.ts';
import { context, type Visit } from '../visit.ts';

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
