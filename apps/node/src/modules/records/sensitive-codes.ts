import { readFileSync } from 'node:fs';
import type { SensitiveClass } from '@anamnesis/protocol';
import { fold } from './search/fold.ts';

/**
 * The value sets of `spec/sensitivity.json`: what puts a record into a sensitive class whatever its labels say. Small, on the side of withholding: what they miss
 * a clinic labels (`meta.security`), which always counts.
 */
type Range = readonly [from: string, to: string];

interface ClassCodes {
  /** Chapter and block numbers of ICD-10 (WHO and its national modifications agree on them), without points. */
  readonly icd10: readonly Range[];
  readonly atc: readonly Range[];
  readonly snomed: readonly string[];
  readonly loinc: readonly string[];
  readonly rxnorm: readonly string[];
  /** Beginnings of words, folded; whole words when a blank ends them. */
  readonly words: readonly string[];
  /** Resource types that are of the class whatever they say. */
  readonly types: readonly string[];
}

interface Table {
  readonly understood: readonly string[];
  readonly classes: { readonly [name in SensitiveClass]: ClassCodes };
}

const TEXT = readFileSync(new URL('../../../../../spec/sensitivity.json', import.meta.url), 'utf8');
const TABLE = JSON.parse(TEXT) as Table;

/** Changes with the value sets: records that were labelled by others are labelled anew (`relabel`). */
export const SENSITIVITY_TEXT: string = TEXT;

const CLASSES = Object.entries(TABLE.classes) as [SensitiveClass, ClassCodes][];
const SNOMED = byCode('snomed');
const LOINC = byCode('loinc');
const RXNORM = byCode('rxnorm');
const TYPES = byCode('types');
const UNDERSTOOD = new Set(TABLE.understood);
const ICD10 =
  /^(?:http:\/\/hl7\.org\/fhir\/sid\/icd-10|http:\/\/fhir\.de\/CodeSystem\/bfarm\/icd-10|urn:oid:2\.16\.840\.1\.113883\.6\.(?:3|90)$)/;
const WORDS = CLASSES.flatMap(([name, { words }]) =>
  words.length === 0 ? [] : [{ name, pattern: new RegExp(`(?:^|[^a-z])(?:${words.map(ofWord).join('|')})`) }],
);

/** Hives are no HIV, and rapeseed is no rape. */
function ofWord(word: string): string {
  return word.endsWith(' ') ? `${word.trimEnd()}(?![a-z])` : word;
}

function byCode(table: 'snomed' | 'loinc' | 'rxnorm' | 'types'): ReadonlyMap<string, readonly SensitiveClass[]> {
  const classes = new Map<string, SensitiveClass[]>();
  for (const [name, codes] of CLASSES)
    for (const code of codes[table]) classes.set(code, [...(classes.get(code) ?? []), name]);
  return classes;
}

const covers = (ranges: readonly Range[], code: string) =>
  ranges.some(([from, to]) => code >= from && (code < to || code.startsWith(to)));

const NONE: readonly SensitiveClass[] = [];

/** The sensitive classes that a code of a system tells. */
export function classesOfCode(system: string, code: string): readonly SensitiveClass[] {
  if (system === 'http://snomed.info/sct') return SNOMED.get(code) ?? NONE;
  if (system === 'http://loinc.org') return LOINC.get(code) ?? NONE;
  if (system === 'http://www.nlm.nih.gov/research/umls/rxnorm') return RXNORM.get(code) ?? NONE;
  if (system === 'http://www.whocc.no/atc')
    return CLASSES.flatMap(([name, { atc }]) => (covers(atc, code) ? name : []));
  if (!ICD10.test(system)) return NONE;
  const plain = code.toUpperCase().replaceAll('.', '');
  return CLASSES.flatMap(([name, { icd10 }]) => (covers(icd10, plain) ? name : []));
}

/** What is said beside codes repeats itself: the latest answers are kept. */
const said = new Map<string, readonly SensitiveClass[]>();
const REMEMBERED = 20_000;
const LONGEST = 400;

/** The sensitive classes that words tell: a coding's display, or the text of a concept. */
export function classesOfWords(text: string): readonly SensitiveClass[] {
  const known = said.get(text);
  if (known !== undefined) return known;
  const folded = fold(text);
  const found = WORDS.flatMap(({ name, pattern }) => (pattern.test(folded) ? name : []));
  const classes = found.length === 0 ? NONE : found;
  if (said.size >= REMEMBERED) said.clear();
  if (text.length <= LONGEST) said.set(text, classes);
  return classes;
}

/** The sensitive classes of a resource type by itself. */
export function classesOfType(type: string): readonly SensitiveClass[] {
  return TYPES.get(type) ?? NONE;
}

/** Whether the value sets speak of a code system: a code of another one tells nothing. */
export function isUnderstood(system: string): boolean {
  return UNDERSTOOD.has(system);
}
