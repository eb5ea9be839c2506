import { ADDED_LABEL, SENSITIVE } from '@anamnesis/protocol';
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

const MARK = [{ url: ADDED_LABEL, valueBoolean: true }];

/** Whether who wrote the record has said how confidential it is: a level of N or below says that there is nothing sensitive in it. */
export function isReadAndNormal(resource: FhirResource): boolean {
  const { meta } = resource as { meta?: { security?: unknown } };
  const labels = Array.isArray(meta?.security) ? (meta.security as readonly Label[]) : [];
  return labels.some(
    ({ system, code }) => system === CONFIDENTIALITY && (code === 'U' || code === 'L' || code === 'M' || code === 'N'),
  );
}
