import type { Library } from '../../library/index.ts';
import { structureOf } from '../definitions.ts';
import { type Child, childrenNamed, type Effort, EffortSpent, isObject, type Node } from '../fhirpath/index.ts';
import { type ElementRule, type Invariant, type Profile, profileOf, typeRules } from './profile.ts';
import { Report } from './report.ts';
import { discriminatorsOf, isInSlice } from './slicing.ts';
import type { Place } from './structure.ts';
import { isResource, type Surroundings } from './surroundings.ts';
import { checkValue, type Source } from './values.ts';

const BASE: Source = { isBase: true, label: '' };

/**
 * Walks a resource by the rules of its type and of profiles. What structure checks already (unknown elements, forms of primitives,
 * cardinality and required bindings of R4 itself) is not looked at again.
 */
export class Walk {
  readonly report: Report;
  readonly #library: Library;
  readonly #effort: Effort;
  /** Profiles that a resource or element was held against: the outcome, while it runs and after. */
  readonly #held: WeakMap<object, Map<string, boolean>>;

  constructor(
    library: Library,
    effort: Effort,
    report = new Report(),
    held = new WeakMap<object, Map<string, boolean>>(),
  ) {
    this.#library = library;
    this.#effort = effort;
    this.report = report;
    this.#held = held;
  }

  /** A resource by its type and the profiles that it claims, and those within it by theirs. */
  resource(node: Node, place: Place, around: Surroundings): void {
    const base = typeRules(node.type);
    if (base) this.#element(node, base.root, place, around, BASE);
    const { meta } = node.value as { meta?: { profile?: unknown } };
    const claimed = isObject(meta) && Array.isArray(meta.profile) ? meta.profile : [];
    for (const canonical of new Set(claimed)) {
      if (typeof canonical !== 'string') continue;
      const at: Place = { parent: { parent: place, name: 'meta' }, name: 'profile', index: claimed.indexOf(canonical) };
      if (!this.profile(node, canonical, place, around)) {
        this.report.add(at, 'warning', 'not-found', 'The profile is not known here, so that it is not checked');
      }
    }
  }

  /** A resource or element by a profile. False when the profile is not known here. */
  profile(node: Node, canonical: string, place: Place, around: Surroundings): boolean {
    const profile = profileOf(this.#library, canonical);
    if (profile === undefined) return false;
    this.#profile(node, profile, place, around);
    return true;
  }

  #profile(node: Node, profile: Profile, place: Place, around: Surroundings): void {
    if (profile.isBase) {
      if (profile.type !== node.type && !isAbstract(profile.type)) {
        this.report.add(place, 'error', 'structure', `Is not of the type ${profile.type}`);
      }
      return;
    }
    const label = ` (${profile.url})`;
    if (profile.type !== node.type) {
      this.report.add(place, 'error', 'structure', `The profile is for the type ${profile.type}${label}`);
      return;
    }
    this.#element(node, profile.root, place, around, { isBase: false, label });
  }

  /** Whether a node is right by one of several profiles, without saying what is wrong. */
  #conforms(node: Node, canonicals: readonly string[], around: Surroundings): boolean | undefined {
    let known = false;
    for (const canonical of canonicals) {
      const profile = profileOf(this.#library, canonical);
      if (profile === undefined) continue;
      known = true;
      if (this.#holds(node, profile, around)) return true;
    }
    return known ? false : undefined;
  }

  #holds(node: Node, profile: Profile, around: Surroundings): boolean {
    if (!isObject(node.value)) return false;
    const outcomes = this.#held.get(node.value) ?? new Map<string, boolean>();
    this.#held.set(node.value, outcomes);
    const before = outcomes.get(profile.url);
    if (before !== undefined) return before;
    // Resources that refer to one another in a circle: the claim under examination counts as right.
    outcomes.set(profile.url, true);
    const silent = new Walk(this.#library, this.#effort, new Report(), this.#held);
    const inside =
      isResource(node.value) && node.value !== around.resource.value ? around.inside(node, 'entry') : around;
    silent.#profile(node, profile, { parent: null, name: profile.type }, inside);
    outcomes.set(profile.url, !silent.report.hasErrors);
    return !silent.report.hasErrors;
  }

  #element(node: Node, rule: ElementRule, place: Place, around: Surroundings, source: Source): void {
    this.#own(node, rule, place, around, source);
    if (source.isBase) this.#baseChildren(node, rule, place, around);
    else this.#profileChildren(node, rule, place, around, source);
  }

