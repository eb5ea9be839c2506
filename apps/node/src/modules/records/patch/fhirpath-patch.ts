import { badRequest, invalid, type OutcomeError, tooCostly } from '@anamnesis/protocol';
import { changeAt, lookUp, type Place, requireBounded, type Valued, without, withValue } from './edit.ts';
import { type Located, locate, propertiesOf } from './locate.ts';
import { readPath, type Step } from './path.ts';
import { type PatchValue, readValue, toElement } from './value.ts';

/** An operation of FHIRPath Patch, checked. */
type Operation =
  | { readonly type: 'add'; readonly path: readonly Step[]; readonly name: string; readonly value: PatchValue }
  | { readonly type: 'insert'; readonly path: readonly Step[]; readonly index: number; readonly value: PatchValue }
  | { readonly type: 'delete'; readonly path: readonly Step[] }
  | { readonly type: 'replace'; readonly path: readonly Step[]; readonly value: PatchValue }
  | { readonly type: 'move'; readonly path: readonly Step[]; readonly source: number; readonly destination: number };

const MAX_OPERATIONS = 1_000;

/**
 * Reads a FHIRPath Patch (https://hl7.org/fhir/R4/fhirpatch.html): a Parameters resource of parameters named `operation`.
 * @returns what applies it to a copy.
 *
 * Errors: 400 for what is no such patch or names elements by more than simple FHIRPath. Of the function: 422 for an operation that cannot be
 * done on this resource, naming its place; 400 for an element that the type does not have.
 */
export function readFhirPathPatch(value: unknown): (resource: object) => unknown {
  const { parameter = [] } = value as { parameter?: unknown };
  if (!Array.isArray(parameter)) throw badRequest('Parameters.parameter is not a list');
  if (parameter.length > MAX_OPERATIONS) throw tooCostly(`A patch has at most ${MAX_OPERATIONS} operations`);
  const operations = parameter.map(readOperation);
  return (resource) => {
    let after = resource;
    for (const [index, operation] of operations.entries()) {
      after = apply(after, operation, (said) => invalid(said, { expression: [`Parameters.parameter[${index}]`] }));
    }
    requireBounded(after);
    return after;
  };
}

function readOperation(value: unknown, index: number): Operation {
  const wrong = (said: string): OutcomeError => badRequest(said, { expression: [`Parameters.parameter[${index}]`] });
  const { name, part } = (value ?? {}) as { name?: unknown; part?: unknown };
  if (name !== 'operation' || !Array.isArray(part)) throw wrong('A patch consists of parameters named operation');
  const parts = new Map<unknown, object>();
  for (const one of part as unknown[]) {
    if (typeof one !== 'object' || one === null) throw wrong('A part of the operation is no object');
    parts.set((one as { name?: unknown }).name, one);
  }
  const text = (key: string): string => {
    const { valueString, valueCode } = (parts.get(key) ?? {}) as { valueString?: unknown; valueCode?: unknown };
    const given = valueString ?? valueCode;
    if (typeof given !== 'string') throw wrong(`The operation has no ${key}`);
    return given;
  };
  const whole = (key: string): number => {
    const { valueInteger } = (parts.get(key) ?? {}) as { valueInteger?: unknown };
    if (!Number.isSafeInteger(valueInteger) || (valueInteger as number) < 0) throw wrong(`The operation has no ${key}`);
    return valueInteger as number;
  };
  const given = (): PatchValue => {
    const part = parts.get('value');
    if (part === undefined) throw wrong('The operation has no value');
    return readValue(part);
  };
  const type = text('type');
  const path = readPath(text('path'));
  switch (type) {
    case 'add':
      return { type, path, name: text('name'), value: given() };
    case 'insert':
      return { type, path, index: whole('index'), value: given() };
    case 'delete':
      return { type, path };
    case 'replace':
      return { type, path, value: given() };
    case 'move':
      return { type, path, source: whole('source'), destination: whole('destination') };
    default:
      throw wrong('There is no such type of operation');
  }
}

type Fail = (said: string) => OutcomeError;

function apply(resource: object, operation: Operation, fail: Fail): object {
  switch (operation.type) {
    case 'add':
      return add(resource, operation.path, operation.name, operation.value, fail);
    case 'insert': {
      const { place, list, parent, name } = listAt(resource, operation.path, fail);
      if (operation.index > list.length) throw fail('The index is beyond the end of the list');
      const { value } = toElement(operation.value, propertiesOf(parent, name), fail);
      return changeList(resource, place, (own, beside) =>
        own.toSpliced(operation.index, 0, beside ? null : value.value),
      );
    }
    case 'move': {
      const { place, list } = listAt(resource, operation.path, fail);
      const { source, destination } = operation;
      if (source >= list.length || destination >= list.length) throw fail('An index is beyond the end of the list');
      return changeList(resource, place, (own) => own.toSpliced(source, 1).toSpliced(destination, 0, own[source]));
    }
    case 'delete': {
      const found = locate(resource, operation.path);
      if (found.length === 0) return resource;
      return withoutElement(resource, only(found, fail).place, fail);
    }
    case 'replace':
      return replace(resource, operation.path, operation.value, fail);
  }
}

