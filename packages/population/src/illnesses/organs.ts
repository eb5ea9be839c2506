/** Underactive thyroid, chronic kidney disease, anaemia from lack of iron, asthma. */
import type { Concept } from '../codes/concept.ts';
import { CONDITIONS } from '../codes/conditions.ts';
import { MEDICATIONS } from '../codes/medications.ts';
import { noteProblem, resolveProblem } from '../records/condition.ts';
import { conditionReference, treat } from '../records/medication.ts';
import { planCare } from '../records/plan.ts';
import { perform } from '../records/procedure.ts';
import { YEAR } from '../time.ts';
import { approach, drawOnset, type Illness } from './illness.ts';

const THYROXINE = [
  undefined,
  MEDICATIONS.levothyroxine50,
  MEDICATIONS.levothyroxine75,
  MEDICATIONS.levothyroxine100,
  MEDICATIONS.levothyroxine125,
] as const;

export const hypothyroidism: Illness = {
  key: 'hypothyroidism',
  onset: (person, random) => drawOnset(person, random, person.sex === 'female' ? 0.11 : 0.025, [46, 14], 12),
  begin(life, since) {
    const { body, random } = life;
    const need = random.integer(1, 4);
    let step = 0;
    body.thyrotropin = 5 + need * random.between(2.5, 5);
    body.thyroxine = 10.5 - need;
    const decide = () => {
      if (body.thyrotropin > 4.9 && step < THYROXINE.length - 1) step++;
    };
    return {
      key: 'hypothyroidism',
      since,
      every: 240,
      due: since,
      pass(years) {
        const missing = Math.max(0, need - step);
        body.thyrotropin = approach(body.thyrotropin, missing === 0 ? 2.1 : 3.4 + missing * 3.2, years, 0.15);
        body.thyroxine = approach(body.thyroxine, 15 - missing * 1.9, years, 0.12);
        if (years > 0.4) decide();
      },
      review(visit) {
        const id = noteProblem(visit, 'hypothyroidism', CONDITIONS.hypothyroidism, since);
        visit.orders.add('thyroid');
        decide();
        treat(visit, 'thyroxine', THYROXINE[step], conditionReference(id));
      },
    };
  },
};

/** The stage of kidney disease that a filtration rate means (KDIGO). */
function stage(filtration: number): { readonly key: string; readonly concept: Concept } {
  if (filtration >= 60) return { key: 'kidney2', concept: CONDITIONS.kidney2 };
  if (filtration >= 30) return { key: 'kidney3', concept: CONDITIONS.kidney3 };
  return { key: 'kidney4', concept: CONDITIONS.kidney4 };
}

export const kidneyDisease: Illness = {
  key: 'kidney',
  onset(person, random, present) {
    const risk = 0.06 + (present.has('diabetes') ? 0.17 : 0) + (present.has('hypertension') ? 0.1 : 0);
    return drawOnset(person, random, risk, [68, 9], 35);
  },
  begin(life, since) {
    const { body, random } = life;
    const slope = Math.max(0.6, Math.min(5.5, 2.1 + life.person.strain * 0.9 + random.normal(0, 0.6)));
    body.filtration = Math.min(body.filtration, random.between(50, 66));
    body.albumin = Math.max(body.albumin, random.between(2, 24));
    let noted: string | undefined;
    return {
      key: 'kidney',
      since,
      every: 170,
      due: since,
      pass(years) {
        const protectedShare = life.regimens.has('pril') || life.regimens.has('gliflozin') ? 0.75 : 1;
        body.filtration = Math.max(17, body.filtration - slope * protectedShare * years);
        body.albumin = Math.min(160, body.albumin * (1 + 0.05 * years));
        body.haemoglobin = Math.min(body.haemoglobin, 155 - Math.max(0, 50 - body.filtration) * 1.1);
      },
      review(visit) {
        const now = stage(body.filtration);
        if (noted !== undefined && noted !== now.key) resolveProblem(visit, noted, visit.time);
        noteProblem(visit, now.key, now.concept, noted === undefined ? since : visit.time);
        noted = now.key;
        visit.orders.add('metabolic').add('albuminRatio');
        if (random.chance(0.4)) visit.orders.add('bloodCount');
      },
    };
  },
};

/** Lack of iron: treated for a season with iron, then over. */
export const ironDeficiency: Illness = {
  key: 'iron',
  onset: (person, random) =>
    drawOnset(person, random, person.sex === 'female' ? 0.22 : 0.04, person.sex === 'female' ? [34, 11] : [66, 12], 3),
  begin(life, since) {
    const { body, random } = life;
    const [blood, stores] = [body.haemoglobin, body.ferritin];
    body.ferritin = random.between(3, 9);
    body.haemoglobin -= random.between(24, 40);
    let treated = 0;
    return {
      key: 'iron',
      since,
      every: 75,
      due: since,
      pass(years) {
        // Long before the written history it was treated like any other.
        if (years > 0.4) treated++;
        if (treated === 0) return;
        body.ferritin = approach(body.ferritin, stores, years, 0.3);
        body.haemoglobin = approach(body.haemoglobin, blood, years, 0.14);
      },
      review(visit) {
        visit.orders.add('bloodCount').add('ferritin');
        if (body.haemoglobin > 118 && body.ferritin > 24) {
          resolveProblem(visit, 'iron', visit.time);
          treat(visit, 'iron', undefined);
          this.ended = visit.time;
          return;
        }
        const id = noteProblem(visit, 'iron', CONDITIONS.ironDeficiency, since);
        if (treated === 0 && visit.age > 55) perform(visit, 'colonoscopy');
        treated++;
        treat(visit, 'iron', MEDICATIONS.ironSulfate, conditionReference(id));
        if (visit.time - since > 1.2 * YEAR) this.ended = visit.time;
      },
    };
  },
};

const PREVENTERS = [undefined, MEDICATIONS.budesonide200, MEDICATIONS.budesonide400] as const;

export const asthma: Illness = {
  key: 'asthma',
  onset(person, random) {
    const age: readonly [number, number] = random.chance(0.6) ? [7, 3] : [34, 12];
    return drawOnset(person, random, 0.1, age, 2);
  },
  begin(life, since) {
    const { random } = life;
    const severity = random.integer(0, 2);
    return {
      key: 'asthma',
      since,
      every: 340,
      due: since,
      pass: () => {},
      review(visit) {
        const first = !visit.chart.conditions.has('asthma');
        const id = noteProblem(visit, 'asthma', CONDITIONS.asthma, since);
        if (first) planCare(visit, id, ['asthma']);
        if (first && visit.age > 5) perform(visit, 'lungFunction');
        treat(visit, 'reliever', MEDICATIONS.salbutamol, conditionReference(id));
        treat(visit, 'preventer', PREVENTERS[severity], conditionReference(id));
      },
    };
  },
};