  /** What a rule says of an element itself, without what is below it. */
  #own(node: Node, rule: ElementRule, place: Place, around: Surroundings, source: Source): void {
    if (--this.#effort.left < 0) throw new EffortSpent('The validation takes too long');
    if (!source.isBase) this.#type(node, rule, place, source);
    checkValue(node, rule, place, around, source, this.report);
    for (const invariant of rule.content().invariants) this.#invariant(node, invariant, place, around, source);
    this.#typeProfiles(node, rule, place, around);
  }

  #invariant(node: Node, invariant: Invariant, place: Place, around: Surroundings, source: Source): void {
    const holds = invariant.path?.holds(node, around.environment(node));
    if (holds !== false) return;
    const { severity, key, human } = invariant;
    this.report.add(
      place,
      severity === 'warning' ? 'warning' : 'error',
      'invariant',
      `${key}: ${human}${source.label}`,
    );
  }

  /** What is there, each by the rules of its type. */
  #baseChildren(node: Node, rule: ElementRule, place: Place, around: Surroundings): void {
    const rules = rule.content().children;
    for (const name of namesIn(node)) {
      const own = rules.get(name);
      for (const child of childrenNamed(node, name)) {
        const at = placeOf(place, name, child);
        if (own) this.#own(child, own, at, around, BASE);
        if (isResource(child.value)) this.#inner(child, node, name, at, around);
        else if (own !== undefined && own.content().children.size > 0) this.#baseChildren(child, own, at, around);
        else this.#datatype(child, at, around);
        if (child.type === 'Extension') this.#extension(child, name, at, around);
      }
    }
  }

  #datatype(node: Node, place: Place, around: Surroundings): void {
    const base = typeRules(isObject(node.value) ? node.type : 'Element');
    if (base && (isObject(node.value) || node.extra)) this.#element(node, base.root, place, around, BASE);
  }

  #inner(node: Node, parent: Node, name: string, place: Place, around: Surroundings): void {
    const { fullUrl } = parent.value as { fullUrl?: unknown };
    const relation = name === 'contained' ? 'contained' : 'entry';
    this.resource(node, place, around.inside(node, relation, typeof fullUrl === 'string' ? fullUrl : undefined));
  }

  /** An extension by its own definition (https://hl7.org/fhir/R4/defining-extensions.html). Names within a complex extension belong to that one. */
  #extension(node: Node, name: string, place: Place, around: Surroundings): void {
    const url = isObject(node.value) ? node.value.url : undefined;
    if (typeof url !== 'string' || !url.includes(':')) return;
    if (this.profile(node, url, place, around)) return;
    if (name === 'modifierExtension') {
      this.report.add(place, 'warning', 'extension', 'A modifier extension that is not known here');
    } else this.report.add(place, 'information', 'extension', 'An extension that is not known here');
  }

  #profileChildren(node: Node, rule: ElementRule, place: Place, around: Surroundings, source: Source): void {
    for (const child of rule.content().children.values()) {
      if (!child.demanding) continue;
      const found = childrenNamed(node, child.name);
      const at: Place = { parent: place, name: child.name };
      this.#count(found.length, child, at, '', source);
      for (const one of found) this.#element(one, child, placeOf(place, child.name, one), around, source);
      if (child.slices.length > 0) this.#slices(found, child, place, around, source);
    }
  }

  #count(count: number, rule: ElementRule, place: Place, what: string, { label }: Source): void {
    const { min, max } = rule;
    if (count < min) {
      const said = what === '' && min === 1 ? 'Is required' : `Needs at least ${min}${what}`;
      this.report.add(place, 'error', 'required', said + label);
    }
    if (count > max) this.report.add(place, 'error', 'structure', `May be there ${max} times at most${what}${label}`);
  }

  #slices(found: readonly Child[], rule: ElementRule, parent: Place, around: Surroundings, source: Source): void {
    const discriminators = discriminatorsOf(rule);
    const members = new Map<ElementRule, Child[]>(rule.slices.map((slice) => [slice, []]));
    const uncertain = new Set<ElementRule>();
    const conforms = (node: Node, canonicals: readonly string[]) => this.#conforms(node, canonicals, around);
    let outside = false;
    for (const one of found) {
      const place = placeOf(parent, rule.name, one);
      const home = rule.slices.find((slice) => {
        const inSlice = isInSlice(one, slice, discriminators, around, conforms);
        if (inSlice === undefined) uncertain.add(slice);
        return inSlice === true;
      });
      if (home) {
        members.get(home)?.push(one);
        this.#element(one, home, place, around, source);
        if (outside && rule.row.slicing?.rules === 'openAtEnd') {
          this.report.add(place, 'error', 'structure', `Stands behind what is in no slice${source.label}`);
        }
        continue;
      }
      outside = true;
      if (rule.row.slicing?.rules === 'closed' && uncertain.size === 0) {
        this.report.add(place, 'error', 'structure', `Is in none of the slices${source.label}`);
      }
    }
    for (const [slice, those] of members) {
      const at: Place = { parent, name: rule.name };
      const what = ` in the slice ${slice.row.sliceName ?? ''}`;
      const { min, max } = slice;
      if (uncertain.has(slice) && those.length < min) continue;
      if (those.length < min || those.length > max) this.#count(those.length, slice, at, what, source);
      if (slice.slices.length > 0) this.#slices(those, slice, parent, around, source);
    }
  }

  /** The types that a profile leaves of a choice, or of the resource in an entry. */
  #type(node: Node, { row }: ElementRule, place: Place, { label }: Source): void {
    if (row.type === undefined || !(row.id.endsWith('[x]') || isResource(node.value)) || row.id === node.type) return;
    const codes = row.type.map((type) => type.code);
    if (codes.length === 0 || codes.some((code) => code === node.type || isAbstract(code))) return;
    this.report.add(place, 'error', 'structure', `Must be of type ${codes.join(' or ')}${label}`);
  }

  /** Profiles on the type of an element: of a datatype, an extension, or the resource in an entry. */
  #typeProfiles(node: Node, { row }: ElementRule, place: Place, around: Surroundings): void {
    const canonicals = (row.type ?? []).flatMap((type) => (type.code === node.type ? (type.profile ?? []) : []));
    const [first] = canonicals;
    if (first === undefined || !isObject(node.value)) return;
    const inside =
      isResource(node.value) && node.value !== around.resource.value ? around.inside(node, 'entry') : around;
    if (canonicals.length === 1) this.profile(node, first, place, inside);
    else if (this.#conforms(node, canonicals, inside) === false) {
      this.report.add(place, 'error', 'structure', `Fits none of ${canonicals.join(', ')}`);
    }
  }
}

const isAbstract = (type: string) => type === 'Resource' || type === 'DomainResource' || type === 'Element';

function placeOf(parent: Place, name: string, { index }: Child): Place {
  return index === null ? { parent, name } : { parent, name, index };
}

/** FHIRPath names of what is there. */
function namesIn(node: Node): Iterable<string> {
  const value = isObject(node.value) ? node.value : node.extra;
  const structure = structureOf(isObject(node.value) ? node.type : 'Element');
  const names = new Set<string>();
  if (value === undefined || structure === undefined) return names;
  for (const key in value) {
    const property = structure.properties.get(key.startsWith('_') ? key.slice(1) : key);
    if (property) names.add(property.name);
  }
  return names;
}
