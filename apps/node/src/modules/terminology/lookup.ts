import { invalid, notFound, OutcomeError } from '@anamnesis/protocol';
import type { Library, ValueSetRow } from '../library/index.ts';
import { type Concept, codeSystemOf, isGrammatical } from './code-system.ts';
import { type Coded, isMember, type Membership, Work } from './value-set.ts';

/** A concept with what its code system says of itself. */
export interface Looked {
  readonly name: string;
  readonly version: string | undefined;
  readonly concept: Concept;
}

/**
 * Looks a code up (https://hl7.org/fhir/R4/codesystem-operation-lookup.html). Errors: 404 when the code system is not known here, or has no such
 * code.
 */
export function lookup(library: Library, system: string, code: string): Looked {
  const found = codeSystemOf(library, system);
  if (found === undefined) throw notFound(`The code system ${system} is not known here`);
  const concept = found.concept(code);
  if (concept === undefined) throw notFound(`The code is not one of ${system} as it is known here`);
  return { name: found.name ?? found.url, version: found.version, concept };
}

/** Whether a code is right, and why not. */
export interface Validated {
  readonly result: boolean;
  readonly message?: string;
  readonly display?: string;
  readonly code?: string;
  readonly system?: string;
}

/** Whether the code is one of a code system. Errors: 404 when the system is not known here, 422 `not-found` when it is known in part only. */
export function validateInSystem(
  library: Library,
  system: string,
  { code, display }: Coded & { display?: string },
): Validated {
  const found = codeSystemOf(library, system);
  if (found === undefined) {
    const grammatical = isGrammatical(system, code);
    if (grammatical === undefined) throw notFound(`The code system ${system} is not known here`);
    return grammatical
      ? { result: true, code, system }
      : { result: false, message: `The code has not the form of ${system}` };
  }
  const concept = found.concept(code);
  if (concept !== undefined) return withDisplay({ code: concept.code, system: found.url }, concept.display, display);
  if (!found.complete) throw undecided([system]);
  return { result: false, message: `The code is not one of ${system}` };
}

/**
 * Whether one of the codings is in a value set. Errors: 422 `not-found` when it rests on what is not known here, which it names: that is not the same
 * as a wrong code.
 */
export function validateInValueSet(
  library: Library,
  row: ValueSetRow,
  codings: readonly (Coded & { readonly display?: string })[],
): Validated {
  if (codings.length === 0) throw invalid('There is no code to look at');
  const work = new Work();
  const memberships = codings.map((coding) => isMember(library, row, coding, work));
  const at = memberships.findIndex((one) => one.result === true);
  if (at >= 0) {
    const { system, display } = memberships[at] as Membership;
    const { code, display: given } = codings[at] as Coded & { readonly display?: string };
    return withDisplay({ code, ...(system !== undefined && { system }) }, display, given);
  }
  const unknown = memberships.flatMap((one) => one.unknown);
  if (memberships.some((one) => one.result === undefined)) throw undecided([...new Set(unknown)]);
  return { result: false, message: `The code is not in ${row.url ?? 'the value set'}` };
}

function withDisplay(
  found: { code: string; system?: string },
  display: string | undefined,
  given: string | undefined,
): Validated {
  const right = given === undefined || display === undefined || sameText(given, display);
  return {
    result: right,
    ...found,
    ...(display !== undefined && { display }),
    ...(!right && { message: 'The display is not that of the code' }),
  };
}

function sameText(a: string, b: string): boolean {
  const plain = (text: string) => text.trim().replace(/\s+/g, ' ').toLowerCase();
  return plain(a) === plain(b);
}

function undecided(unknown: readonly string[]): OutcomeError {
  const diagnostics = `${unknown.join(', ')}: not known here, so that nothing can be said about the code`;
  return new OutcomeError(422, [{ severity: 'warning', code: 'not-found', diagnostics }]);
}
