import { badRequest, invalid, type OutcomeError, tooCostly } from '@anamnesis/protocol';
import {
  changeAt,
  lookUp,
  MAX_DEPTH,
  type Place,
  requireBounded,
  type Valued,
  valuedAt,
  withInserted,
  without,
  withValue,
} from './edit.ts';

/** An operation of JSON Patch (RFC 6902 section 4), checked. */
type Operation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: Place; readonly value: Valued }
  | { readonly op: 'remove'; readonly path: Place }
  | { readonly op: 'move' | 'copy'; readonly from: Place; readonly path: Place };

const MAX_OPERATIONS = 1_000;

/**
 * Reads a JSON Patch (RFC 6902). @returns what applies it: a copy of the document with all operations done, numbers with their digits; the
 * document itself stays.
 *
 * Errors: 400 for what is no JSON Patch. Of the function: 422 for an operation that cannot be done on this document, also a `test` that fails
 * (https://hl7.org/fhir/R4/http.html#patch), naming the operation's place.
 */
export function readJsonPatch(value: unknown): (document: unknown) => unknown {
  if (!Array.isArray(value)) throw badRequest('A JSON Patch is a list of operations');
  if (value.length > MAX_OPERATIONS) throw tooCostly(`A patch has at most ${MAX_OPERATIONS} operations`);
  const operations = value.map(readOperation);
  return (document) => {
    const after = operations.reduce((before: unknown, operation, index) => apply(before, operation, index), document);
    requireBounded(after);
    return after;
  };
}

function readOperation(value: unknown, index: number): Operation {
  const wrong = (): OutcomeError => badRequest('This is no operation of JSON Patch', { expression: [`[${index}]`] });
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong();
  const { op, path: pathText, from } = value as Record<string, unknown>;
  const path = readPointer(pathText, wrong);
  switch (op) {
    case 'add':
    case 'replace':
    case 'test':
      if (!Object.hasOwn(value, 'value')) throw wrong();
      return { op, path, value: valuedAt(value, 'value') };
    case 'remove':
      return { op, path };
    case 'move':
    case 'copy':
      return { op, path, from: readPointer(from, wrong) };
    default:
      throw wrong();
  }
}

/** JSON Pointer (RFC 6901). */
function readPointer(text: unknown, wrong: () => OutcomeError): string[] {
  if (typeof text !== 'string' || (text !== '' && !text.startsWith('/')) || /~(?![01])/.test(text)) throw wrong();
  const keys = text
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (keys.length > MAX_DEPTH) throw wrong();
  return keys;
}

function apply(document: unknown, operation: Operation, index: number): unknown {
  const fail = (said: string): OutcomeError => invalid(said, { expression: [`[${index}]`] });
  const at = (path: Place): Valued => {
    const found = lookUp(document, requireIndexes(document, path, fail));
    if (found === undefined) throw fail('The path leads to nothing');
    return found;
  };
  switch (operation.op) {
    case 'test':
      if (!equal(at(operation.path).value, operation.value.value)) throw fail('A test of the patch does not hold');
      return document;
    case 'add':
      return add(document, operation.path, operation.value, fail);
    case 'remove':
      at(operation.path);
      return remove(document, operation.path, fail);
    case 'replace':
      at(operation.path);
      return replace(document, operation.path, operation.value);
    case 'copy': {
      const copied = add(document, operation.path, at(operation.from), fail);
      requireBounded(copied);
      return copied;
    }
    case 'move': {
      const { from, path } = operation;
      const moved = at(from);
      if (from.length < path.length && from.every((key, depth) => key === path[depth])) {
        throw fail('A value cannot be moved into itself');
      }
      const after = add(remove(document, from, fail), path, moved, fail);
      requireBounded(after);
      return after;
    }
  }
}

function add(document: unknown, path: Place, value: Valued, fail: (said: string) => OutcomeError): unknown {
  const key = path.at(-1);
  if (key === undefined) return value.value;
  const parent = requireIndexes(document, path.slice(0, -1), fail);
  const holder = lookUp(document, parent)?.value;
  if (typeof holder !== 'object' || holder === null) throw fail('The path leads to nothing');
  return changeAt(document, parent, () => {
    if (!Array.isArray(holder)) return withValue(holder, key, value);
    const at = key === '-' ? holder.length : indexOf(key);
    if (at === null || at > holder.length) throw fail('The path names no place of the list');
    return withInserted(holder, at, value.value);
  });
}

function remove(document: unknown, path: Place, fail: (said: string) => OutcomeError): unknown {
  const key = path.at(-1);
  if (key === undefined) throw fail('The whole resource cannot be removed');
  return changeAt(document, path.slice(0, -1), (holder) => without(holder, key));
}

function replace(document: unknown, path: Place, value: Valued): unknown {
  const key = path.at(-1);
  if (key === undefined) return value.value;
  return changeAt(document, path.slice(0, -1), (holder) =>
    withValue(holder, Array.isArray(holder) ? Number(key) : key, value),
  );
}

/** The path, once it is sure that what it says of lists are indexes (`01` and `1.0` are not). */
function requireIndexes(document: unknown, path: Place, fail: (said: string) => OutcomeError): Place {
  let value = document;
  for (const key of path) {
    if (Array.isArray(value) && indexOf(key) === null) throw fail('The path names no place of the list');
    value = lookUp(value, [key])?.value;
  }
  return path;
}

function indexOf(key: string | number): number | null {
  return /^(?:0|[1-9]\d{0,8})$/.test(String(key)) ? Number(key) : null;
}

/** Equal as JSON: numbers by value, objects whatever the order of their members (RFC 6902 section 4.6). */
function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every(
    (key) => Object.hasOwn(b, key) && equal((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
  );
}
