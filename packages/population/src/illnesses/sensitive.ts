/** Illnesses that many would not tell everybody: depression, anxiety, dependence on alcohol, HIV. Their records carry security labels. */
import { CONDITIONS } from '../codes/conditions.ts';
import { MEDICATIONS } from '../codes/medications.ts';
import { noteProblem, resolveProblem } from '../records/condition.ts';
import { conditionReference, treat } from '../records/medication.ts';
import { score } from '../records/observation.ts';
import { planCare } from '../records/plan.ts';
import { approach, drawOnset, type Illness } from './illness.ts';

/** Low mood or worry: a questionnaire total that falls under treatment; over when it stays low. */
function mood(
  key: 'depression' | 'anxiety',
  start: readonly [number, number],
  risk: (sex: 'female' | 'male') => number,
  age: readonly [number, number],
): Illness {
  return {
    key,
    onset: (person, random) => drawOnset(person, random, risk(person.sex) * Math.exp(person.worry * 0.5), age, 13),
    begin(life, since) {
      const { random } = life;
      let total = random.between(start[0], start[1]);
      const responds = random.chance(0.8);
      let step = 0;
      const slot = `mood-${key}`;
      return {
        key,
        since,
        every: 95,
        due: since,
        pass(years) {
          total = approach(total, responds || step === 2 ? 3 : 9, years, 0.45);
        },
        review(visit) {
          score(visit, key, total + random.normal(0, 1), 'mental-health');
          const low = total < 5;
          if (low && visit.time > since) {
            resolveProblem(visit, key, visit.time);
            treat(visit, slot, undefined);
            this.ended = visit.time;
            return;
          }
          const id = noteProblem(visit, key, CONDITIONS[key], since, 'mental-health');
          if (total > 9) step = Math.min(2, step + 1);
          const drug = step === 0 ? undefined : step === 1 ? MEDICATIONS.sertraline50 : MEDICATIONS.sertraline100;
          treat(visit, slot, drug, conditionReference(id), 'mental-health');
        },
      };
    },
  };
}

export const depression = mood('depression', [11, 21], (sex) => (sex === 'female' ? 0.19 : 0.11), [36, 14]);
export const anxiety = mood('anxiety', [9, 17], (sex) => (sex === 'female' ? 0.11 : 0.06), [31, 12]);

export const alcohol: Illness = {
  key: 'alcohol',
  onset: (person, random) => drawOnset(person, random, person.sex === 'male' ? 0.04 : 0.016, [40, 10], 20),
  begin(life, since) {
    const { random, body } = life;
    let total = random.between(8, 12);
    const recovers = random.chance(0.4);
    body.triglycerides += 0.4;
    return {
      key: 'alcohol',
      since,
      every: 200,
      due: since,
      pass(years) {
        total = approach(total, recovers ? 2 : 8, years, 0.8);
      },
      review(visit) {
        const first = !visit.chart.conditions.has('alcohol');
        score(visit, 'alcohol', total, 'substance-use');
        const id = noteProblem(visit, 'alcohol', CONDITIONS.alcohol, since, 'substance-use');
        if (first) planCare(visit, id, ['noAlcohol'], 'substance-use');
        treat(
          visit,
          'craving',
          recovers && total > 3 ? MEDICATIONS.acamprosate : undefined,
          conditionReference(id),
          'substance-use',
        );
      },
    };
  },
};

export const hiv: Illness = {
  key: 'hiv',
  onset: (person, random) => drawOnset(person, random, 0.006, [33, 9], 17),
  begin(life, since) {
    const { body, random } = life;
    body.hivLoad = random.integer(9_000, 160_000);
    body.helperCells = random.integer(190, 470);
    return {
      key: 'hiv',
      since,
      every: 175,
      due: since,
      pass(years) {
        body.hivLoad = approach(body.hivLoad, 20, years, 0.08);
        body.helperCells = approach(body.helperCells, 760, years, 1.6);
      },
      review(visit) {
        const id = noteProblem(visit, 'hiv', CONDITIONS.hiv, since, 'hiv');
        visit.orders.add('hiv');
        treat(visit, 'integrase', MEDICATIONS.dolutegravir, conditionReference(id), 'hiv');
        treat(visit, 'transcriptase', MEDICATIONS.lamivudine, conditionReference(id), 'hiv');
      },
    };
  },
};
