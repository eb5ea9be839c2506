import { badRequest, invalid, withoutAddedLabels } from '@anamnesis/protocol';
import type { FhirResource } from './search/index.ts';
import { validate } from './validation/index.ts';

/** A FHIR id: 1 to 64 letters, digits, hyphens and points (https://hl7.org/fhir/R4/datatypes.html#id). */
const ID = /^[A-Za-z0-9\-.]{1,64}$/;
const TYPE = /^[A-Z][A-Za-z]{1,63}$/;

/** True for a text that can be the id of a resource. */
export function isId(text: unknown): text is string {
  return typeof text === 'string' && ID.test(text);
}

/** True for a text that looks like the name of a resource type. */
export function isTypeName(text: unknown): text is string {
  return typeof text === 'string' && TYPE.test(text);
}

/**
 * What a client sent, as a resource of this type that can be stored. Errors: 400 when it is not a resource or of another type, 422 with an
 * issue for each fault that validation finds.
 */
export function checkResource(value: unknown, type?: string): FhirResource {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badRequest('The body is not a FHIR resource');
  }
  const { resourceType } = value as { resourceType?: unknown };
  if (!isTypeName(resourceType)) throw badRequest('The resource has no resourceType', { expression: ['resourceType'] });
  if (type !== undefined && resourceType !== type) {
    throw badRequest('The resource is not of the type in the URL', { expression: ['resourceType'] });
  }
  const issues = validate(value);
  if (issues.some((issue) => issue.severity === 'error' || issue.severity === 'fatal')) {
    throw invalid(issues);
  }
  return value as FhirResource;
}

/** The resource as a version of its record: with its id, `meta.versionId` and `meta.lastUpdated`; the rest is left as it came. */
export function stampVersion(resource: FhirResource, id: string, version: number, at: number): FhirResource {
  const { meta } = withoutAddedLabels(resource) as { meta?: object };
  const stamp = { versionId: String(version), lastUpdated: new Date(at).toISOString() };
  return { ...resource, id, meta: { ...meta, ...stamp } };
}

/**
 * What stands in the record log for a deletion. FHIR has no element `deleted`, so that no resource of a client can pass for one.
 */
export function tombstone(type: string, id: string, version: number, at: number): FhirResource {
  return stampVersion({ resourceType: type, deleted: true }, id, version, at);
}
