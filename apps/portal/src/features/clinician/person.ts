import type { Resource } from '@anamnesis/sdk';
import { nameOf } from '../../chart/person.ts';
import { parts, textOf } from '../../chart/text.ts';

/** What tells one patient from another. */
export interface Person {
  readonly name: string | undefined;
  /** As FHIR writes a date. */
  readonly birthDate: string | undefined;
  readonly gender: string | undefined;
  /** Numbers by which organisations know her. */
  readonly identifiers: readonly string[];
}

export function personOf(patient: Resource): Person {
  return {
    name: nameOf(patient),
    birthDate: textOf(patient.birthDate),
    gender: textOf(patient.gender),
    identifiers: parts(patient.identifier).flatMap(({ value }) => textOf(value) ?? []),
  };
}

/** Full years, when the year, month and day of birth are known; else by the year alone. */
export function ageOf(birthDate: string, now = new Date()): number | undefined {
  const [year, month, day] = birthDate.split('-').map(Number);
  if (year === undefined || !Number.isInteger(year)) return undefined;
  const passed =
    month === undefined || now.getMonth() + 1 > month || (now.getMonth() + 1 === month && now.getDate() >= (day ?? 1));
  const age = now.getFullYear() - year - (passed ? 0 : 1);
  return age >= 0 && age < 150 ? age : undefined;
}

/** What somebody typed to find a patient, as search parameters: words are names, a date is the birth date, anything else with digits a number of hers. Null: too little. */
export function searchFor(text: string): Readonly<Record<string, string | readonly string[]>> | null {
  const words = text.trim().split(/\s+/).filter(Boolean);
  const query: Record<string, string | string[]> = {};
  const names: string[] = [];
  for (const word of words) {
    const date = dateIn(word);
    if (date !== null) query.birthdate = date;
    else if (/\d{3}/.test(word)) query.identifier = word;
    else names.push(word);
  }
  if (names.length > 0) query.name = names;
  if (Object.keys(query).length === 0) return null;
  const enough = query.birthdate !== undefined || query.identifier !== undefined || names.join('').length >= 2;
  return enough ? query : null;
}

/** 1967-05-14, 14.05.1967 or 14/05/1967 as 1967-05-14. */
function dateIn(word: string): string | null {
  const [, year, month, day] = /^(\d{4})-(\d\d?)-(\d\d?)$/.exec(word) ?? [];
  const [, day2, month2, year2] = /^(\d\d?)[./](\d\d?)[./](\d{4})$/.exec(word) ?? [];
  const found = [year ?? year2, month ?? month2, day ?? day2];
  if (found.some((part) => part === undefined)) return null;
  return found.map((part) => part?.padStart(2, '0')).join('-');
}
