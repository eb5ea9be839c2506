import { splitCanonical } from '../../library/index.ts';
import { memberOf } from '../../terminology/index.ts';
import { childrenNamed, FhirPathError, fhirPath, isObject, type Node, sameJson } from '../fhirpath/index.ts';
import { choiceOf, type ElementRule, type Profile, profileOf } from './profile.ts';
import type { Surroundings } from './surroundings.ts';

/** Tells slices apart (https://hl7.org/fhir/R4/profiling.html#discriminator). */
export interface Discriminator {
  readonly type: string;
  readonly path: string;
}

/** Whether a resource or element is right by one of the profiles of these canonicals; undefined when none of them is known. */
export type Conforms = (node: Node, canonicals: readonly string[]) => boolean | undefined;

/** How the slices of an element are told apart: as the profile says, or as is usual for extensions and choices. */
export function discriminatorsOf(rule: ElementRule): readonly Discriminator[] {
  const given = rule.row.slicing?.discriminator;
  if (given && given.length > 0) return given;
  if (rule.name === 'extension' || rule.name === 'modifierExtension') return [{ type: 'value', path: 'url' }];
  return rule.row.id.endsWith('[x]') ? [{ type: 'type', path: '$this' }] : [];
}

/** Whether a value belongs to a slice; undefined when it cannot be said. */
export function isInSlice(
  node: Node,
  slice: ElementRule,
  discriminators: readonly Discriminator[],
  around: Surroundings,
  conforms: Conforms,
): boolean | undefined {
  if (discriminators.length === 0) return undefined;
  let certain = true;
  for (const discriminator of discriminators) {
    const fits = fitsDiscriminator(node, slice, discriminator, around, conforms);
    if (fits === false) return false;
    if (fits === undefined) certain = false;
  }
  return certain ? true : undefined;
}

function fitsDiscriminator(
  node: Node,
  slice: ElementRule,
  { type, path }: Discriminator,
  around: Surroundings,
  conforms: Conforms,
): boolean | undefined {
  const found = select(node, path, around);
  if (found === undefined) return undefined;
  const rules = rulesAt(slice, segmentsOf(path), around);
  switch (type) {
    case 'value':
    case 'pattern': {
      const tests = rules.flatMap((expected) => testOf(expected, around));
      if (tests.length === 0) return undefined;
      return some(found, (value) => every(tests, (test) => test(value)));
    }
    case 'exists': {
      const [expected] = rules;
      if (expected?.rule === undefined) return undefined;
      if (expected.rule.max === 0) return found.length === 0;
      return expected.rule.min > 0 ? found.length > 0 : undefined;
    }
    case 'type': {
      const types = rules.flatMap(({ rule }) => rule?.row.type ?? []).map((one) => one.code);
      // resolve(): the types are those that the reference may lead to.
      const targets = rules.flatMap(({ rule }) => rule?.row.type ?? []).flatMap((one) => one.targetProfile ?? []);
      const wanted = path.endsWith('resolve()') ? targets.flatMap((url) => around.typeOf(url) ?? []) : types;
      return wanted.length === 0 ? undefined : found.some((value) => wanted.includes(value.type));
    }
    case 'profile': {
      const rows = rules.flatMap(({ rule }) => rule?.row.type ?? []);
      const profiles = rows.flatMap((one) => (path.endsWith('resolve()') ? one.targetProfile : one.profile) ?? []);
      if (profiles.length === 0) {
        const types = rows.map((one) => one.code);
        return types.length === 0 ? undefined : found.some((value) => types.includes(value.type));
      }
      return found.length === 0 ? false : some(found, (value) => conforms(value, profiles));
    }
    default:
      return undefined;
  }
}

function some(nodes: readonly Node[], test: (node: Node) => boolean | undefined): boolean | undefined {
  let certain = true;
  for (const node of nodes) {
    const result = test(node);
    if (result === true) return true;
    if (result === undefined) certain = false;
  }
  return certain ? false : undefined;
}

function every<T>(items: readonly T[], test: (item: T) => boolean | undefined): boolean | undefined {
  let certain = true;
  for (const item of items) {
    const result = test(item);
    if (result === false) return false;
    if (result === undefined) certain = false;
  }
  return certain ? true : undefined;
}

/** The values that a discriminator's path leads to; undefined when it leads outside what is at hand. */
function select(node: Node, path: string, around: Surroundings): readonly Node[] | undefined {
  const names = path.split('.');
  if (path === '$this') return [node];
  if (names.every((name) => /^[A-Za-z]+$/.test(name))) {
    return names.reduce<readonly Node[]>((nodes, name) => nodes.flatMap((one) => childrenNamed(one, name)), [node]);
  }
  try {
    const env = around.environment(node);
    env.effort.undecided = false;
    const found = fhirPath(path).evaluate(node, env);
    return found.length === 0 && env.effort.undecided ? undefined : found;
  } catch (error) {
    if (error instanceof FhirPathError) return undefined;
    throw error;
  }
}

