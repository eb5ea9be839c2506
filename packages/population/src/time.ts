/** Times are milliseconds since 1970, UTC. FHIR gets dates (`YYYY-MM-DD`) and instants to the second. */
import type { Random } from './random.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const YEAR = 365.25 * DAY;

/** The last moment of a generated history, unless the caller names another. Fixed, so that a default population never changes. */
export const DEFAULT_UNTIL = '2026-11-01';

/** `YYYY-MM-DD`. */
export function dateOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

/** `YYYY-MM-DDThh:mm:ssZ`. */
export function instantOf(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

/** Reads a date or an instant. Throws RangeError for anything else. */
export function timeOf(text: string): number {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new RangeError('not an ISO 8601 date');
  return time;
}

/** Midnight before this moment. */
export function startOfDay(time: number): number {
  return Math.floor(time / DAY) * DAY;
}

/** The same day at an hour when a clinic is open, in steps of five minutes; a Saturday or Sunday moves to the Monday after. */
export function clinicHour(time: number, random: Random): number {
  const day = Math.floor(time / DAY);
  const weekday = (day + 4) % 7; // 1970-01-01 was a Thursday; 0 is Sunday
  const shift = weekday === 6 ? 2 : weekday === 0 ? 1 : 0;
  return (day + shift) * DAY + 8 * HOUR + random.integer(0, 107) * 5 * MINUTE;
}
