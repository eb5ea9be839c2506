import {
  type ConstraintRow,
  type ElementRow,
  type Library,
  r4Constraints,
  r4Library,
  type StructureRow,
  splitCanonical,
} from '../../library/index.ts';
import { type FhirPath, FhirPathError, fhirPath } from '../fhirpath/index.ts';

/** An invariant, ready to be evaluated; null where this evaluator cannot. */
export interface Invariant extends ConstraintRow {
  readonly path: FhirPath | null;
}

/** What a profile says of one element, or of one slice of it. */
export interface ElementRule {
  /** FHIRPath name: `value`, not `value[x]`. */
  readonly name: string;
  readonly row: ElementRow;
  readonly min: number;
  readonly max: number;
  /** A fixed value, a pattern: what it is, and undefined where there is none. */
  readonly fixed: unknown;
  readonly pattern: unknown;
  readonly invariants: readonly Invariant[];
  readonly children: ReadonlyMap<string, ElementRule>;
  readonly slices: readonly ElementRule[];
  /** Where the content of an element is said: itself, or the element that it repeats (contentReference). */
  readonly content: () => ElementRule;
  /** False when nothing in it or below it asks for anything, so that nothing need be walked. */
  readonly demanding: boolean;
}

/** A StructureDefinition as rules. */
export interface Profile {
  readonly url: string;
  readonly version: string | undefined;
  readonly type: string;
  readonly isBase: boolean;
  readonly root: ElementRule;
}

const TYPES = 'http://hl7.org/fhir/StructureDefinition/';

const compiled = new WeakMap<StructureRow, Profile>();

/** The profile of a canonical; undefined when it is not known here. */
export function profileOf(library: Library, canonical: string): Profile | undefined {
  const row = library.find('StructureDefinition', canonical);
  if (row === undefined) return undefined;
  const known = compiled.get(row);
  if (known) return known;
  const made = compileProfile(row);
  compiled.set(row, made);
  return made;
}

const types = new Map<string, Profile | undefined>();

/** The rules of an R4 type itself; no package can change them. */
export function typeRules(type: string): Profile | undefined {
  if (types.has(type)) return types.get(type);
  const rules = profileOf(r4Library, TYPES + type);
  types.set(type, rules);
  return rules;
}

/** The type that a canonical is about; undefined when it is not known here. */
export function typeOfCanonical(library: Library, canonical: string): string | undefined {
  const { url } = splitCanonical(canonical);
  return library.find('StructureDefinition', canonical)?.type ?? library.find('StructureDefinition', url)?.type;
}

interface Draft {
  name: string;
  row: ElementRow;
  children: Map<string, Draft>;
  slices: Map<string, Draft>;
}

function compileProfile(row: StructureRow): Profile {
  const [first] = row.element;
  const top: Draft = { name: row.type, row: first ?? { id: row.type }, children: new Map(), slices: new Map() };
  for (const element of row.element.slice(1)) draftOf(top, element.id.split('.').slice(1)).row = element;
  const finished = new Map<string, ElementRule>();
  return {
    url: row.url,
    version: row.version,
    type: row.type,
    isBase: row.derivation === 'specialization',
    root: finish(top, finished),
  };
}

/** The place of an id such as `Observation.component:systolic.code`, made where a snapshot leaves it out. */
function draftOf(top: Draft, path: readonly string[]): Draft {
  let at = top;
  let id = top.row.id;
  for (const segment of path) {
    const [element = '', slice] = segment.split(':');
    const name = element.replace('[x]', '');
    let next = at.children.get(name);
    if (next === undefined) {
      next = { name, row: { id: `${id}.${element}` }, children: new Map(), slices: new Map() };
      at.children.set(name, next);
    }
    // A slice of a slice is named parent/child (https://hl7.org/fhir/R4/profiling.html#reslicing).
    let sliceName = '';
    for (const part of slice?.split('/') ?? []) {
      sliceName = sliceName === '' ? part : `${sliceName}/${part}`;
      let sliced: Draft | undefined = next.slices.get(sliceName);
      if (sliced === undefined) {
        sliced = { name, row: { id: `${id}.${element}:${sliceName}` }, children: new Map(), slices: new Map() };
        next.slices.set(sliceName, sliced);
      }
      next = sliced;
    }
    id = next.row.id;
    at = next;
  }
  return at;
}

function finish(draft: Draft, finished: Map<string, ElementRule>): ElementRule {
  const { name, row } = draft;
  const children = new Map([...draft.children].map(([key, child]) => [key, finish(child, finished)] as const));
  const slices = [...draft.slices.values()].map((slice) => finish(slice, finished));
  const invariants = (row.constraint ?? []).flatMap(invariantOf);
  const [fixed, pattern] = ['fixed', 'pattern'].map((prefix) => choiceOf(row, prefix));
  const reference = row.contentReference?.replace(/^.*#/, '');
  const rule: ElementRule = {
    name,
    row,
    min: row.min ?? 0,
    max: row.max === undefined || row.max === '*' ? Number.POSITIVE_INFINITY : Number(row.max),
    fixed,
    pattern,
    invariants,
    children,
    slices,
    content: () => (reference === undefined ? rule : (finished.get(reference) ?? rule)),
    demanding:
      slices.length > 0 ||
      invariants.length > 0 ||
      reference !== undefined ||
      isDemanding(row) ||
      [...children.values()].some((child) => child.demanding),
  };
  finished.set(row.id, rule);
  return rule;
}

function isDemanding(row: ElementRow): boolean {
  if ((row.min ?? 0) > 0 || row.binding !== undefined || row.maxLength !== undefined) return true;
  if (row.max !== undefined && row.max !== '*') return true;
  if (row.type?.some((type) => type.profile || type.targetProfile) || (row.type?.length ?? 0) > 0) return true;
  return Object.keys(row).some((key) => /^(?:fixed|pattern|minValue|maxValue)/.test(key));
}

/** The value of `fixed[x]`, `pattern[x]`, `minValue[x]`, `maxValue[x]`. */
export function choiceOf(row: ElementRow, prefix: string): unknown {
  for (const key in row) {
    if (key.startsWith(prefix) && /^[A-Z]/.test(key.slice(prefix.length))) return row[key as `fixed${string}`];
  }
  return undefined;
}

const invariants = new Map<string, Invariant>();

function invariantOf(given: string | ConstraintRow): Invariant[] {
  const row = typeof given === 'string' ? r4Constraints()[given] : given;
  if (row === undefined) return [];
  const known = invariants.get(row.key);
  if (known?.expression === row.expression) return [known];
  let path: FhirPath | null = null;
  try {
    path = fhirPath(row.expression);
  } catch (error) {
    if (!(error instanceof FhirPathError)) throw error;
  }
  const made = { ...row, path };
  invariants.set(row.key, made);
  return [made];
}
