/** The simulation of one life: routine visits, onsets of illness, episodes, pregnancies, in the order of time. */
import { drawEpisodes, runEpisode } from './acute/episodes.ts';
import { drawPregnancies, pregnancyEvents } from './acute/pregnancy.ts';
import { healthyBody } from './body.ts';
import { drawPayer, writeClaims } from './claims.ts';
import { ILLNESSES } from './illnesses/index.ts';
import { type Course, chartOf, type Life } from './life.ts';
import type { OrganizationProfile } from './organizations.ts';
import type { Person } from './person.ts';
import type { Random } from './random.ts';
import { covidDoses, routineInterval, routineVisit } from './routine.ts';
import { clinicHour, DAY, YEAR } from './time.ts';

interface Event {
  readonly time: number;
  readonly run: (time: number) => void;
}

export interface HistoryPlan {
  readonly person: Person;
  readonly random: Random;
  readonly organizations: readonly OrganizationProfile[];
  readonly until: number;
  readonly years: number;
}

/** The written window of a person: never before birth, never after death. */
export function openLife({ person, random, organizations, until, years }: HistoryPlan): Life {
  const last = Math.min(until, person.death ?? until) - DAY;
  const from = Math.max(person.birth + 3 * DAY, Math.min(until - years * YEAR, last));
  return {
    person,
    random,
    from,
    until: last,
    organizations,
    body: healthyBody(random, person, from),
    courses: [],
    charts: new Map(),
    regimens: new Map(),
    allergies: new Set(),
    done: new Set(),
    billables: [],
    home: person.home,
  };
}

/** Simulates a life and leaves its records in `life.charts`. */
export function liveThrough(life: Life): void {
  chartOf(life, life.person.home); // registered at home, even if nothing ever happens there
  const { random } = life;
  const agenda: Event[] = [];
  planIllnesses(life, agenda);
  const away = otherHospital(life);
  for (const { time, episode } of drawEpisodes(life)) {
    const elsewhere = away !== undefined && random.chance(0.25);
    const open = episode.kind === 'visit' ? clinicHour(time, random) : time;
    agenda.push({ time: open, run: (at) => runEpisode(life, episode, elsewhere ? away : life.home, at) });
  }
  for (const begin of drawPregnancies(life)) agenda.push(...pregnancyEvents(life, begin));
  agenda.push(...covidDoses(life));
  if (away !== undefined && random.chance(0.3)) {
    agenda.push({
      time: random.between(life.from, life.until),
      run: () => {
        life.home = away;
      },
    });
  }
  const payer = drawPayer(life);
  play(life, agenda);
  if (payer !== undefined) writeClaims(life, payer);
}

/** Runs events and routine visits in order of time; the body ages between them. */
function play(life: Life, agenda: Event[]): void {
  agenda.sort((a, b) => a.time - b.time);
  let now = life.from;
  let wellness = life.from + life.random.next() * Math.min(0.5 * YEAR, routineInterval(life, life.from));
  let next = 0;
  const advance = (time: number) => {
    const years = Math.max(0, time - now) / YEAR;
    for (const course of life.courses) if (course.ended === undefined) course.pass(years);
    now = Math.max(now, time);
  };
  for (;;) {
    const review = life.courses.reduce(
      (soonest, one) => (one.ended === undefined ? Math.min(soonest, one.due) : soonest),
      wellness,
    );
    const event = agenda[next];
    if (event !== undefined && event.time <= review) {
      next++;
      if (event.time < life.from) continue;
      if (event.time >= life.until) return;
      advance(event.time);
      event.run(event.time);
      continue;
    }
    const time = clinicHour(Math.max(review, now), life.random);
    if (time >= life.until) return;
    advance(time);
    const full = time >= wellness - 20 * DAY;
    routineVisit(life, time, full);
    if (full) wellness = time + routineInterval(life, time) * life.random.between(0.85, 1.2);
  }
}

/** Draws every illness. Those from before the written history begin now, with their years already behind them. */
function planIllnesses(life: Life, agenda: Event[]): void {
  const onsets = new Map<string, number>();
  for (const illness of ILLNESSES) {
    const since = illness.onset(life.person, life.random, onsets);
    if (since === undefined || since >= life.until) continue;
    if (illness.key === 'iron' && since < life.from) continue; // long over
    onsets.set(illness.key, since);
    if (since >= life.from) {
      agenda.push({
        time: since,
        run: (time) => {
          const course = illness.begin(life, time);
          course.due = time;
          life.courses.push(course);
        },
      });
      continue;
    }
    const course = illness.begin(life, since);
    for (let past = Math.min(30, (life.from - since) / YEAR); past > 0; past -= 0.5) course.pass(Math.min(0.5, past));
    begun(life, course);
  }
}

function begun(life: Life, course: Course): void {
  course.due = life.from + life.random.next() * course.every * DAY;
  life.courses.push(course);
}

/** One in seven has a second hospital: near another home, or abroad. */
function otherHospital(life: Life): OrganizationProfile | undefined {
  const others = life.organizations.filter((one) => one.kind === 'hospital' && one.key !== life.person.home.key);
  if (!life.random.chance(0.15) || others.length === 0) return undefined;
  return life.random.pick(others);
}
