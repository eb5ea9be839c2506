import { ADDED_LABEL, parseStoredJson, SENSITIVE, stringifyJson } from '@anamnesis/protocol';
import type { FhirResource } from './search/types.ts';

const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const CONFIDENTIALITY = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';

interface Label {
  readonly system?: string;
  readonly code?: string;
  readonly extension?: readonly { readonly url: string }[];
}

/**
 * A record with the security labels of its sensitive classes (mask) in `meta.security`, as HL7's DS4P asks for: R (restricted), and a code for each class. They
 * are computed and not part of what the record log commits to, so each is marked (`ADDED_LABEL`) and those who verify leave it out. What the record
 * itself says is not said again. A record of no class is given back as it is.
 */
export function labelled(resource: FhirResource, sensitive: number): FhirResource {
  if (sensitive === 0) return resource;
  const { meta = {} } = resource as { meta?: { security?: readonly Label[] } };
  const own = Array.isArray(meta.security) ? (meta.security as readonly Label[]) : [];
  const added: Label[] = [];
  const add = (system: string, code: string): void => {
    if (!own.some((one) => one.system === system && one.code === code)) added.push({ extension: MARK, system, code });
  };
  if (!own.some(({ system, code }) => system === CONFIDENTIALITY && (code === 'R' || code === 'V')))
    add(CONFIDENTIALITY, 'R');
  for (const { bit, labels } of SENSITIVE) {
    if ((sensitive & (1 << bit)) === 0) continue;
    // One of a class's labels is enough to know it by.
    if (!own.some(({ code }) => labels.some((label) => label === code))) add(ACT_CODE, labels[0]);
  }
  return added.length === 0 ? resource : { ...resource, meta: { ...meta, security: [...own, ...added] } };
}

/**
 * The canonical text of a stored record with the labels of its sensitive classes: the text of what `labelled` gives. Only `meta` is read and written anew,
 * since many records have a class and most are only handed on.
 */
export function labelledText(text: string, sensitive: number): string {
  if (sensitive === 0) return text;
  const place = placeOf('"meta":', text);
  if (place === null) return stringifyJson(labelled(parseStoredJson(text) as FhirResource, sensitive));
  const [start, end] = place;
  const own = { resourceType: '', meta: parseStoredJson(text.slice(start, end)) };
  return text.slice(0, start) + stringifyJson(labelled(own, sensitive).meta) + text.slice(end);
}

/** Where the object under a name of the outermost object (as it is written, with its colon) begins and ends in canonical JSON; null where there is none. */
function placeOf(name: string, text: string): readonly [start: number, end: number] | null {
  let depth = 0;
  let start = -1;
  for (let at = 0; at < text.length; at++) {
    const sign = text.charCodeAt(at);
    if (sign === OPEN || sign === OPEN_LIST) depth++;
    else if (sign === CLOSE || sign === CLOSE_LIST) {
      depth--;
      if (depth === 1 && start >= 0) return [start, at + 1];
    } else if (sign === QUOTE) {
      // A value of text never stands before a brace.
      if (depth === 1 && start < 0 && text.startsWith(name, at) && text[at + name.length] === '{')
        start = at + name.length;
      at = endOfText(text, at);
    }
  }
  return null;
}

function endOfText(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const sign = text.charCodeAt(at);
    if (sign === BACKSLASH) at++;
    else if (sign === QUOTE) return at;
  }
  return text.length;
}

const [OPEN, CLOSE, OPEN_LIST, CLOSE_LIST, QUOTE, BACKSLASH] = [0x7b, 0x7d, 0x5b, 0x5d, 0x22, 0x5c];

const MARK = [{ url: ADDED_LABEL, valueBoolean: true }];

/** Whether who wrote the record has said how confidential it is: a level of N or below says that there is nothing sensitive in it. */
export function isReadAndNormal(resource: FhirResource): boolean {
  const { meta } = resource as { meta?: { security?: unknown } };
  const labels = Array.isArray(meta?.security) ? (meta.security as readonly Label[]) : [];
  return labels.some(
    ({ system, code }) => system === CONFIDENTIALITY && (code === 'U' || code === 'L' || code === 'M' || code === 'N'),
  );
}
