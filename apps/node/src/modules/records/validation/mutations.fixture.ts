import { codesOf, structureOf } from '../definitions.ts';

/** Ways to break a good resource; each is drawn from the places where it can be done. */
export type Breakage =
  | 'missing required'
  | 'wrong type'
  | 'bad code'
  | 'broken invariant'
  | 'unknown element'
  | 'too many'
  | 'missing for profile';

export const BREAKAGES: readonly Breakage[] = [
  'missing required',
  'wrong type',
  'bad code',
  'broken invariant',
  'unknown element',
  'too many',
  'missing for profile',
];

type Json = Record<string, unknown>;

/** An object within the resource, with its FHIR type. */
interface Spot {
  readonly value: Json;
  readonly type: string;
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function* spotsIn(value: Json, type: string): Generator<Spot> {
  const structure = structureOf(type);
  if (!structure) return;
  yield { value, type };
  for (const [key, property] of structure.properties) {
    const inner = value[key];
    if (inner === undefined || property.primitive) continue;
    for (const one of Array.isArray(inner) ? inner : [inner]) {
      const below = one as Json;
      yield* spotsIn(below, property.type === 'Resource' ? String(below.resourceType) : property.type);
    }
  }
}

/**
 * A broken copy; null where it cannot be broken in this way. `profileRequires`: names of elements of the resource that only its profile requires.
 */
export function broken(
  resource: object,
  breakage: Breakage,
  random: () => number,
  profileRequires: readonly string[],
): Json | null {
  const copy = structuredClone(resource) as Json;
  const all = [...spotsIn(copy, String(copy.resourceType))];
  // What a profile requires, it requires of the resource itself, not of those in it.
  const spots = breakage === 'missing for profile' ? all.slice(0, 1) : all;
  const places = spots.flatMap((spot) => WAYS[breakage](spot, profileRequires));
  const chosen = places[Math.floor(random() * places.length)];
  if (chosen === undefined) return null;
  chosen();
  return copy;
}

type Ways = (spot: Spot, profileRequires: readonly string[]) => (() => void)[];

const keysOf = ({ value, type }: Spot, name: string): string[] =>
  (structureOf(type)?.byName.get(name) ?? []).map(({ key }) => key).filter((key) => value[key] !== undefined);

function remove(value: Json, keys: readonly string[]): () => void {
  return () => {
    for (const key of keys) {
      delete value[key];
      delete value[`_${key}`];
    }
  };
}

const WAYS: Readonly<Record<Breakage, Ways>> = {
  'missing required': (spot) =>
    (structureOf(spot.type)?.required ?? []).flatMap((name) => {
      const keys = keysOf(spot, name);
      return keys.length > 0 ? [remove(spot.value, keys)] : [];
    }),
  'wrong type': ({ value, type }) =>
    [...(structureOf(type)?.properties ?? [])].flatMap(([key, property]) => {
      if (value[key] === undefined || key === 'div') return [];
      const wrong = property.primitive ? { not: 'a primitive' } : 'not an object';
      return [() => Object.assign(value, { [key]: property.array ? [wrong] : wrong })];
    }),
  'bad code': ({ value, type }) =>
    [...(structureOf(type)?.properties ?? [])].flatMap(([key, { valueSet, type: of, array }]) => {
      if (value[key] === undefined || valueSet === undefined || codesOf(valueSet) === null) return [];
      const bad = 'no-such-code';
      const coding = { system: 'http://example.org/none', code: bad };
      const wrong =
        of === 'code' ? bad : of === 'Coding' ? coding : of === 'CodeableConcept' ? { coding: [coding] } : null;
      return wrong === null ? [] : [() => Object.assign(value, { [key]: array ? [wrong] : wrong })];
    }),
  'broken invariant': ({ value, type }) =>
    INVARIANTS.flatMap(([of, fits, change]) =>
      of === type && fits(value) ? [() => Object.assign(value, change(value))] : [],
    ),
  'unknown element': ({ value }) => [() => Object.assign(value, { notInFhir: 'x' })],
  'too many': ({ value, type }) =>
    [...(structureOf(type)?.properties ?? [])].flatMap(([key, { array }]) =>
      value[key] === undefined || array ? [] : [() => Object.assign(value, { [key]: [value[key], value[key]] })],
    ),
  'missing for profile': (spot, profileRequires) =>
    profileRequires.flatMap((name) => {
      const keys = keysOf(spot, name);
      return keys.length > 0 ? [remove(spot.value, keys)] : [];
    }),
};

type Change = readonly [type: string, fits: (value: Json) => boolean, change: (value: Json) => Json];

const always = (): boolean => true;

/** Rules of R4, and how each is broken where it applies. */
const INVARIANTS: readonly Change[] = [
  ['Period', ({ start }) => start !== undefined, () => ({ start: '2020-05-01', end: '2019-05-01' })], // per-1
  ['Reference', always, () => ({ reference: '#nowhere' })], // ref-1
  ['Quantity', ({ code, system }) => code !== undefined && system !== undefined, () => ({ system: undefined })], // qty-3
  ['Attachment', always, () => ({ data: 'QUJD', contentType: undefined })], // att-1
  ['ContactPoint', ({ value, system }) => value !== undefined && system !== undefined, () => ({ system: undefined })], // cpt-2
  ['Narrative', always, () => ({ div: '<div xmlns="http://www.w3.org/1999/xhtml"><script>x</script></div>' })], // txt-1
  ['Narrative', always, () => ({ div: '<div xmlns="http://www.w3.org/1999/xhtml"> </div>' })], // txt-2
  ['Extension', always, () => ({ valueString: 'a', extension: [{ url: 'b', valueString: 'c' }] })], // ext-1
  [
    'Observation',
    (value) => Object.keys(value).some((key) => /^value[A-Z]/.test(key)),
    () => ({ dataAbsentReason: { text: 'none' } }),
  ], // obs-6
  [
    'Observation.referenceRange',
    always,
    () => ({ low: undefined, high: undefined, text: undefined, age: { low: { value: 1 } } }),
  ], // obs-3
  [
    'Patient.contact',
    always,
    () => ({ name: undefined, telecom: undefined, address: undefined, organization: undefined }),
  ], // pat-1
  ['AllergyIntolerance', always, () => ({ clinicalStatus: undefined, verificationStatus: undefined })], // ait-1
  ['Composition.section', always, () => ({ text: undefined, entry: undefined, section: undefined })], // cmp-1
  ['Timing.repeat', always, () => ({ period: -1, periodUnit: 'd' })], // tim-5
  ['Bundle', always, () => ({ type: 'collection', total: 3 })], // bdl-1
  ['Dosage', always, () => ({ asNeededBoolean: true, asNeededCodeableConcept: { text: 'x' } })],
  ['Organization', always, () => ({ name: undefined, identifier: undefined })], // org-1
];