function segmentsOf(path: string): string[] {
  if (path === '$this') return [];
  const segments: string[] = [];
  for (const [, name, call, argument] of path.matchAll(/(\w+)(\((?:'([^']*)')?[^)]*\))?(?:\.|$)/g)) {
    if (call === undefined && name !== '$this') segments.push(name as string);
    else if (name === 'extension') segments.push(`extension:${argument}`);
  }
  return segments;
}

/** What a slice asks for at a discriminator's path: a rule, or the part of a fixed value or pattern above it. */
interface Expected {
  readonly rule?: ElementRule;
  readonly value?: { readonly exact: boolean; readonly part: unknown };
}

function rulesAt(rule: ElementRule, segments: readonly string[], around: Surroundings): Expected[] {
  const [segment, ...rest] = segments;
  if (segment === undefined) return [{ rule }];
  const found: Expected[] = [];
  for (const [whole, exact] of [
    [rule.fixed, true],
    [rule.pattern, false],
  ] as const) {
    const parts = whole === undefined ? [] : partsAt(whole, segments);
    if (parts.length > 0) found.push(...parts.map((part) => ({ value: { exact, part } })));
  }
  const [name = '', url] = segment.split(/:(.*)/s);
  const child = rule.content().children.get(name);
  const slices = child?.slices ?? [];
  const one = url === undefined ? child : slices.find((slice) => slice.row.type?.[0]?.profile?.[0] === url);
  if (one) found.push(...rulesAt(one, rest, around));
  // A child that is sliced itself asks for what its required slices ask for.
  if (url === undefined) {
    for (const slice of slices) if (slice.min > 0) found.push(...rulesAt(slice, rest, around));
  }
  if (one === undefined || found.every((expected) => testOf(expected, around).length === 0)) {
    for (const profile of profilesOf(rule, around)) found.push(...rulesAt(profile.root, segments, around));
  }
  return found;
}

/** Profiles of an element's type: of an extension mostly. */
function profilesOf(rule: ElementRule, around: Surroundings): Profile[] {
  return (rule.row.type ?? []).flatMap((type) =>
    (type.profile ?? []).flatMap((url) => profileOf(around.library, url) ?? []),
  );
}

function partsAt(value: unknown, [segment, ...rest]: readonly string[]): unknown[] {
  if (segment === undefined) return [value];
  if (Array.isArray(value)) return value.flatMap((one) => partsAt(one, [segment, ...rest]));
  if (!isObject(value) || value[segment] === undefined) return [];
  const next = value[segment];
  return rest.length === 0 && Array.isArray(next) ? next : partsAt(next, rest);
}

/** What a value must be to fit: fixed, a pattern, or in a value set that it is bound to. */
function testOf({ rule, value }: Expected, around: Surroundings): ((node: Node) => boolean | undefined)[] {
  if (value) return [(node) => (value.exact ? sameJson(node.value, value.part) : hasPattern(node.value, value.part))];
  if (rule === undefined) return [];
  if (rule.fixed !== undefined) return [(node) => sameJson(node.value, rule.fixed)];
  if (rule.pattern !== undefined) return [(node) => hasPattern(node.value, rule.pattern)];
  // CodeableConcept.coding may carry the pattern instead.
  const below = [...rule.children.values()].flatMap((child) => {
    const fixed = choiceOf(child.row, 'fixed') ?? choiceOf(child.row, 'pattern');
    if (fixed !== undefined) return [{ name: child.name, fixed }];
    return child.slices
      .filter((slice) => slice.min > 0)
      .flatMap((slice) => {
        const own = choiceOf(slice.row, 'fixed') ?? choiceOf(slice.row, 'pattern');
        return own === undefined ? [] : [{ name: child.name, fixed: own }];
      });
  });
  if (below.length > 0) {
    return below.map(
      ({ name, fixed }) =>
        (node) =>
          childrenNamed(node, name).some((one) => hasPattern(one.value, fixed)),
    );
  }
  const { binding } = rule.row;
  if (binding?.strength === 'required' && binding.valueSet !== undefined) {
    const { valueSet } = binding;
    return [(node) => isBound(node, valueSet, around)];
  }
  const [type] = rule.row.type ?? [];
  if (rule.name === 'extension' && type?.profile?.[0] !== undefined) {
    const { url } = splitCanonical(type.profile[0]);
    return [(node) => isObject(node.value) && node.value.url === url];
  }
  return [];
}

/** Whether a code, Coding or CodeableConcept is in a value set; undefined when it cannot be said. */
export function isBound(node: Node, valueSet: string, { library }: Surroundings): boolean | undefined {
  const { value } = node;
  if (typeof value === 'string') return memberOf(library, valueSet, { code: value }).result;
  if (!isObject(value)) return false;
  const codings = Array.isArray(value.coding) ? value.coding : [value];
  return some(
    codings.filter(isObject).map((coding) => ({ value: coding, type: 'Coding' })),
    (coding) => {
      const { system, code } = coding.value as { system?: unknown; code?: unknown };
      if (typeof code !== 'string') return false;
      return memberOf(library, valueSet, { code, ...(typeof system === 'string' && { system }) }).result;
    },
  );
}

/** Whether a value has everything that a pattern has (https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.pattern_x_). */
export function hasPattern(value: unknown, pattern: unknown): boolean {
  if (Array.isArray(pattern)) {
    return Array.isArray(value) && pattern.every((wanted) => value.some((one) => hasPattern(one, wanted)));
  }
  if (!isObject(pattern)) return value === pattern;
  if (Array.isArray(value)) return value.some((one) => hasPattern(one, pattern));
  return isObject(value) && Object.keys(pattern).every((key) => hasPattern(value[key], pattern[key]));
}
