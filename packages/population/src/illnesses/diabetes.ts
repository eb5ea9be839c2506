/** Type 2 diabetes: sugar rises slowly if nothing is done; each step of treatment brings it down; drugs are stepped up while it is too high. */

import { CONDITIONS } from '../codes/conditions.ts';
import type { Medication } from '../codes/medications.ts';
import { MEDICATIONS } from '../codes/medications.ts';
import { noteProblem } from '../records/condition.ts';
import { conditionReference, treat } from '../records/medication.ts';
import { planCare } from '../records/plan.ts';
import { approach, drawOnset, type Illness } from './illness.ts';

/** Treatment steps: what is taken, and how far it lowers HbA1c (NGSP percent). */
const STEPS: readonly { readonly takes: Readonly<Record<string, Medication>>; readonly lowers: number }[] = [
  { takes: {}, lowers: 0.3 },
  { takes: { metformin: MEDICATIONS.metformin500 }, lowers: 0.9 },
  { takes: { metformin: MEDICATIONS.metformin1000 }, lowers: 1.4 },
  { takes: { metformin: MEDICATIONS.metformin1000, gliflozin: MEDICATIONS.empagliflozin10 }, lowers: 2.1 },
  {
    takes: {
      metformin: MEDICATIONS.metformin1000,
      gliflozin: MEDICATIONS.empagliflozin10,
      insulin: MEDICATIONS.glargine12,
    },
    lowers: 3.4,
  },
];

const TARGET = 7.2;

export const diabetes: Illness = {
  key: 'diabetes',
  onset: (person, random) => drawOnset(person, random, 0.17 * Math.exp((person.bodyMass - 26) * 0.11), [57, 11], 24),

  begin(life, since) {
    const { body, random } = life;
    let untreated = random.between(7.1, 9.4);
    const drift = random.between(0.02, 0.14);
    const most = random.chance(0.85) ? STEPS.length - 2 : STEPS.length - 1; // few go on to insulin
    let step = 0;
    body.glycation = untreated;
    body.albumin += random.chance(0.3) ? random.between(1, 9) : 0;
    body.triglycerides += 0.5;

    function decide(): void {
      if (step === 0 || (body.glycation > TARGET && step < most)) step++;
    }

    return {
      key: 'diabetes',
      since,
      every: 150,
      due: since,
      pass(years) {
        untreated = Math.min(12.5, untreated + drift * years);
        body.glycation = approach(body.glycation, Math.max(5.9, untreated - (STEPS[step]?.lowers ?? 0)), years, 0.2);
        body.albumin = Math.min(90, body.albumin * (1 + Math.max(0, body.glycation - 7) * 0.04 * years));
        if (years > 0.4) decide();
      },
      review(visit) {
        const first = !visit.chart.conditions.has('diabetes');
        const id = noteProblem(visit, 'diabetes', CONDITIONS.diabetes, since);
        if (first) planCare(visit, id, ['diet', 'exercise', 'selfCare']);
        visit.orders.add('glycation');
        if (random.chance(0.45)) visit.orders.add('albuminRatio').add('metabolic').add('lipids');
        decide();
        for (const slot of ['metformin', 'gliflozin', 'insulin']) {
          const banned = slot === 'metformin' && body.filtration < 30; // it piles up when kidneys fail
          treat(visit, slot, banned ? undefined : STEPS[step]?.takes[slot], conditionReference(id));
        }
      },
    };
  },
};
