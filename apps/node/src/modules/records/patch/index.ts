import { badRequest, invalid } from '@anamnesis/protocol';
import { checkResource } from '../resource.ts';
import type { FhirResource } from '../search/index.ts';
import { readFhirPathPatch } from './fhirpath-patch.ts';
import { readJsonPatch } from './json-patch.ts';

/** A change to a resource as a patch says it: JSON Patch, or the Parameters of a FHIRPath Patch. */
export interface PatchDocument {
  readonly form: 'json' | 'fhirpath';
  readonly body: unknown;
}

/** Makes the next version of a resource. Errors: 422. */
export type Patch = (resource: FhirResource) => FhirResource;

/** What a client sent, as a patch: a list is a JSON Patch, Parameters are a FHIRPath Patch. Errors: 400 for anything else. */
export function patchDocument(body: unknown): PatchDocument {
  if (Array.isArray(body)) return { form: 'json', body };
  if ((body as { resourceType?: unknown } | null)?.resourceType === 'Parameters') return { form: 'fhirpath', body };
  throw badRequest('A patch is a JSON Patch (a list of operations) or a FHIRPath Patch (Parameters)');
}

/** Elements that say nothing clinical: a change to them leaves the narrative true. */
const BESIDE = new Set(['id', 'meta', 'implicitRules', 'language', 'text']);

/**
 * Reads a patch (https://hl7.org/fhir/R4/http.html#patch). What it makes must be valid and keep its type and id. A generated narrative that the
 * patch does not touch is taken out when the data changes, since it would go on telling the old (FHIR: "the server SHALL ensure that the narrative
 * is not clinically unsafe"); a narrative that says more than the data cannot be re-made, so then the patch must bring a new one.
 *
 * Errors: 400. Of the patch: 422 when it cannot be applied or what comes of it is not valid.
 */
export function readPatch({ form, body }: PatchDocument): Patch {
  const apply = form === 'json' ? readJsonPatch(body) : readFhirPathPatch(body);
  return (before) => {
    const after = apply(before);
    const { resourceType, id } = (after ?? {}) as { resourceType?: unknown; id?: unknown };
    if (resourceType !== before.resourceType || id !== before.id) {
      throw invalid('A patch cannot change the type or the id of a resource');
    }
    return checkResource(withTrueNarrative(before, after as FhirResource));
  };
}

function withTrueNarrative(before: FhirResource, after: FhirResource): FhirResource {
  const { text, ...rest } = after;
  if (text === undefined || text !== before.text) return after;
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  if ([...names].every((name) => BESIDE.has(name) || before[name] === after[name])) return after;
  const { status } = text as { status?: unknown };
  if (status === 'additional') {
    throw invalid('The narrative says more than the data: a patch of the data must replace it', {
      expression: ['text'],
    });
  }
  return status === 'empty' ? after : (rest as FhirResource);
}
