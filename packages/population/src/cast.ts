/**
 * The named cast: five patients and four professionals whose ids never change, so that tests, the demo and the documentation can speak
 * about them by name. Their bundles come like any patient's, one for each organisation.
 */
import { type Event, play, schedule } from './agenda.ts';
import { type CastKey, CHARACTERS } from './cast/people.ts';
import { STORIES } from './cast/stories.ts';
import { writeClaims } from './claims.ts';
import { openLife } from './history.ts';
import { ILLNESSES } from './illnesses/index.ts';
import { chartOf } from './life.ts';
import { LUZ_NOVA, MERIDIAN, NORTHWIND, type OrganizationProfile, ST_ALDHELM } from './organizations.ts';
import { patientId } from './person.ts';
import { DEFAULT_ORGANIZATIONS, historyOf, type PatientHistory } from './population.ts';
import { openRandom } from './random.ts';
import { type StaffMember, staffOf } from './staff.ts';
import { DEFAULT_UNTIL, timeOf } from './time.ts';

export type { CastKey } from './cast/people.ts';

/** A named patient's records, and what the patient is there to show. */
export interface CastMember extends PatientHistory {
  readonly key: CastKey;
  readonly story: string;
}

/** A named professional: `Practitioner/<id>` at her organisation, and the staff number as identifier. */
export interface Professional {
  readonly id: string;
  readonly name: string;
  readonly number: string;
  readonly organization: string;
}

export const CAST_KEYS = Object.keys(CHARACTERS) as readonly CastKey[];

/** The full names of the named patients. */
export const CHARACTER_NAMES = Object.fromEntries(
  CAST_KEYS.map((key) => [key, CHARACTERS[key].person.names[0]?.text ?? key]),
) as Readonly<Record<CastKey, string>>;

/** Dr Inês Silva receives Maria in Lisbon; Dr Thomas Okafor and Dr Ruth Ellerby treat her at home; Farah Quillan signs her results. */
export const PROFESSIONALS: Readonly<Record<'silva' | 'okafor' | 'ellerby' | 'quillan', Professional>> = {
  silva: professional(LUZ_NOVA, 'Silva'),
  okafor: professional(ST_ALDHELM, 'Okafor'),
  ellerby: professional(ST_ALDHELM, 'Ellerby'),
  quillan: professional(MERIDIAN, 'Quillan'),
};

/** The id of a named person's Patient at an organisation (by key). It does not depend on any option. */
export function castPatientId(key: CastKey, organization: string): string {
  return patientId(CHARACTERS[key].person.key, organization);
}

/**
 * Generates the cast. The stories end on fixed days of October 2026; nothing is drawn from a caller's seed.
 *
 * @param keys whom to generate; everybody unless said.
 */
export function* generateCast(keys: readonly CastKey[] = CAST_KEYS): Generator<CastMember, void, void> {
  for (const key of keys) yield castMember(key);
}

function castMember(key: CastKey): CastMember {
  const { person, story, illnesses, insured } = CHARACTERS[key];
  const life = openLife({
    person,
    random: openRandom(person.key),
    organizations: DEFAULT_ORGANIZATIONS,
    until: timeOf(DEFAULT_UNTIL),
    years: 6,
  });
  chartOf(life, person.home);
  life.done.add('asked about allergies'); // theirs are in the script
  const agenda: Event[] = [...STORIES[key](life)];
  for (const illness of ILLNESSES) {
    const since = illnesses[illness.key];
    if (since !== undefined) schedule(life, illness, timeOf(since), agenda);
  }
  play(life, agenda);
  if (insured) writeClaims(life, NORTHWIND);
  return { key, story, ...historyOf(life) };
}

function professional(organization: OrganizationProfile, family: string): Professional {
  const member: StaffMember | undefined = staffOf(organization).find((one) => one.name.family === family);
  if (member?.id === undefined) throw new RangeError('not a named professional');
  return {
    id: member.id,
    name: member.name.text ?? family,
    number: member.number,
    organization: organization.key,
  };
}
