import { parseStoredJson, stringifyJson } from '@anamnesis/protocol';
import type { Bundle, BundleEntry } from './bundle-types.ts';
import type { FhirResource } from './search/index.ts';

/** Texts of the entries into whose resource nobody has looked. */
const texts = new WeakMap<BundleEntry, string>();

/**
 * The entry of a record whose text is at hand. Most are only written out again, so it is parsed when somebody looks into it, and from then on written as
 * the resource that was given. What copies an entry looks into it.
 */
export function storedEntry(fullUrl: string, text: string, mode: 'match' | 'include'): BundleEntry {
  let resource: FhirResource | undefined;
  const entry: BundleEntry = {
    fullUrl,
    get resource() {
      resource ??= parseStoredJson(text) as FhirResource;
      texts.delete(entry);
      return resource;
    },
    search: { mode },
  };
  texts.set(entry, text);
  return entry;
}

/** JSON of an answer, as `stringifyJson`: records that nobody looked into are written as they are stored. Errors as `stringifyJson`. */
export function answerJson(answer: unknown): string {
  if (!isBundle(answer)) return stringifyJson(answer);
  const { entry, ...head } = answer;
  // Entries come last wherever a record's text is kept, so that this writes what `stringifyJson` would.
  if (!entry.some((one) => texts.has(one))) return stringifyJson(answer);
  return `${stringifyJson(head).slice(0, -1)},"entry":[${entry.map(entryJson).join(',')}]}`;
}

function entryJson(entry: BundleEntry): string {
  const text = texts.get(entry);
  if (text === undefined) return stringifyJson(entry);
  return `{"fullUrl":${JSON.stringify(entry.fullUrl)},"resource":${text},"search":${JSON.stringify(entry.search)}}`;
}

function isBundle(answer: unknown): answer is Bundle {
  const { resourceType, entry } = (answer ?? {}) as { resourceType?: unknown; entry?: unknown };
  return resourceType === 'Bundle' && Array.isArray(entry);
}
