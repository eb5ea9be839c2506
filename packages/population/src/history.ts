/** The simulation of one life: routine visits, onsets of illness, episodes, pregnancies, in the order of time. */
import { drawEpisodes, runEpisode } from './acute/episodes.ts';
import { drawPregnancies, pregnancyEvents } from './acute/pregnancy.ts';
import { type Event, play, schedule } from './agenda.ts';
import { healthyBody } from './body.ts';
import { drawPayer, writeClaims } from './claims.ts';
import { ILLNESSES } from './illnesses/index.ts';
import { chartOf, type Life } from './life.ts';
import type { OrganizationProfile } from './organizations.ts';
import type { Person } from './person.ts';
import type { Random } from './random.ts';
import { covidDoses } from './routine.ts';
import { clinicHour, DAY, YEAR } from './time.ts';

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

/** Draws every illness. Those from before the written history begin now, with their years already behind them. */
function planIllnesses(life: Life, agenda: Event[]): void {
  const onsets = new Map<string, number>();
  for (const illness of ILLNESSES) {
    const since = illness.onset(life.person, life.random, onsets);
    if (since === undefined || since >= life.until) continue;
    if (illness.key === 'iron' && since < life.from) continue; // long over
    onsets.set(illness.key, since);
    schedule(life, illness, since, agenda);
  }
}

/** One in seven has a second hospital: near another home, or abroad. */
function otherHospital(life: Life): OrganizationProfile | undefined {
  const others = life.organizations.filter((one) => one.kind === 'hospital' && one.key !== life.person.home.key);
  if (!life.random.chance(0.15) || others.length === 0) return undefined;
  return life.random.pick(others);
}
