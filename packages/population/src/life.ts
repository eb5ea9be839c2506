/** One life while it is being simulated: the person, her body, her long illnesses, and the charts kept about her. */
import type { Encounter, MedicationRequest } from '@medplum/fhirtypes';
import type { Body } from './body.ts';
import { type Chart, openChart } from './chart.ts';
import type { Concept } from './codes/concept.ts';
import type { Medication } from './codes/medications.ts';
import type { Sensitivity } from './meta.ts';
import type { OrganizationProfile } from './organizations.ts';
import type { Person } from './person.ts';
import type { Random } from './random.ts';
import type { Visit } from './visit.ts';

/** A long illness in one life. It moves the body as time passes, and is reviewed at visits. */
export interface Course {
  readonly key: string;
  /** When it was (or will be) diagnosed. */
  readonly since: number;
  /** Days between reviews. */
  readonly every: number;
  /** When the next review is due; set by the simulation. */
  due: number;
  /** When it was over; it is not reviewed any more. */
  ended?: number;
  /** Lets years pass: the illness goes on, treatment works. */
  pass(years: number): void;
  /** Measures, decides and writes at a visit. */
  review(visit: Visit): void;
}

/** What is being taken now for one purpose (slot), and the order for it in each chart. */
export interface Regimen {
  readonly medication: Medication;
  readonly orders: Map<string, MedicationRequest>;
}

/** An encounter that can be claimed from a payer. */
export interface Billable {
  readonly encounter: Encounter & { id: string };
  readonly chart: Chart;
  readonly kind: 'visit' | 'emergency' | 'stay';
  readonly start: number;
  readonly end: number;
  readonly reason: Concept | undefined;
  readonly sensitivity: Sensitivity | undefined;
}

export interface Life {
  readonly person: Person;
  readonly random: Random;
  /** The first and last moment that is written about. */
  readonly from: number;
  readonly until: number;
  readonly organizations: readonly OrganizationProfile[];
  readonly body: Body;
  readonly courses: Course[];
  readonly charts: Map<string, Chart>;
  readonly regimens: Map<string, Regimen>;
  readonly allergies: Set<string>;
  /** What is done once in a life: `asked about allergies`, doses given. */
  readonly done: Set<string>;
  readonly billables: Billable[];
  /** The hospital that the patient goes to now. */
  home: OrganizationProfile;
}

/** The chart that an organisation keeps of this life, opened at first use. */
export function chartOf(life: Life, organization: OrganizationProfile): Chart {
  const known = life.charts.get(organization.key);
  if (known !== undefined) return known;
  const chart = openChart(life.person, organization);
  life.charts.set(organization.key, chart);
  return chart;
}

/** The laboratory that works for a hospital: one in the same country, when there is one. */
export function laboratoryFor(life: Life, hospital: OrganizationProfile): OrganizationProfile | undefined {
  return life.organizations.find((one) => one.kind === 'laboratory' && one.country === hospital.country);
}

/** Whether an illness is present (begun and not over). */
export function hasCourse(life: Life, key: string): boolean {
  return life.courses.some((course) => course.key === key && course.ended === undefined);
}
