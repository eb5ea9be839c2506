/** Who a patient is: birth, sex, name, home, temperament of the body. Everything later follows from this and from chance. */
import type { Address, ContactPoint, HumanName, Patient } from '@medplum/fhirtypes';
import { organizationReference } from './infrastructure.ts';
import { META } from './meta.ts';
import { type Culture, drawCulture, drawName } from './names.ts';
import { type OrganizationProfile, patientNumberSystem } from './organizations.ts';
import { drawAddress, drawTelecom } from './places.ts';
import { namedUuid, type Random } from './random.ts';
import { DAY, dateOf, HOUR, startOfDay, YEAR } from './time.ts';

export interface Person {
  /** Names the person in ids: `<seed>/<index>` or `cast/<key>`. */
  readonly key: string;
  readonly index: number;
  readonly sex: 'female' | 'male';
  readonly culture: Culture;
  readonly country: string;
  readonly names: readonly HumanName[];
  readonly address: Address;
  readonly telecom: readonly ContactPoint[];
  readonly birth: number;
  /** Absent while the person lives. */
  readonly death?: number;
  readonly home: OrganizationProfile;
  /** Adult height in cm, and adult body mass index before weight drifts. */
  readonly height: number;
  readonly bodyMass: number;
  readonly smoking: 'never' | 'former' | 'daily';
  /** Standing of the circulation and of the mind against the average, in standard deviations. */
  readonly strain: number;
  readonly worry: number;
}

/** Share of people by age, in steps of ten years (near to western Europe's). */
const AGES: readonly (readonly [decade: number, weight: number])[] = [
  [0, 10.5],
  [10, 11.2],
  [20, 12],
  [30, 13.2],
  [40, 13.4],
  [50, 14],
  [60, 12],
  [70, 8.8],
  [80, 4.2],
  [90, 0.7],
];

/** Draws person `index`. `window` is how many years of history will be written: deaths fall in its last part. */
export function drawPerson(
  random: Random,
  seed: string,
  index: number,
  hospitals: readonly OrganizationProfile[],
  until: number,
  window: number,
): Person {
  const home = random.pick(hospitals);
  const sex = random.chance(0.508) ? 'female' : 'male';
  const culture = drawCulture(random, home.country);
  const age = random.weighted(AGES) + random.next() * 10;
  const birth = startOfDay(until - age * YEAR - DAY) + HOUR * random.integer(0, 20);
  const death = drawDeath(random, birth, until, window);
  return {
    key: `${seed}/${index}`,
    index,
    sex,
    culture,
    country: home.country,
    names: drawName(random, culture, sex),
    address: drawAddress(random, home.country),
    telecom: drawTelecom(random, home.country, index),
    birth,
    ...(death === undefined ? {} : { death }),
    home,
    height: Math.round(sex === 'female' ? random.normal(163, 6) : random.normal(176, 7)),
    bodyMass: Math.max(17.5, Math.min(45, random.normal(25.8, 4.2))),
    smoking:
      age < 17
        ? 'never'
        : random.weighted([
            ['never', 62],
            ['former', 22],
            ['daily', 16],
          ]),
    strain: random.normal(0, 1),
    worry: random.normal(0, 1),
  };
}

/** Gompertz mortality (doubling every eight years or so) over the written years. */
function drawDeath(random: Random, birth: number, until: number, window: number): number | undefined {
  for (let year = Math.max(0, Math.floor(window) - 1); year > 0; year--) {
    const time = until - year * YEAR;
    const age = (time - birth) / YEAR;
    if (age > 1 && random.chance(Math.min(0.6, 0.00003 * Math.exp(0.087 * age))))
      return time + random.next() * 300 * DAY;
  }
  return undefined;
}

/** Age in years at a moment. */
export function ageAt(person: { readonly birth: number }, time: number): number {
  return (time - person.birth) / YEAR;
}

/** The id of this person's Patient at one organisation: a different one everywhere, so that ids link nothing. */
export function patientId(personKey: string, organization: string): string {
  return namedUuid(`Patient ${personKey} ${organization}`);
}

/** The person as one organisation knows her. */
export function patientResource(person: Person, organization: OrganizationProfile): Patient {
  const number = namedUuid(`number ${person.key} ${organization.key}`).replaceAll('-', '');
  const identifier = [
    {
      use: 'usual' as const,
      system: patientNumberSystem(organization),
      value: String(Number.parseInt(number.slice(0, 12), 16)),
    },
  ];
  const national = person.country === 'GB' && organization.country === 'GB' ? testNhsNumber(person.index) : undefined;
  return {
    resourceType: 'Patient',
    id: patientId(person.key, organization.key),
    meta: META,
    identifier: [
      ...identifier,
      ...(national === undefined
        ? []
        : [{ use: 'official' as const, system: 'https://fhir.nhs.uk/Id/nhs-number', value: national }]),
    ],
    active: true,
    name: [...person.names],
    telecom: [...person.telecom],
    gender: person.sex,
    birthDate: dateOf(person.birth),
    ...(person.death === undefined ? {} : { deceasedDateTime: dateOf(person.death) }),
    address: [person.address],
    communication: [
      {
        language: { coding: [{ system: 'urn:ietf:bcp:47', code: LANGUAGES[person.country] ?? 'en' }] },
        preferred: true,
      },
    ],
    managingOrganization: organizationReference(organization),
  };
}

const LANGUAGES: Record<string, string> = { GB: 'en-GB', PT: 'pt-PT', DE: 'de-DE' };

/** An NHS number of the range 999, which is set aside for tests; undefined where the check digit is 10 or the range is used up. */
export function testNhsNumber(index: number): string | undefined {
  if (index > 999_999) return undefined;
  const digits = `999${String(index).padStart(6, '0')}`;
  let sum = 0;
  for (let place = 0; place < 9; place++) sum += Number(digits[place]) * (10 - place);
  const check = (11 - (sum % 11)) % 11;
  return check === 10 ? undefined : digits + String(check);
}
