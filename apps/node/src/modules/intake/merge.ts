import { subjectsOf } from '../consent/index.ts';
import type { FhirResource, RecordsTogether } from '../records/index.ts';
import type { Intake } from './drafts.ts';
import { identifiersOf, replacedBy, withIdentifier, withIdentifiers } from './patients.ts';
import { IntakeRefusal } from './refusal.ts';

const PLACE = { segment: 'MRG', sequence: 1, field: 1 };

/**
 * Merges a patient's prior record into the surviving one (ADT^A40) as far as that is safe: the two are linked, the prior one is set inactive, and what comes for its
 * number goes to the survivor from now on. No record moves: each stays in the compartment it was written in, under the consents that were given
 * for it, because a clerk's merge must open to nobody what a patient kept closed.
 *
 * Errors: `duplicate-key` where both records have a key of a patient's, or one was merged otherwise before: then a person has to look.
 */
export async function linkPatients(
  records: RecordsTogether,
  { prior }: Intake,
  survivor: FhirResource,
): Promise<{ readonly survivor: FhirResource; readonly prior: FhirResource | null }> {
  if (prior === undefined) return { survivor, prior: null };
  const old = await withIdentifier(records, prior.key);
  if (old === null) {
    // Never seen here: the number is the survivor's from now on.
    const numbers = identifiersOf(prior.resource).map((one) => ({ ...one, use: 'old' }));
    return { survivor: withIdentifiers(survivor, numbers), prior: null };
  }
  const into = replacedBy(old);
  if (old.id === survivor.id || into === survivor.id) return { survivor, prior: null };
  if (into !== null) throw new IntakeRefusal('duplicate-key', 'The prior record was merged into another before', PLACE);
  const keys = [await subjectsOf(records.tx, old.id as string), await subjectsOf(records.tx, survivor.id as string)];
  if (keys.every((subjects) => subjects.length > 0)) {
    throw new IntakeRefusal('duplicate-key', 'Both records have a key of a patient: a person must decide', PLACE);
  }
  return {
    survivor: linked(survivor, 'replaces', old.id as string),
    prior: { ...linked(old, 'replaced-by', survivor.id as string), active: false },
  };
}

function linked(patient: FhirResource, type: string, other: string): FhirResource {
  const link = (patient.link ?? []) as object[];
  return { ...patient, link: [...link, { other: { reference: `Patient/${other}` }, type }] };
}
