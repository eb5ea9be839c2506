import { CATEGORIES, SENSITIVE, type SensitiveClass } from '@anamnesis/protocol';
import { UNCLASSIFIED } from '../consent/scope.ts';
import { patientCompartmentOf, searchParametersOf } from './definitions.ts';
import { isReadAndNormal } from './labels.ts';
import { compileExpression, type Path, walk } from './search/expression.ts';
import type { FhirResource } from './search/types.ts';
import { intervalsOf, targetOf } from './search/values.ts';
import { classesOfCode, classesOfType, classesOfWords } from './sensitive-codes.ts';
import { isUnclassified } from './unclassified.ts';

/** What consent and storage must know of a record without opening it. */
export interface Classification {
  /** Id of the Patient compartment, or null. */
  readonly patient: string | null;
  /** Mask with the bit of the record's category set (spec/codes.json). */
  readonly category: number;
  /** Mask of the sensitive classes that the record falls under, `UNCLASSIFIED` among them; 0 for none. */
  readonly sensitive: number;
  /** When the care took place, seconds since 1970; null when the record does not say. */
  readonly careAt: number | null;
}

/** Derives patient, category, sensitivity and time of care from the content. Never throws. */
export function classify(resource: FhirResource): Classification {
  return {
    patient: patientOf(resource),
    category: categoryOf(resource),
    sensitive: sensitiveOf(resource),
    careAt: careAtOf(resource),
  };
}

/** Parameters that name whom a record is about come before those that name who took part. */
const ABOUT = ['subject', 'patient', 'beneficiary', 'individual'];
interface CompartmentPaths {
  /** Those that name whom a record is about, in order. */
  readonly about: readonly Path[];
  /** Those that name who took part. */
  readonly others: readonly Path[];
}
const compartments = new Map<string, CompartmentPaths>();

function compartmentPaths(type: string): CompartmentPaths {
  const known = compartments.get(type);
  if (known) return known;
  const codes = patientCompartmentOf(type);
  const pathsOf = (code: string): readonly Path[] => {
    const parameter = searchParametersOf(type).find((one) => one.code === code);
    const expression = parameter && compileExpression(type, parameter.expression);
    return expression && 'paths' in expression ? expression.paths : [];
  };
  const paths = {
    about: ABOUT.filter((code) => codes.includes(code)).flatMap(pathsOf),
    others: codes.filter((code) => !ABOUT.includes(code)).flatMap(pathsOf),
  };
  compartments.set(type, paths);
  return paths;
}

/**
 * The Patient compartment that a record is kept in: the first patient that it is about, else the one who took part. Where several took part, as in a
 * Group, it is nobody's: what one of them allows must not show the others. A Binary belongs to the Patient of its securityContext.
 */
function patientOf(resource: FhirResource): string | null {
  if (resource.resourceType === 'Patient') return resource.id ?? null;
  const patients = new Set<string>();
  const found = (value: unknown) => {
    const target = targetOf('Reference', value);
    if (target?.targetType === 'Patient') patients.add(target.targetId);
  };
  if (resource.resourceType === 'Binary') found(resource.securityContext);
  const { about, others } = compartmentPaths(resource.resourceType);
  for (const path of about) {
    if (patients.size === 0) walk(resource, path, found);
  }
  const [first] = patients;
  if (first !== undefined) return first;
  for (const path of others) walk(resource, path, found);
  const [one, another] = patients;
  return one !== undefined && another === undefined ? one : null;
}

type CategoryRow = {
  readonly bit: number;
  readonly name: string;
  readonly types: readonly string[];
  readonly observations?: readonly string[];
  readonly reports?: readonly string[];
};
const ROWS: readonly CategoryRow[] = CATEGORIES;
const OTHER = bitOf(ROWS.find((row) => row.name === 'other'));
const byType = new Map(ROWS.flatMap((row) => row.types.map((type) => [type, bitOf(row)] as const)));
const byObservation = new Map(
  ROWS.flatMap((row) => (row.observations ?? []).map((code) => [code, bitOf(row)] as const)),
);
const byReport = new Map([
  ...ROWS.flatMap((row) => (row.reports ?? []).map((code) => [code, bitOf(row)] as const)),
  // LOINC's part code for radiology, with which US Core marks imaging reports.
  ['LP29684-5', bitOf(ROWS.find((row) => row.name === 'imaging'))] as const,
]);

function bitOf(row: CategoryRow | undefined): number {
  return row ? 1 << row.bit : 0;
}

/** The first category of an Observation or DiagnosticReport that the table knows decides; otherwise the type. */
function categoryOf(resource: FhirResource): number {
  const { resourceType: type } = resource;
  const table = type === 'Observation' ? byObservation : type === 'DiagnosticReport' ? byReport : undefined;
  for (const code of table ? codesIn(resource.category) : []) {
    const bit = table?.get(code);
    if (bit !== undefined) return bit;
  }
  return byType.get(type) ?? OTHER;
}

