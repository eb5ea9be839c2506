/** Visits that are planned: check-ups by age, reviews of long illnesses, vaccines that are due. */
import { wording } from './codes/concept.ts';
import { type ALLERGENS, CONDITIONS, type REACTIONS } from './codes/conditions.ts';
import { SCHEDULE } from './codes/immunisations.ts';
import { chartOf, type Life } from './life.ts';
import type { Sensitivity } from './meta.ts';
import { ageAt } from './person.ts';
import { noteAllergy } from './records/allergy.ts';
import { vaccinate } from './records/immunisation.ts';
import { writeNote } from './records/note.ts';
import { askSmoking, takeMeasures, takePressure, takePulse } from './records/observation.ts';
import { perform } from './records/procedure.ts';
import { DAY, timeOf, YEAR } from './time.ts';
import { closeVisit, openVisit, type Visit } from './visit.ts';

const SENSITIVE: Readonly<Record<string, Sensitivity>> = {
  depression: 'mental-health',
  anxiety: 'mental-health',
  alcohol: 'substance-use',
  hiv: 'hiv',
};

/** Milliseconds between check-ups at this age. */
export function routineInterval(life: Life, time: number): number {
  const age = ageAt(life.person, time);
  if (age < 0.6) return 55 * DAY;
  if (age < 2) return 130 * DAY;
  if (age < 6) return 330 * DAY;
  if (age < 18) return 1.6 * YEAR;
  if (age < 45) return 2.6 * YEAR;
  return age < 65 ? 1.5 * YEAR : 0.9 * YEAR;
}

/**
 * One planned visit. Reviews every illness that is due within three weeks, so that a person with four illnesses does not come four
 * times; sensitive illnesses get a visit of their own, as their records must be separable. `full` adds a check-up.
 */
export function routineVisit(life: Life, time: number, full: boolean): void {
  const due = life.courses.filter((course) => course.ended === undefined && course.due <= time + 21 * DAY);
  for (const course of due) course.due = time + course.every * DAY * life.random.between(0.85, 1.2);
  const plain = due.filter((course) => SENSITIVE[course.key] === undefined);
  if (full || plain.length > 0) {
    const visit = openVisit(life, {
      organization: life.home,
      kind: 'visit',
      type: full ? 'checkUp' : 'followUp',
      time,
      specialty: ageAt(life.person, time) < 15 ? 'paediatrics' : 'general',
      ...reasonOf(plain[0]?.key),
    });
    if (full) checkUp(visit);
    else takePressure(visit);
    for (const course of plain) course.review(visit);
    if (plain.length > 0 && life.random.chance(0.35))
      writeNote(
        visit,
        'progress',
        reviewed(
          visit,
          plain.map((course) => course.key),
        ),
      );
    closeVisit(visit);
  }
  for (const course of due) {
    const sensitivity = SENSITIVE[course.key];
    if (sensitivity === undefined) continue;
    const visit = openVisit(life, {
      organization: life.home,
      kind: 'visit',
      type: 'followUp',
      time: Math.min(time + 2 * 3_600_000, life.until - 1),
      specialty: sensitivity === 'hiv' ? 'internal' : 'psychiatry',
      sensitivity,
      ...reasonOf(course.key),
    });
    course.review(visit);
    if (life.random.chance(0.5)) writeNote(visit, 'progress', reviewed(visit, [course.key]));
    closeVisit(visit);
  }
}

const REASONS: Readonly<Record<string, keyof typeof CONDITIONS>> = { kidney: 'kidney3', iron: 'ironDeficiency' };

function conceptOf(key: string) {
  return CONDITIONS[(REASONS[key] ?? key) as keyof typeof CONDITIONS];
}

function reasonOf(key: string | undefined) {
  return key === undefined ? {} : { reason: conceptOf(key) };
}

function reviewed(visit: Visit, keys: readonly string[]): string {
  const language = visit.chart.organization.language;
  const names = keys.map((key) => wording(conceptOf(key), language)).join(', ');
  return language === 'pt-PT' ? `Consulta de seguimento: ${names}.` : `Reviewed: ${names}.`;
}

/** Measures, vaccines, screening, and, the first time, allergies. */
function checkUp(visit: Visit): void {
  const { life, age } = visit;
  takeMeasures(visit);
  if (age >= 3) takePressure(visit);
  takePulse(visit, age < 1 ? 128 : age < 12 ? 112 - age * 3.2 : 71);
  if (age >= 16) askSmoking(visit);
  drawAllergies(visit);
  giveDueVaccines(visit);
  if (age > 40 && life.random.chance(0.55)) visit.orders.add('lipids').add('metabolic');
  if (age > 40 && life.random.chance(0.25)) visit.orders.add('glycation');
  if (life.random.chance(age > 18 ? 0.35 : 0.08)) visit.orders.add('bloodCount');
  if (age > 50 && age < 75 && life.random.chance(0.07)) perform(visit, 'colonoscopy');
  if (life.person.sex === 'female' && age > 50 && age < 71 && life.random.chance(0.4)) perform(visit, 'mammogram');
}

const ALLERGIES: readonly (readonly [keyof typeof ALLERGENS, number, keyof typeof REACTIONS])[] = [
  ['penicillin', 0.06, 'rash'],
  ['dustMite', 0.07, 'sneezing'],
  ['grassPollen', 0.09, 'sneezing'],
  ['peanut', 0.013, 'anaphylaxis'],
  ['egg', 0.008, 'hives'],
  ['milk', 0.008, 'nausea'],
  ['latex', 0.01, 'hives'],
  ['beeVenom', 0.01, 'hives'],
  ['ibuprofen', 0.012, 'hives'],
];

function drawAllergies(visit: Visit): void {
  const { life, age } = visit;
  if (age < 1 || life.done.has('asked about allergies')) return;
  life.done.add('asked about allergies');
  for (const [allergen, share, reaction] of ALLERGIES) {
    if (!life.random.chance(share)) continue;
    const severity = reaction === 'anaphylaxis' ? 'severe' : life.random.chance(0.25) ? 'moderate' : 'mild';
    noteAllergy(visit, allergen, reaction, severity, life.person.birth + life.random.between(0.3, 0.9) * age * YEAR);
  }
}

/** Doses of the schedule that came due since the last check-up (and within the written history), and the yearly flu vaccine. */
function giveDueVaccines(visit: Visit): void {
  const { life, age, time } = visit;
  const firstAge = ageAt(life.person, life.from);
  for (const { vaccine, age: dueAge, dose } of SCHEDULE) {
    const name = `${vaccine} ${dose}`;
    if (dueAge < firstAge - 0.1 || dueAge > age + 0.06 || life.done.has(name)) continue;
    life.done.add(name);
    if (life.random.chance(0.9)) vaccinate(life, visit.chart, vaccine, time, dose);
  }
  const month = new Date(time).getUTCMonth();
  if ((age > 65 || life.courses.length > 1) && (month >= 8 || month === 0))
    vaccinate(life, visit.chart, 'influenza', time, 1);
}

/** Two doses against covid-19 in 2021 for most adults, outside any visit. */
export function covidDoses(life: Life): { readonly time: number; readonly run: (time: number) => void }[] {
  const first = timeOf('2021-02-01') + life.random.next() * 150 * DAY;
  const willing = life.random.chance(0.83);
  if (!willing || ageAt(life.person, first) < 16) return [];
  return [first, first + 70 * DAY].map((time, index) => ({
    time,
    run: (at: number) => vaccinate(life, chartOf(life, life.home), 'covid', at, index + 1),
  }));
}
