import { invalid } from '@anamnesis/protocol';
import type { Library } from '../../library/index.ts';
import { EffortSpent, resourceNode } from '../fhirpath/index.ts';
import { validate } from './index.ts';
import { Report } from './report.ts';
import type { Place, ValidationIssue } from './structure.ts';
import { isResource, surroundingsOf } from './surroundings.ts';
import { Walk } from './walk.ts';

/** Nodes that one validation may look at: a second or two of work, or a Bundle of some 5,000 records. */
const EFFORT = 2_000_000;

/** What a resource is held against besides its type and the profiles that it claims. */
export interface FullOptions {
  /** Canonicals of profiles. One that is not known here is an error: it was asked for. */
  readonly profiles?: readonly string[];
  readonly effort?: number;
}

/**
 * Full validation (https://hl7.org/fhir/R4/validation.html): structure, cardinality, types, invariants, bindings, slices, extensions and profiles, of
 * the resource and of every resource in it. What cannot be checked here (codes of external systems, profiles that are not loaded) is a warning
 * or an information, never an error. Expressions name elements; nothing quotes content. Never throws.
 */
export function validateFully(
  library: Library,
  resource: unknown,
  options: FullOptions = {},
): readonly ValidationIssue[] {
  const report = new Report();
  for (const issue of validate(resource)) report.take(issue);
  if (!isResource(resource)) return report.issues;
  const node = resourceNode(resource);
  const place: Place = { parent: null, name: node.type };
  const effort = { left: options.effort ?? EFFORT, undecided: false };
  const walk = new Walk(library, effort, report);
  const around = surroundingsOf(library, effort, node);
  try {
    walk.resource(node, place, around);
    for (const canonical of options.profiles ?? []) {
      if (walk.profile(node, canonical, place, around)) continue;
      report.add(place, 'error', 'not-found', 'The profile that was asked for is not known here');
    }
  } catch (error) {
    if (!(error instanceof EffortSpent)) throw error;
    report.add(place, 'error', 'too-costly', 'The resource is too large or too entangled to be checked as a whole');
  }
  return report.issues;
}

/** A check for every write (`RecordsContext.checkContent`): throws 422 with all findings when one is an error. */
export function contentCheck(library: Library): (resource: object) => void {
  return (resource) => {
    const issues = validateFully(library, resource);
    if (issues.some((issue) => issue.severity === 'error')) throw invalid(issues);
  };
}
