import type { FhirResource } from '../../records/index.ts';
import { compact, type PatientDraft } from '../drafts.ts';
import { IntakeRefusal } from '../refusal.ts';
import type { Part, Segment } from './message.ts';
import {
  address,
  coded,
  concept,
  contactPoint,
  cx,
  day,
  humanName,
  type Identifier,
  type Mapping,
  moment,
} from './types.ts';

const GENDER: Readonly<Record<string, string>> = {
  M: 'male',
  F: 'female',
  O: 'other',
  A: 'other',
  N: 'other',
  U: 'unknown',
};

/** Codes of table 0002 that mean the same in v3 MaritalStatus; A (separated) and others stand for something else there. */
const MARITAL: Readonly<Record<string, string>> = { D: 'D', M: 'M', S: 'S', W: 'W', P: 'T', I: 'I', E: 'L', A: 'L' };
const MARITAL_STATUS = 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus';

/** PID fields that fill these elements: HL7's null in one deletes them. */
const ELEMENTS: readonly (readonly [field: number, elements: readonly string[]])[] = [
  ...([
    [5, ['name']],
    [7, ['birthDate']],
    [8, ['gender']],
    [11, ['address']],
  ] as const),
  ...([
    [15, ['communication']],
    [16, ['maritalStatus']],
    [24, ['multipleBirthBoolean']],
    [25, ['multipleBirthInteger']],
  ] as const),
  ...([
    [29, ['deceasedDateTime']],
    [30, ['deceasedBoolean', 'deceasedDateTime']],
  ] as const),
];

/**
 * PID as a Patient, found by the one identifier of the configured assigner. With `update` (an ADT event about the person), what the segment says replaces what is
 * stored, what it nulls is deleted and what it leaves out stays; other messages only bring the person where she is not there.
 *
 * Errors: `required-field` without such an identifier, `duplicate-key` with two of them, `data-type`.
 */
export function patientOf(mapping: Mapping, pid: Segment, { update }: { readonly update: boolean }): PatientDraft {
  const identifier = numbersIn(mapping, pid, 3);
  const key = keyAmong(mapping, identifier, pid, 3);
  const resource = compact({ resourceType: 'Patient', identifier, ...demographics(mapping, pid) });
  if (!update) return { resource, key };
  const nulled = ELEMENTS.flatMap(([field, elements]) => (pid.first(field).isNull ? elements : []));
  return { resource, key, merge: (stored, brought) => updated(stored, brought, nulled) };
}

/** MRG: whom the message's patient replaces. Errors as `patientOf`. */
export function priorOf(mapping: Mapping, mrg: Segment): PatientDraft {
  const identifier = numbersIn(mapping, mrg, 1);
  return { resource: { resourceType: 'Patient', identifier }, key: keyAmong(mapping, identifier, mrg, 1) };
}

function numbersIn(mapping: Mapping, segment: Segment, field: number): Identifier[] {
  const { bareIdentifiers } = mapping.sender;
  return segment
    .all(field)
    .flatMap((part) => (part.isNull ? [] : (cx(mapping, part, 'patient', bareIdentifiers) ?? [])));
}

function keyAmong({ settings }: Mapping, all: readonly Identifier[], segment: Segment, field: number): Identifier {
  const values = new Map(all.filter(({ system }) => system === settings.patients).map((one) => [one.value, one]));
  const [key] = values.values();
  if (key === undefined) {
    throw segment.refusal('required-field', 'There is no patient identifier of the configured assigner', field);
  }
  if (values.size > 1) {
    throw segment.refusal('duplicate-key', 'There are several patient identifiers of the configured assigner', field);
  }
  return { system: key.system, value: key.value };
}

function demographics(mapping: Mapping, pid: Segment): object {
  const list = (field: number, read: (part: Part) => object | undefined): object[] =>
    pid.all(field).flatMap((part) => (part.isNull ? [] : (read(part) ?? [])));
  const gender = pid.at(8);
  if (gender !== '' && GENDER[gender.toUpperCase()] === undefined) {
    throw pid.refusal('table-value', 'The sex is no code of table 0001', 8, 1);
  }
  const diedAt = moment(mapping, pid, 29);
  const order = pid.at(25);
  return {
    name: list(5, (part) => humanName(part)),
    telecom: [...list(13, (part) => contactPoint(part, 'home')), ...list(14, (part) => contactPoint(part, 'work'))],
    gender: GENDER[gender.toUpperCase()],
    birthDate: day(pid, 7),
    deceasedDateTime: diedAt,
    deceasedBoolean: diedAt === undefined ? booleanOf(pid.at(30)) : undefined,
    address: list(11, address),
    maritalStatus: maritalStatus(mapping, pid.first(16)),
    multipleBirthInteger: /^\d{1,2}$/.test(order) ? Number(order) : undefined,
    multipleBirthBoolean: /^\d{1,2}$/.test(order) ? undefined : booleanOf(pid.at(24)),
    communication: list(15, (part) => {
      const language = concept(mapping, part, '0296');
      return language === undefined ? undefined : { language };
    }),
  };
}

function booleanOf(text: string): boolean | undefined {
  return text === 'Y' ? true : text === 'N' ? false : undefined;
}

function maritalStatus(mapping: Mapping, part: Part): object | undefined {
  const code = part.at(1);
  const known = MARITAL[code];
  if (known === undefined) return code === '' ? undefined : concept(mapping, part, '0002');
  return { coding: [{ system: MARITAL_STATUS, code: known }, ...(coded('0002', code) as { coding: object[] }).coding] };
}

/** Elements that say one thing in several forms: a new one takes the place of the other. */
const CHOICES = [
  ['deceasedBoolean', 'deceasedDateTime'],
  ['multipleBirthBoolean', 'multipleBirthInteger'],
];

function updated(stored: FhirResource, brought: FhirResource, nulled: readonly string[]): FhirResource {
  const { identifier, ...said } = brought;
  const replaced = CHOICES.flatMap((choice) => (choice.some((one) => one in said) ? choice : []));
  const dropped = new Set([...nulled, ...replaced]);
  const kept = Object.fromEntries(Object.entries(stored).filter(([name]) => !dropped.has(name)));
  return { ...kept, ...said } as FhirResource;
}

/** Whether any of a message's patients is told. Errors: `segment-sequence`. */
export function required(segments: readonly Segment[], name: string): Segment {
  const [segment, another] = segments.filter((one) => one.name === name);
  if (segment === undefined) throw new IntakeRefusal('segment-sequence', `The message has no ${name} segment`);
  if (another !== undefined && name === 'PID') {
    throw another.refusal('segment-sequence', 'A message is taken about one patient only');
  }
  return segment;
}
