import type { FhirResource, FullIdentifier, RecordsTogether } from '../records/index.ts';
import { IntakeRefusal } from './refusal.ts';

/** How many merges may stand one behind the other. */
const MAX_CHAIN = 16;
const PLACE = { segment: 'PID', sequence: 1, field: 3 };

/** The identifiers of a resource that have both parts, whether it has one or a list. */
export function identifiersOf(resource: FhirResource): FullIdentifier[] {
  const { identifier, masterIdentifier } = resource;
  const all = [masterIdentifier, ...(Array.isArray(identifier) ? identifier : [identifier])];
  return all.filter((one): one is FullIdentifier => {
    const { system, value } = (one ?? {}) as { system?: unknown; value?: unknown };
    return typeof system === 'string' && typeof value === 'string';
  });
}

/** Whether two identifiers are one. */
export function isSame(one: FullIdentifier, other: FullIdentifier): boolean {
  return one.system === other.system && one.value === other.value;
}

/** A resource with these identifiers besides its own. */
export function withIdentifiers(resource: FhirResource, more: readonly FullIdentifier[]): FhirResource {
  const own = identifiersOf(resource);
  const fresh = more.filter((one) => !own.some((other) => isSame(one, other)));
  return fresh.length === 0
    ? resource
    : { ...resource, identifier: [...((resource.identifier as unknown[] | undefined) ?? []), ...fresh] };
}

/**
 * The Patient of an identifier; a record that was merged into another leads to that one. Null where there is none. Errors: `duplicate-key` when
 * several have it: nobody is guessed.
 */
export async function findPatient(records: RecordsTogether, key: FullIdentifier): Promise<FhirResource | null> {
  const found = await withIdentifier(records, key);
  if (found === null) return null;
  let patient = found;
  for (let step = 0; step < MAX_CHAIN; step++) {
    const next = replacedBy(patient);
    if (next === null) return patient;
    const other = await records.read('Patient', next);
    if (other === null) return patient;
    patient = other;
  }
  throw new IntakeRefusal('duplicate-key', 'The records of this patient were merged in a circle', PLACE);
}

/** The one Patient that carries an identifier itself. Errors: `duplicate-key`. */
export async function withIdentifier(records: RecordsTogether, key: FullIdentifier): Promise<FhirResource | null> {
  const [found = null, another] = await records.find('Patient', [key]);
  if (another !== undefined) throw new IntakeRefusal('duplicate-key', 'Several patients have this identifier', PLACE);
  return found;
}

/** References of a Patient and of those that were merged into it. */
export async function compartmentOf(records: RecordsTogether, patient: FhirResource): Promise<Set<string>> {
  const family = new Set([`Patient/${patient.id}`]);
  const queue = linksOf(patient, 'replaces');
  while (queue.length > 0 && family.size <= MAX_CHAIN) {
    const id = queue.pop() as string;
    if (family.has(`Patient/${id}`)) continue;
    family.add(`Patient/${id}`);
    const other = await records.read('Patient', id);
    if (other !== null) queue.push(...linksOf(other, 'replaces'));
  }
  return family;
}

/** The id of the Patient that replaced this one. */
export function replacedBy(patient: FhirResource): string | null {
  return linksOf(patient, 'replaced-by')[0] ?? null;
}

function linksOf({ link }: FhirResource, type: 'replaces' | 'replaced-by'): string[] {
  return ((link ?? []) as { type?: string; other?: { reference?: string } }[]).flatMap((one) => {
    const [, id] = /^Patient\/([A-Za-z0-9\-.]{1,64})$/.exec(one.other?.reference ?? '') ?? [];
    return one.type === type && id !== undefined ? [id] : [];
  });
}
