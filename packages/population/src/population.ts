/**
 * Whole populations of synthetic patients, deterministic from a seed, one at a time: memory does not grow with the population, and
 * patient i is the same whether ten are made or a million.
 */
import type { HumanName } from '@medplum/fhirtypes';
import { chartBundle } from './chart.ts';
import { liveThrough, openLife } from './history.ts';
import type { AddressedBundle } from './infrastructure.ts';
import type { Life } from './life.ts';
import { LUZ_NOVA, MERIDIAN, NORTHWIND, type OrganizationProfile, ST_ALDHELM } from './organizations.ts';
import { drawPerson, patientId } from './person.ts';
import { openRandom } from './random.ts';
import { DEFAULT_UNTIL, dateOf, timeOf } from './time.ts';

export interface PopulationOptions {
  /** Names the population. */
  readonly seed: string | number;
  /** How many patients. */
  readonly patients: number;
  /** Index of the first, for making a population in parts. Default 0. */
  readonly first?: number;
  /** Who takes part; at least one hospital. Default: the cast's two hospitals, laboratory and insurer. */
  readonly organizations?: readonly OrganizationProfile[];
  /** ISO date that no record lies beyond. Default `DEFAULT_UNTIL`, so that a population does not change with the calendar. */
  readonly until?: string;
  /** Years of history that are written. Default 6. */
  readonly years?: number;
}

/** Who a patient is, for lists and for stories. */
export interface PatientSummary {
  readonly index: number;
  readonly name: HumanName;
  readonly gender: 'female' | 'male';
  readonly birthDate: string;
  readonly deceased?: string;
  readonly country: string;
  /** The id of the Patient at each organisation that has a chart; they differ on purpose. */
  readonly ids: Readonly<Record<string, string>>;
}

/** One patient's records, a transaction bundle for each organisation that keeps some; the home organisation's comes first. */
export interface PatientHistory {
  readonly patient: PatientSummary;
  /** Key of the hospital that the patient belongs to (her custodian). */
  readonly home: string;
  readonly bundles: readonly AddressedBundle[];
}

export const DEFAULT_ORGANIZATIONS: readonly OrganizationProfile[] = [ST_ALDHELM, LUZ_NOVA, MERIDIAN, NORTHWIND];

/**
 * Generates patients one after another. Post `generateInfrastructure(organizations)` to the nodes first: histories refer to
 * organisations and practitioners by identifier.
 *
 * @throws RangeError when no organisation is a hospital, or `until` is not a date.
 * @example
 * for (const { home, bundles } of generatePopulation({ seed: 'demo', patients: 100 })) { … }
 */
export function* generatePopulation(options: PopulationOptions): Generator<PatientHistory, void, void> {
  const {
    seed,
    patients,
    first = 0,
    organizations = DEFAULT_ORGANIZATIONS,
    until = DEFAULT_UNTIL,
    years = 6,
  } = options;
  const hospitals = organizations.filter((one) => one.kind === 'hospital');
  if (hospitals.length === 0) throw new RangeError('a population needs at least one hospital');
  const end = timeOf(until);
  for (let index = first; index < first + patients; index++) {
    const random = openRandom(`population ${seed} ${index}`);
    const person = drawPerson(random, String(seed), index, hospitals, end, years);
    const life = openLife({ person, random, organizations, until: end, years });
    liveThrough(life);
    yield historyOf(life);
  }
}

/** A life's charts as bundles, with the summary of whose they are. */
export function historyOf(life: Life): PatientHistory {
  const { person } = life;
  const charts = [...life.charts.values()];
  charts.sort(
    (a, b) => Number(b.organization.key === person.home.key) - Number(a.organization.key === person.home.key),
  );
  return {
    patient: {
      index: person.index,
      name: person.names[0] ?? {},
      gender: person.sex,
      birthDate: dateOf(person.birth),
      ...(person.death === undefined ? {} : { deceased: dateOf(person.death) }),
      country: person.country,
      ids: Object.fromEntries(
        charts.map((chart) => [chart.organization.key, patientId(person.key, chart.organization.key)]),
      ),
    },
    home: person.home.key,
    bundles: charts.map((chart) => ({ organization: chart.organization.key, bundle: chartBundle(chart) })),
  };
}
