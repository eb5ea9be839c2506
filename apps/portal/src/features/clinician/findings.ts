import type { Resource } from '@anamnesis/sdk';
import { changeOf, latestResults, type Result, trendOf } from '../../chart/result.ts';
import { codesOf, textOf } from '../../chart/text.ts';

/** The parts of a summary that are never left blank: what is known, that there is nothing, or that nobody wrote anything down. */
export type Topic = 'allergies' | 'problems' | 'medicines';

/** `none`: somebody asked, and there is nothing; `past`: only what is over; `unknown`: nobody wrote down anything (IPS tells them apart). */
export interface Findings {
  readonly known: 'some' | 'none' | 'past' | 'unknown';
  /** What there is, or who wrote down that there is nothing. */
  readonly items: readonly Resource[];
  /** What is over: resolved problems, medicines that were stopped. */
  readonly past: readonly Resource[];
}

const TYPES: Readonly<Record<Topic, readonly string[]>> = {
  allergies: ['AllergyIntolerance'],
  problems: ['Condition'],
  medicines: ['MedicationRequest', 'MedicationStatement'],
};

const ABSENT = 'http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips';
const SCT = 'http://snomed.info/sct';
/** "There is none" as IPS and SNOMED CT say it. Of one kind of allergy alone (no food allergy) it is an entry like another. */
const NONE = new Set([
  ...['no-known-allergies', 'no-known-problems', 'no-known-medications'].map((code) => `${ABSENT}|${code}`),
  ...['716186003', '160245001', '787481004'].map((code) => `${SCT}|${code}`),
]);
/** "Nothing is known": the same as no entry. */
const UNKNOWN = new Set(
  ['no-allergy-info', 'no-problem-info', 'no-medication-info'].map((code) => `${ABSENT}|${code}`),
);
const OVER = new Set([
  'resolved',
  'inactive',
  'remission',
  'completed',
  'stopped',
  'cancelled',
  'on-hold',
  'draft',
  'not-taken',
]);
const WRONG = new Set(['entered-in-error', 'refuted']);

export function findingsOf(resources: readonly Resource[], topic: Topic): Findings {
  const all = resources.filter(
    (one) => TYPES[topic].includes(one.resourceType) && !statesOf(one).some((state) => WRONG.has(state)),
  );
  const codes = (one: Resource): readonly string[] => [...codesOf(one.code), ...codesOf(one.medicationCodeableConcept)];
  const told = all.filter((one) => !codes(one).some((code) => UNKNOWN.has(code)));
  const none = told.filter((one) => codes(one).some((code) => NONE.has(code)));
  const some = told.filter((one) => !none.includes(one));
  const past = some.filter((one) => statesOf(one).some((state) => OVER.has(state)));
  const items = some.filter((one) => !past.includes(one));
  if (items.length > 0) return { known: 'some', items, past };
  if (none.length > 0) return { known: 'none', items: none, past };
  return { known: past.length > 0 ? 'past' : 'unknown', items: [], past };
}

function statesOf(resource: Resource): string[] {
  const coded = [resource.clinicalStatus, resource.verificationStatus].flatMap((one) => codesOf(one));
  return [...coded.map((code) => code.split('|')[1] ?? ''), textOf(resource.status) ?? ''];
}

/** The newest of each result with its change against the one before. */
export interface Latest {
  readonly result: Result;
  readonly count: number;
  readonly change: 'up' | 'down' | 'same' | null;
  /** All of them, oldest first. */
  readonly course: readonly Result[];
}

export function latestOf(resources: readonly Resource[]): readonly Latest[] {
  const observations = resources.filter(({ resourceType }) => resourceType === 'Observation');
  return latestResults(observations).map(({ result, count }) => {
    const course = count > 1 ? trendOf(observations, result.code) : [result];
    return { result, count, change: changeOf(course, course.length - 1), course };
  });
}
