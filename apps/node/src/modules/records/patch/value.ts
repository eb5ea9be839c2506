import { badRequest, type OutcomeError } from '@anamnesis/protocol';
import { type Property, structureOf } from '../definitions.ts';
import { type Valued, valuedAt, withValue } from './edit.ts';

/**
 * The value of an operation as Parameters say it: one `value[x]`, a resource, or for types that have no name of their own (backbone elements) the
 * parts that it is made of.
 */
export type PatchValue =
  | { readonly kind: 'value'; readonly type: string; readonly value: Valued; readonly sibling: unknown }
  | { readonly kind: 'parts'; readonly parts: readonly { readonly name: string; readonly value: PatchValue }[] };

const MAX_PARTS = 1_000;

/** Reads `value[x]`, `resource` or `part` of a parameter. Errors: 400 when there is none, or several. */
export function readValue(parameter: object, depth = 0): PatchValue {
  const { part, resource } = parameter as { part?: unknown; resource?: unknown };
  if (depth > 16) throw badRequest('The parts of a value are nested too deep');
  if (resource !== undefined)
    return { kind: 'value', type: 'Resource', value: { value: resource }, sibling: undefined };
  if (Array.isArray(part)) {
    if (part.length > MAX_PARTS) throw badRequest('A value has too many parts');
    const parts = part.map((one: unknown) => {
      const { name } = (one ?? {}) as { name?: unknown };
      if (typeof name !== 'string') throw badRequest('A part of a value has no name');
      return { name, value: readValue(one as object, depth + 1) };
    });
    return { kind: 'parts', parts };
  }
  const keys = Object.keys(parameter).filter((key) => /^_?value[A-Z]/.test(key));
  const names = [...new Set(keys.map((key) => key.replace(/^_/, '')))];
  const [name] = names;
  if (name === undefined || names.length > 1) throw badRequest('A part needs one value');
  const sibling = (parameter as Record<string, unknown>)[`_${name}`];
  return { kind: 'value', type: name.slice('value'.length), value: valuedAt(parameter, name), sibling };
}

/** Types that Parameters can carry in place of others: a `code` may be given as string, an `id` as code. */
const TEXTS = new Set(['string', 'code', 'id', 'uri', 'url', 'canonical', 'oid', 'uuid', 'markdown', 'xhtml']);
const NUMBERS = new Set(['integer', 'positiveInt', 'unsignedInt']);
const MOMENTS = new Set(['date', 'dateTime', 'instant']);

/** What is to stand in JSON for an element: the property (of a choice, the one of the value's type), its value, and what a primitive has beside it. */
export function toElement(
  given: PatchValue,
  properties: readonly Property[],
  fail: (said: string) => OutcomeError,
): { readonly property: Property; readonly value: Valued; readonly sibling: unknown } {
  if (given.kind === 'value') {
    const same = properties.find((one) => isType(given.type, one.type));
    const property = same ?? properties.find((one) => fits(given.type, one.type));
    if (property === undefined) throw fail('The value is not of a type that the element can have');
    return { property, value: given.value, sibling: given.sibling };
  }
  const [property, ...others] = properties;
  if (property === undefined || others.length > 0 || property.primitive) {
    throw fail('The value is not of a type that the element can have');
  }
  const structure = structureOf(property.type);
  let element: object = {};
  for (const { name, value } of given.parts) {
    const inner = structure?.byName.get(name);
    if (inner === undefined) throw fail('A part of the value names an element that its type does not have');
    const one = toElement(value, inner, fail);
    const { key, array } = one.property;
    const before = (element as Record<string, unknown>)[key];
    if (!array && before !== undefined) throw fail('A part of the value is there twice');
    const held = array ? { value: [...((before as unknown[] | undefined) ?? []), one.value.value] } : one.value;
    element = withValue(element, key, held);
    if (one.sibling !== undefined && !array) element = withValue(element, `_${key}`, { value: one.sibling });
  }
  return { property, value: { value: element }, sibling: undefined };
}

function isType(given: string, wanted: string): boolean {
  return given === wanted || typeName(given) === wanted;
}

function fits(given: string, wanted: string): boolean {
  return [TEXTS, NUMBERS, MOMENTS].some((set) => set.has(typeName(given)) && set.has(wanted));
}

/** `valueDateTime` is of type `dateTime`. */
function typeName(given: string): string {
  return given.charAt(0).toLowerCase() + given.slice(1);
}
