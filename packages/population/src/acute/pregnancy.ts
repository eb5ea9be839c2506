/** A pregnancy: visits, blood tests, a whooping-cough vaccine, and a stay for the birth. */
import { OBSTETRIC } from '../codes/care.ts';
import { CONDITIONS } from '../codes/conditions.ts';
import { MEDICATIONS } from '../codes/medications.ts';
import type { Life } from '../life.ts';
import { ageAt } from '../person.ts';
import { noteProblem, resolveProblem } from '../records/condition.ts';
import { vaccinate } from '../records/immunisation.ts';
import { conditionReference, prescribe } from '../records/medication.ts';
import { writeNote } from '../records/note.ts';
import { observe, takeMeasures, takePressure } from '../records/observation.ts';
import { perform } from '../records/procedure.ts';
import { clinicHour, DAY, dateOf, HOUR } from '../time.ts';
import { closeVisit, openVisit } from '../visit.ts';

const WEEK = 7 * DAY;
const VISIT_WEEKS = [9, 16, 24, 30, 36] as const;

/** Draws when pregnancies begin within the written history; children are two years apart at least. */
export function drawPregnancies(life: Life): number[] {
  const { person, random } = life;
  if (person.sex !== 'female') return [];
  const begins: number[] = [];
  let time = life.from;
  while (time < life.until) {
    const age = ageAt(person, time);
    const yearly = age < 18 || age > 44 ? 0 : age < 24 ? 0.05 : age < 36 ? 0.1 : 0.035;
    if (random.chance(yearly)) {
      begins.push(time + random.next() * 300 * DAY);
      time += 3 * 365 * DAY;
    } else time += 365 * DAY;
  }
  return begins;
}

/** The visits of one pregnancy, as events of the life's agenda. The day of birth is drawn unless it is known. */
export function pregnancyEvents(
  life: Life,
  begin: number,
  born?: number,
): { readonly time: number; readonly run: (time: number) => void }[] {
  const { random } = life;
  const due = begin + 40 * WEEK;
  const birth = born ?? due + random.integer(-16, 8) * DAY + random.integer(0, 23) * HOUR;
  const visits = VISIT_WEEKS.map((week, index) => ({
    time: clinicHour(begin + week * WEEK, random),
    run: (time: number) => antenatalVisit(life, time, begin, due, index),
  }));
  return [...visits, { time: birth, run: (time: number) => birthStay(life, time) }];
}

function antenatalVisit(life: Life, time: number, begin: number, due: number, index: number): void {
  const visit = openVisit(life, {
    organization: life.home,
    kind: 'visit',
    type: 'antenatal',
    time,
    specialty: 'obstetrics',
  });
  const id = noteProblem(visit, 'pregnancy', CONDITIONS.pregnancy, begin);
  if (index === 0) {
    observe(visit, 'exam', OBSTETRIC.dueDate, { valueDateTime: dateOf(due) });
    prescribe(visit, MEDICATIONS.folicAcid, conditionReference(id));
    takeMeasures(visit);
  }
  takePressure(visit);
  if (index === 0 || index === 3) visit.orders.add('bloodCount').add('ferritin');
  if (index === 2) vaccinate(life, visit.chart, 'pertussis', time, 1);
  life.body.massShift += 0.7;
  closeVisit(visit);
}

function birthStay(life: Life, time: number): void {
  const { random } = life;
  const visit = openVisit(life, {
    organization: life.home,
    kind: 'stay',
    type: 'admission',
    time,
    length: random.between(1.2, 4) * DAY,
    specialty: 'obstetrics',
    reason: CONDITIONS.pregnancy,
  });
  const surgical = random.chance(0.28);
  perform(visit, surgical ? 'caesarean' : 'delivery', time + 6 * HOUR);
  takePressure(visit);
  visit.orders.add('bloodCount');
  const english = `Birth ${surgical ? 'by caesarean section' : 'without operation'}; mother and child well.`;
  const portuguese = `Parto ${surgical ? 'por cesariana' : 'sem operação'}; mãe e bebé bem.`;
  writeNote(visit, 'discharge', visit.chart.organization.language === 'pt-PT' ? portuguese : english);
  resolveProblem(visit, 'pregnancy', time);
  life.body.massShift -= 3;
  closeVisit(visit);
}
