import { badRequest } from '@anamnesis/protocol';
import { type Property, type Structure, structureOf } from '../definitions.ts';
import type { Place } from './edit.ts';
import type { Criterion, Operand, Step } from './path.ts';

/** An element that a path names, and where it stands in JSON. */
export interface Located {
  readonly place: Place;
  /** FHIR type, or the path of a backbone element. */
  readonly type: string;
  readonly value: unknown;
}

/** The elements of a resource that the steps lead to. The first step may be the resource's type. Errors: 400 for an element that the type does not have. */
export function locate(resource: object, steps: readonly Step[]): Located[] {
  const type = (resource as { resourceType: string }).resourceType;
  const [first, ...rest] = steps;
  const named =
    first?.kind === 'element' && (first.name === type || first.name === 'Resource' || first.name === 'DomainResource');
  return follow([{ place: [], type, value: resource }], named ? rest : steps);
}

function follow(from: readonly Located[], steps: readonly Step[]): Located[] {
  return steps.reduce<Located[]>((located, step) => next(located, step), [...from]);
}

function next(from: readonly Located[], step: Step): Located[] {
  switch (step.kind) {
    case 'element':
      return from.flatMap((one) => elementsOf(one, step.name));
    case 'index':
      return from.slice(step.at, step.at + 1);
    case 'first':
      return from.slice(0, 1);
    case 'last':
      return from.slice(-1);
    case 'ofType':
      return from.filter((one) => one.type === step.type || typeIn(one) === step.type);
    case 'where':
      return from.filter((one) => holds(one, step.test));
    case 'extension':
      return from
        .flatMap((one) => elementsOf(one, 'extension'))
        .filter((one) => (one.value as { url?: unknown } | null)?.url === step.url);
  }
}

/** The structure of an element: of a resource inside another, that of its own type. */
export function structureIn(one: Located): Structure | undefined {
  return structureOf(typeIn(one));
}

function typeIn({ type, value }: Located): string {
  const own = (value as { resourceType?: unknown } | null)?.resourceType;
  return type === 'Resource' && typeof own === 'string' ? own : type;
}

function elementsOf(one: Located, name: string): Located[] {
  const { place, value } = one;
  if (typeof value !== 'object' || value === null) return primitivePart(one, name);
  const found: Located[] = [];
  for (const { key, type, array } of propertiesOf(one, name)) {
    if (!Object.hasOwn(value, key)) continue;
    const item = (value as Record<string, unknown>)[key];
    if (array && Array.isArray(item)) {
      found.push(...item.map((entry: unknown, at) => ({ place: [...place, key, at], type, value: entry })));
    } else found.push({ place: [...place, key], type, value: item });
  }
  return found;
}

/** A primitive has an id and extensions at most, which JSON keeps elsewhere: they are not reached by a patch. */
function primitivePart({ type }: Located, name: string): never[] {
  if (name === 'extension' || name === 'id') return [];
  throw badRequest(`${type} has no element of the name that the path says`);
}

/** What may stand in JSON for an element of this name. Errors: 400 when the type has none. */
export function propertiesOf(one: Located, name: string): readonly Property[] {
  const structure = structureIn(one);
  const properties = structure?.byName.get(name);
  if (properties !== undefined) return properties;
  // `valueQuantity` is no FHIRPath, but what many write.
  const property = structure?.properties.get(name);
  if (property !== undefined) return [property];
  throw badRequest('The path names an element that the type does not have');
}

function holds(one: Located, test: Criterion): boolean {
  switch (test.kind) {
    case 'and':
      return test.parts.every((part) => holds(one, part));
    case 'or':
      return test.parts.some((part) => holds(one, part));
    case 'not':
      return !holds(one, test.of);
    case 'exists':
      return follow([one], test.steps).length > 0;
    case 'equals': {
      const [left, right] = [valuesOf(one, test.left), valuesOf(one, test.right)];
      return left.length === 1 && right.length === 1 && left[0] === right[0];
    }
  }
}

function valuesOf(one: Located, operand: Operand): unknown[] {
  return 'literal' in operand ? [operand.literal] : follow([one], operand.steps).map(({ value }) => value);
}
