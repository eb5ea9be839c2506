/** What an illness is to the simulation: when it begins in a life, and the course it takes there. */
import type { Course, Life } from '../life.ts';
import type { Person } from '../person.ts';
import type { Random } from '../random.ts';
import { YEAR } from '../time.ts';

export interface Illness {
  readonly key: string;
  /** Draws the moment of diagnosis in this life; undefined when it is spared. `present` are the illnesses drawn before. */
  onset(person: Person, random: Random, present: ReadonlyMap<string, number>): number | undefined;
  /** Begins the course. `since` may lie before the written history. */
  begin(life: Life, since: number): Course;
}

/** Draws an onset with a lifetime probability and a normally distributed age (years), not before `least`. */
export function drawOnset(
  person: Person,
  random: Random,
  probability: number,
  age: readonly [mean: number, deviation: number],
  least = 1,
): number | undefined {
  const strikes = random.chance(probability);
  const years = random.normal(age[0], age[1]); // drawn either way, so that one illness does not shift the draws of the next
  return strikes && years > least ? person.birth + years * YEAR : undefined;
}

/** Moves a value toward a target with a time constant in years. */
export function approach(value: number, target: number, years: number, constant: number): number {
  return target + (value - target) * Math.exp(-years / constant);
}
