import { checkResource, Findings, type ValidationIssue } from './structure.ts';

export { contentCheck, type FullOptions, validateFully } from './full.ts';
export type { ValidationIssue } from './structure.ts';

/**
 * Base validation against FHIR R4 (https://hl7.org/fhir/R4/validation.html): structure, cardinality, types, lexical forms, required bindings whose
 * codes are known offline, ext-1 and dom-2. Valid when no issue is an `error`. Profiles and other invariants: `validateFully`.
 * Expressions name elements, and diagnostics say what is wrong; neither quotes content. Never throws.
 */
export function validate(resource: unknown): readonly ValidationIssue[] {
  const findings = new Findings();
  const type = (resource as { resourceType?: unknown } | null | undefined)?.resourceType;
  const name = typeof type === 'string' && /^[A-Za-z]{1,64}$/.test(type) ? type : 'Resource';
  checkResource(resource, { parent: null, name }, findings, 'none');
  return findings.issues;
}
