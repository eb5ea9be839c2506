import { LITERALS, literalsOf } from '@anamnesis/protocol';

/**
 * References inside a Bundle (https://hl7.org/fhir/R4/http.html#trules, https://hl7.org/fhir/R4/bundle.html#references): a transaction's
 * entries name one another by `fullUrl`, and records that exist by a search (`Practitioner?identifier=…`). Both become `Type/id`.
 */

/** Where the text of a link leads, or undefined for one that stays. */
export type Resolve = (link: string) => string | undefined;

/** Of type string, though some look like links; an Identifier's value is never a link. */
const NEVER = new Set([
  'value',
  'valueString',
  'valueCode',
  'valueId',
  'valueMarkdown',
  'id',
  'system',
  'code',
  'display',
]);
const HTML_LINK = /((?:href|src)\s*=\s*)(["'])([^"']*)\2/g;
const CONDITIONAL = /^([A-Z][A-Za-z]+)\?(.+)$/s;
const REST_URL = /^(https?:\/\/.*\/)[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/;
const RELATIVE = /^[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/;

/** The conditional references (`Type?query`) in a resource, each once. */
export function conditionalReferences(value: unknown, found = new Set<string>()): Set<string> {
  if (typeof value !== 'object' || value === null) return found;
  for (const [key, item] of Object.entries(value)) {
    if (typeof item !== 'string') conditionalReferences(item, found);
    else if (key === 'reference' && CONDITIONAL.test(item)) found.add(item);
  }
  return found;
}

/** Type and query of a conditional reference. */
export function splitConditional(reference: string): { type: string; query: string } | null {
  const [, type, query] = CONDITIONAL.exec(reference) ?? [];
  return type === undefined || query === undefined ? null : { type, query };
}

/** How the links of an entry with this full URL resolve: `targets` maps full URLs and conditional references to `Type/id`. */
export function resolverFor(fullUrl: string | null, targets: ReadonlyMap<string, string>): Resolve {
  const base = fullUrl === null ? undefined : REST_URL.exec(fullUrl)?.[1];
  return (link) => {
    const [address = '', fragment] = link.split('#', 2);
    const absolute = base !== undefined && RELATIVE.test(address) ? base + address : address;
    const target = targets.get(absolute) ?? targets.get(link);
    return target === undefined || fragment === undefined ? target : `${target}#${fragment}`;
  };
}

/**
 * The resource with its links resolved: in references, in elements of type uri, url, uuid, oid and canonical, in extensions, and in the
 * narrative's `href` and `src`. What has no such link is given back as it is, and numbers keep their digits.
 */
export function rewriteLinks<T>(value: T, resolve: Resolve): T {
  return rewrite(value, '', resolve) as T;
}

/** The same in a patch, where the text of a reference may also be the value of an operation on it. */
export function rewritePatch(body: unknown, resolve: Resolve): unknown {
  const rewritten = rewriteLinks(body, resolve);
  if (!Array.isArray(rewritten)) return rewritten;
  return rewritten.map((operation: unknown) => {
    const { path, value } = (operation ?? {}) as { path?: unknown; value?: unknown };
    const isReference = typeof path === 'string' && path.endsWith('/reference') && typeof value === 'string';
    return isReference ? { ...(operation as object), value: resolve(value) ?? value } : operation;
  });
}

function rewrite(value: unknown, key: string, resolve: Resolve): unknown {
  if (typeof value === 'string') return rewriteText(value, key, resolve);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return rewriteArray(value, key, resolve);
  let copy: Record<string, unknown> | undefined;
  for (const [name, item] of Object.entries(value)) {
    const changed = rewrite(item, name, resolve);
    if (changed === item) continue;
    copy ??= { ...value };
    copy[name] = changed;
  }
  return copy ?? value;
}

function rewriteArray(array: readonly unknown[], key: string, resolve: Resolve): readonly unknown[] {
  const copy = array.map((item) => rewrite(item, key, resolve));
  if (copy.every((item, at) => item === array[at])) return array;
  const literals = literalsOf(array);
  return literals === undefined ? copy : Object.assign(copy, { [LITERALS]: literals });
}

function rewriteText(text: string, key: string, resolve: Resolve): string {
  if (key === 'reference') return resolve(text) ?? text;
  if (key === 'div') {
    return text.replace(HTML_LINK, (whole, start: string, quote: string, link: string) => {
      const target = resolve(link);
      return target === undefined ? whole : `${start}${quote}${target}${quote}`;
    });
  }
  if (NEVER.has(key) || !/^urn:(?:uuid|oid):/i.test(text)) return text;
  return resolve(text) ?? text;
}