/** Codes of the codings in an element of type CodeableConcept. */
function codesIn(element: unknown): string[] {
  const codes: string[] = [];
  forEachCoding(element, (_system, code) => codes.push(code));
  return codes;
}

const labelBits = new Map<string, number>();
for (const { bit, labels } of SENSITIVE) for (const label of labels) labelBits.set(label, 1 << bit);
const classBits = new Map<string, number>(SENSITIVE.map(({ bit, name }) => [name, 1 << bit]));

/**
 * By security labels of any system; by every coding anywhere in the record (a reason, a component, a contained diagnosis) and what is said beside it; by its
 * type. What can be told by none of these and was labelled by nobody is unclassified.
 */
function sensitiveOf(resource: FhirResource): number {
  let mask = 0;
  const found = (names: readonly SensitiveClass[]): void => {
    for (const name of names) mask |= classBits.get(name) ?? 0;
  };
  const security = (resource.meta as { security?: unknown } | undefined)?.security;
  for (const code of codesIn(security)) mask |= labelBits.get(code) ?? 0;
  const isLabelled = mask !== 0 || isReadAndNormal(resource);
  found(classesOfType(resource.resourceType));
  forEachCoding(resource, (system, code) => found(classesOfCode(system, code)));
  forEachWord(resource, (text) => found(classesOfWords(text)));
  return !isLabelled && isUnclassified(resource) ? mask | UNCLASSIFIED : mask;
}

/** What codings display, and the texts of concepts. */
function forEachWord(value: unknown, found: (text: string) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const entry of value) forEachWord(entry, found);
    return;
  }
  const { code, display, text, coding } = value as { [key: string]: unknown };
  if (typeof display === 'string' && typeof code === 'string') found(display);
  if (typeof text === 'string' && (coding !== undefined || Object.keys(value).length === 1)) found(text);
  for (const key in value) {
    const member = (value as Record<string, unknown>)[key];
    if (typeof member === 'object') forEachWord(member, found);
  }
}

function forEachCoding(value: unknown, found: (system: string, code: string) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const entry of value) forEachCoding(entry, found);
    return;
  }
  const { code, system } = value as { code?: unknown; system?: unknown };
  if (typeof code === 'string') found(typeof system === 'string' ? system : '', code);
  for (const key in value) {
    const member = (value as Record<string, unknown>)[key];
    if (typeof member === 'object') forEachCoding(member, found);
  }
}

/** Where a record tells when the care took place, the more telling first; [element, type, within]. */
const TIMES: readonly (readonly [element: string, type: 'dateTime' | 'Period' | 'Timing'])[] = [
  ['effectiveDateTime', 'dateTime'],
  ['effectivePeriod', 'Period'],
  ['effectiveInstant', 'dateTime'],
  ['effectiveTiming', 'Timing'],
  ['performedDateTime', 'dateTime'],
  ['performedPeriod', 'Period'],
  ['onsetDateTime', 'dateTime'],
  ['onsetPeriod', 'Period'],
  ['occurrenceDateTime', 'dateTime'],
  ['occurrencePeriod', 'Period'],
  ['whenHandedOver', 'dateTime'],
  ['whenPrepared', 'dateTime'],
  ['authoredOn', 'dateTime'],
  ['billablePeriod', 'Period'],
  ['servicedDate', 'dateTime'],
  ['servicedPeriod', 'Period'],
  ['started', 'dateTime'],
  ['period', 'Period'],
  ['start', 'dateTime'],
  ['startDate', 'dateTime'],
  ['createdDateTime', 'dateTime'],
  ['date', 'dateTime'],
  ['sent', 'dateTime'],
  ['authored', 'dateTime'],
  ['issued', 'dateTime'],
  ['recordedDate', 'dateTime'],
  ['dateAsserted', 'dateTime'],
  ['dateWritten', 'dateTime'],
  ['receivedTime', 'dateTime'],
  ['recorded', 'dateTime'],
  ['created', 'dateTime'],
];

function careAtOf(resource: FhirResource): number | null {
  for (const [element, type] of TIMES) {
    const value = resource[element];
    if (value === undefined) continue;
    const [interval] = type === 'Period' ? startOf(value) : intervalsOf(type, value);
    if (interval) return Math.floor(interval.low / 1000);
  }
  return null;
}

/** A period's start; its end where it has no start. */
function startOf(value: unknown): ReturnType<typeof intervalsOf> {
  const { start, end } = (value ?? {}) as { start?: unknown; end?: unknown };
  return intervalsOf('dateTime', start ?? end);
}