function add(resource: object, path: readonly Step[], name: string, given: PatchValue, fail: Fail): object {
  const parent = only(locate(resource, path), fail);
  const properties = propertiesOf(parent, name);
  const { property, value, sibling } = toElement(given, properties, fail);
  const place = [...parent.place, property.key];
  if (property.array) {
    if (!Array.isArray(lookUp(resource, place)?.value ?? [])) throw fail('The element is not a list');
    return changeList(resource, place, (own, beside) => [...own, beside ? null : value.value]);
  }
  if (properties.some(({ key }) => lookUp(resource, [...parent.place, key]) !== undefined)) {
    throw fail('The element is there already and does not repeat');
  }
  return put(resource, place, value, sibling);
}

function replace(resource: object, path: readonly Step[], given: PatchValue, fail: Fail): object {
  const target = only(locate(resource, path), fail);
  if (target.place.length === 0) throw fail('The whole resource cannot be replaced by a patch');
  const at = target.place.at(-1);
  const inList = typeof at === 'number';
  const parent = target.place.slice(0, inList ? -2 : -1);
  const key = target.place[parent.length] as string;
  const holder = locateHolder(resource, parent, target, path);
  const { property, value, sibling } = toElement(given, propertiesOf(holder, nameOf(holder, key)), fail);
  if (inList) return changeAt(resource, [...parent, key], (list) => withValue(list, at, value)) as object;
  // Another type of a choice stands under another name: valueString becomes valueQuantity.
  const bare = changeAt(resource, parent, (own) =>
    without(property.key === key ? own : without(own, key), `_${key}`),
  ) as object;
  return put(bare, [...parent, property.key], value, sibling);
}

/** The element that holds the target: its structure says what may replace the target. */
function locateHolder(resource: object, place: Place, target: Located, path: readonly Step[]): Located {
  const same = (one: Located): boolean =>
    one.place.length === place.length && one.place.every((key, depth) => key === place[depth]);
  for (let length = path.length - 1; length >= 0; length--) {
    const found = locate(resource, path.slice(0, length)).find(same);
    if (found !== undefined) return found;
  }
  return { place: [], type: target.type, value: resource };
}

function nameOf(holder: Located, key: string): string {
  const [property] = propertiesOf(holder, key);
  return property?.name ?? key;
}

/** The list that a path names, which may not be there yet: then what holds it must be. */
function listAt(
  resource: object,
  path: readonly Step[],
  fail: Fail,
): { place: Place; list: unknown[]; parent: Located; name: string } {
  const last = path.at(-1);
  if (last?.kind !== 'element') throw fail('The path must end in the name of a list');
  const parent = only(locate(resource, path.slice(0, -1)), fail);
  const [property] = propertiesOf(parent, last.name);
  if (property?.array !== true) throw fail('The path must name a list');
  const place = [...parent.place, property.key];
  const list = lookUp(resource, place)?.value ?? [];
  if (!Array.isArray(list)) throw fail('The path must name a list');
  return { place, list, parent, name: last.name };
}

/** The list as the change makes it, and with it the list beside it that keeps ids and extensions of primitives (`_given` of `given`). */
function changeList(
  resource: object,
  place: Place,
  change: (list: readonly unknown[], beside: boolean) => unknown[],
): object {
  const list = lookUp(resource, place)?.value ?? [];
  const changed = put(resource, place, { value: change(list as unknown[], false) }, undefined);
  const siblings = [...place.slice(0, -1), `_${place.at(-1)}`];
  const beside = lookUp(resource, siblings)?.value;
  if (!Array.isArray(beside)) return changed;
  const padded = Array.from({ length: (list as unknown[]).length }, (_, at): unknown => beside[at] ?? null);
  return put(changed, siblings, { value: change(padded, true) }, undefined);
}

function put(resource: object, place: Place, value: Valued, sibling: unknown): object {
  const key = place.at(-1) as string;
  return changeAt(resource, place.slice(0, -1), (holder) => {
    const put = withValue(holder, key, value);
    return sibling === undefined ? put : withValue(put, `_${key}`, { value: sibling });
  }) as object;
}

/** Without an element, and without what becomes empty by that: FHIR knows no empty elements. */
function withoutElement(resource: object, place: Place, fail: Fail): object {
  const key = place.at(-1);
  if (key === undefined) throw fail('The whole resource cannot be deleted by a patch');
  const parent = place.slice(0, -1);
  const after =
    typeof key === 'number'
      ? changeList(resource, parent, (own) => own.toSpliced(key, 1))
      : (changeAt(resource, parent, (holder) => without(without(holder, key), `_${key}`)) as object);
  const left = lookUp(after, parent)?.value as object;
  return parent.length > 0 && Object.keys(left).length === 0 ? withoutElement(after, parent, fail) : after;
}

function only(found: readonly Located[], fail: Fail): Located {
  const [one, ...more] = found;
  if (one === undefined) throw fail('The path leads to nothing');
  if (more.length > 0) throw fail('The path leads to several elements');
  return one;
}
