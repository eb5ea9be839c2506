import type { FhirResource, IndexRows } from './types.ts';

/** Evaluates every official search parameter of the resource's type. Pure; never throws for odd content, which validation has refused before. */
export function indexResource(_resource: FhirResource): IndexRows {
  return { tokens: [], strings: [], dates: [], quantities: [], references: [] };
}
