/** The order of a life: events at their times, routine visits between them, and a body that ages from one to the next. */
import type { Illness } from './illnesses/index.ts';
import type { Life } from './life.ts';
import { routineInterval, routineVisit } from './routine.ts';
import { clinicHour, DAY, YEAR } from './time.ts';

/** Something that happens at a moment. */
export interface Event {
  readonly time: number;
  readonly run: (time: number) => void;
}

/**
 * Puts an illness into a life. One that begins within the written history becomes an event; an older one begins now, with its years
 * (thirty at most) already behind it.
 */
export function schedule(life: Life, illness: Illness, since: number, agenda: Event[]): void {
  if (since >= life.from) {
    agenda.push({
      time: since,
      run: (time) => {
        const course = illness.begin(life, time);
        course.due = time;
        life.courses.push(course);
      },
    });
    return;
  }
  const course = illness.begin(life, since);
  for (let past = Math.min(30, (life.from - since) / YEAR); past > 0; past -= 0.5) course.pass(Math.min(0.5, past));
  course.due = life.from + life.random.next() * course.every * DAY;
  life.courses.push(course);
}

/** Runs events and routine visits in order of time; the body ages between them. */
export function play(life: Life, agenda: Event[]): void {
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
