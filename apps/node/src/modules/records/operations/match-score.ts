import { fold } from '../search/fold.ts';
import type { FhirResource } from '../search/index.ts';

/** What patients are compared by. Names are folded (no case, no accents). */
export interface Traits {
  /** `system|value`. */
  readonly identifiers: ReadonlySet<string>;
  readonly telecoms: ReadonlySet<string>;
  readonly families: ReadonlySet<string>;
  readonly givens: ReadonlySet<string>;
  /** `1980-05-01`, as precise as it is given. */
  readonly birthDate: string | null;
  readonly gender: string | null;
  /** Postal code, or city. */
  readonly places: ReadonlySet<string>;
}

/**
 * Points for what two descriptions share, and against for what contradicts; what one of them does not say counts nothing. Ten points are a score of 1:
 *
 * | | same | other |
 * |---|---|---|
 * | identifier (system and value) | 10 | 0 |
 * | birth date | 4 (3 as far as the less precise says, or with day and month exchanged) | -4 |
 * | family name | 3 | -2 |
 * | given name | 2 (1: the same initial) | -1 |
 * | telecom | 2 | 0 |
 * | gender | 1 | -2 |
 * | address (postal code or city) | 1 | 0 |
 *
 * Without a shared identifier the score stays below that of a certain match: people share names and birthdays.
 */
export const WEIGHTS = { whole: 10, withoutIdentifier: 9.4, certain: 0.95, probable: 0.8, possible: 0.5 } as const;

/** From 0 to 1, in hundredths: how likely it is that the two are one person. */
export function scoreOf(wanted: Traits, candidate: Traits): number {
  const identified = shares(wanted.identifiers, candidate.identifiers) === true;
  let points = identified ? 10 : 0;
  points += birthPoints(wanted.birthDate, candidate.birthDate);
  points += weigh(shares(wanted.families, candidate.families), 3, -2);
  points += givenPoints(wanted.givens, candidate.givens);
  points += weigh(shares(wanted.telecoms, candidate.telecoms), 2, 0);
  points += weigh(wanted.gender && candidate.gender ? wanted.gender === candidate.gender : null, 1, -2);
  points += weigh(shares(wanted.places, candidate.places), 1, 0);
  // Contradictions count against an identifier whatever else is the same: it may have been typed wrongly, or be another's.
  const most = identified ? WEIGHTS.whole : WEIGHTS.withoutIdentifier;
  return Math.round((Math.min(Math.max(points, 0), most) / WEIGHTS.whole) * 100) / 100;
}

/** https://hl7.org/fhir/R4/valueset-match-grade.html; null for those that are certainly not. */
export function gradeOf(score: number): 'certain' | 'probable' | 'possible' | null {
  if (score >= WEIGHTS.certain) return 'certain';
  if (score >= WEIGHTS.probable) return 'probable';
  return score >= WEIGHTS.possible ? 'possible' : null;
}

/** Reads off a Patient what it is compared by. */
export function traitsOf(patient: FhirResource): Traits {
  const { identifier, telecom, name, birthDate, gender, address } = patient;
  const names = objects(name).filter(({ use }) => use !== 'anonymous' && use !== 'nickname');
  return {
    identifiers: new Set(
      objects(identifier).flatMap(({ system, value }) =>
        typeof system === 'string' && typeof value === 'string' && value !== '' ? [`${system}|${value}`] : [],
      ),
    ),
    telecoms: new Set(objects(telecom).flatMap(({ value }) => texts(value))),
    families: new Set(names.flatMap(({ family }) => texts(family).map(fold))),
    givens: new Set(names.flatMap(({ given }) => (Array.isArray(given) ? given : []).flatMap(texts).map(fold))),
    birthDate: typeof birthDate === 'string' ? birthDate : null,
    gender: typeof gender === 'string' && gender !== 'unknown' ? gender : null,
    places: new Set(
      objects(address).flatMap(({ postalCode, city }) => [...texts(postalCode), ...texts(city)].map(fold)),
    ),
  };
}

function birthPoints(a: string | null, b: string | null): number {
  if (a === null || b === null) return 0;
  if (a === b) return 4;
  if (a.startsWith(b) || b.startsWith(a)) return 3;
  const [year, month, day] = a.split('-');
  return day !== undefined && b === `${year}-${day}-${month}` ? 3 : -4;
}

function givenPoints(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const same = shares(a, b);
  if (same !== false) return weigh(same, 2, 0);
  const initials = (names: ReadonlySet<string>): Set<string> => new Set([...names].map((name) => name.slice(0, 1)));
  return shares(initials(a), initials(b)) === true ? 1 : -1;
}

function weigh(same: boolean | null, points: number, against: number): number {
  return same === null ? 0 : same ? points : against;
}

/** Null where one of the two says nothing. */
function shares(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean | null {
  return a.size === 0 || b.size === 0 ? null : [...a].some((one) => b.has(one));
}

function objects(value: unknown): { readonly [key: string]: unknown }[] {
  return (Array.isArray(value) ? value : []).filter((one) => typeof one === 'object' && one !== null);
}

function texts(value: unknown): string[] {
  return typeof value === 'string' && value.trim() !== '' ? [value] : [];
}
