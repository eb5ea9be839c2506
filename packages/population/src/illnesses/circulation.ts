/** Illnesses of the circulation: high blood pressure, raised blood fats, atrial fibrillation. */
import { CONDITIONS } from '../codes/conditions.ts';
import { MEDICATIONS, type Medication } from '../codes/medications.ts';
import { hasCourse } from '../life.ts';
import { noteProblem } from '../records/condition.ts';
import { conditionReference, treat } from '../records/medication.ts';
import { takePulse } from '../records/observation.ts';
import { planCare } from '../records/plan.ts';
import { perform } from '../records/procedure.ts';
import { approach, drawOnset, type Illness } from './illness.ts';

const PRESSURE_STEPS: readonly { readonly takes: Readonly<Record<string, Medication>>; readonly lowers: number }[] = [
  { takes: {}, lowers: 3 },
  { takes: { pril: MEDICATIONS.ramipril5 }, lowers: 11 },
  { takes: { pril: MEDICATIONS.ramipril10 }, lowers: 16 },
  { takes: { pril: MEDICATIONS.ramipril10, dipine: MEDICATIONS.amlodipine5 }, lowers: 24 },
  { takes: { pril: MEDICATIONS.ramipril10, dipine: MEDICATIONS.amlodipine10 }, lowers: 29 },
  {
    takes: { pril: MEDICATIONS.ramipril10, dipine: MEDICATIONS.amlodipine10, diuretic: MEDICATIONS.indapamide },
    lowers: 36,
  },
];

/** Pressure above the person's own; drugs are added while it stays more than a little above. */
export const hypertension: Illness = {
  key: 'hypertension',
  onset: (person, random) => drawOnset(person, random, 0.5 + person.strain * 0.12, [55, 13], 22),
  begin(life, since) {
    const { body, random } = life;
    let excess = random.between(18, 38);
    let step = 0;
    body.pressure = excess;
    const decide = () => {
      if (body.pressure > 10 && step < PRESSURE_STEPS.length - 1) step++;
    };
    return {
      key: 'hypertension',
      since,
      every: 185,
      due: since,
      pass(years) {
        excess = Math.min(48, excess + 0.35 * years);
        body.pressure = approach(
          body.pressure,
          Math.max(-2, excess - (PRESSURE_STEPS[step]?.lowers ?? 0)),
          years,
          0.12,
        );
        if (years > 0.4) decide();
      },
      review(visit) {
        const first = !visit.chart.conditions.has('hypertension');
        const id = noteProblem(visit, 'hypertension', CONDITIONS.hypertension, since);
        if (first) planCare(visit, id, ['exercise']);
        if (first || random.chance(0.4)) visit.orders.add('metabolic');
        decide();
        for (const slot of ['pril', 'dipine', 'diuretic']) {
          const banned = slot === 'pril' && visit.chart.conditions.has('pregnancy'); // harms the unborn
          treat(visit, slot, banned ? undefined : PRESSURE_STEPS[step]?.takes[slot], conditionReference(id));
        }
      },
    };
  },
};

const STATINS = [
  undefined,
  MEDICATIONS.atorvastatin20,
  MEDICATIONS.atorvastatin40,
  MEDICATIONS.atorvastatin80,
] as const;

/** Raised LDL; a statin cuts it by a share that grows with the dose. */
export const hyperlipidaemia: Illness = {
  key: 'hyperlipidaemia',
  onset: (person, random, present) => drawOnset(person, random, present.has('diabetes') ? 0.65 : 0.33, [52, 11], 25),
  begin(life, since) {
    const { body, random } = life;
    const untreated = random.between(3.6, 5.7);
    const most = random.chance(0.75) ? STATINS.length - 2 : STATINS.length - 1;
    let step = 0;
    body.ldl = untreated;
    body.triglycerides += random.between(0, 0.9);
    const target = () => (hasCourse(life, 'diabetes') ? 2.2 : 2.9);
    const decide = () => {
      if (body.ldl > target() && step < most) step++;
    };
    return {
      key: 'hyperlipidaemia',
      since,
      every: 330,
      due: since,
      pass(years) {
        const share = [1, 0.6, 0.53, 0.48][step] ?? 1;
        body.ldl = approach(body.ldl, untreated * share, years, 0.12);
        if (years > 0.4) decide();
      },
      review(visit) {
        const id = noteProblem(visit, 'hyperlipidaemia', CONDITIONS.hyperlipidaemia, since);
        visit.orders.add('lipids');
        decide();
        const banned = visit.chart.conditions.has('pregnancy');
        treat(visit, 'statin', banned ? undefined : STATINS[step], conditionReference(id));
      },
    };
  },
};

/** Atrial fibrillation: fast, and anticoagulated. */
export const fibrillation: Illness = {
  key: 'fibrillation',
  onset: (person, random, present) => drawOnset(person, random, present.has('hypertension') ? 0.2 : 0.1, [73, 8], 45),
  begin(life, since) {
    life.body.pulse = 16;
    return {
      key: 'fibrillation',
      since,
      every: 210,
      due: since,
      pass: () => {
        if (life.regimens.has('rate')) life.body.pulse = 4;
      },
      review(visit) {
        const first = !visit.chart.conditions.has('fibrillation');
        const id = noteProblem(visit, 'fibrillation', CONDITIONS.fibrillation, since);
        if (first) perform(visit, 'electrocardiogram');
        takePulse(visit);
        visit.orders.add('metabolic');
        treat(visit, 'anticoagulant', MEDICATIONS.apixaban5, conditionReference(id));
        treat(visit, 'rate', MEDICATIONS.bisoprolol, conditionReference(id));
      },
    };
  },
};
