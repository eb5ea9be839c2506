import { randomUUID } from 'node:crypto';
import { badRequest, conflict } from '@anamnesis/protocol';
import type { Authority } from '../consent/index.ts';
import type { ExchangeContext } from '../exchange/index.ts';
import { changeTogether, type FhirResource, openRecords, type Written } from '../records/index.ts';
import { contributed } from './write.ts';

const OPERATION = 'http://terminology.hl7.org/CodeSystem/v3-DataOperation';

interface Versioned {
  readonly meta?: {
    readonly versionId?: string;
    readonly security?: readonly { readonly system?: string; readonly code?: string }[];
  };
}

/**
 * Corrects a record as a patient has asked: its next version, the answered Task, which names that version as its output, and a Provenance of the correction
 * (https://hl7.org/fhir/R4/provenance.html), all or nothing. The Provenance is of the new version, a revision of the old one, by reason of the Task; so either
 * version and the request lead to the others. The old version stays in the record's history.
 *
 * @param task the Task as it was read; `decided`: as it is to be. `corrected`: the whole record as it ought to be.
 * Errors: 400 when that is another record than the Task is about, 403, 409 when it changes nothing, 412 when Task or record were changed meanwhile, 422.
 */
export async function correct(
  context: ExchangeContext,
  authority: Authority,
  {
    task,
    decided,
    corrected,
  }: { readonly task: FhirResource; readonly decided: FhirResource; readonly corrected: unknown },
): Promise<Written> {
  const focus = (task.focus as { readonly reference?: string } | undefined)?.reference ?? '';
  const { resourceType, id, ...rest } = (corrected ?? {}) as FhirResource;
  if (`${resourceType}/${id}` !== focus) throw badRequest('corrected must be the record that the request is about');
  // Under the scope of who corrects: what she may not see she does not change.
  const before = await openRecords(context, authority).read(resourceType, id as string);
  const result = await changeTogether(context, authority, async (records) => {
    for (const seen of [task, before]) {
      const now = await records.read(seen.resourceType, seen.id as string);
      if (now === null || versionOf(now) !== versionOf(seen)) throw conflict('It was changed meanwhile');
    }
    const [version] = await records.put([{ ...rest, resourceType, id } as FhirResource]);
    if (version === undefined || String(version.version) === versionOf(before))
      throw conflict('The record says that already');
    const next = `${focus}/_history/${version.version}`;
    const [answered] = await records.put([
      { ...decided, output: [{ type: contributed('correction'), valueReference: { reference: next } }] },
      provenance(authority, { task, before, next, at: version.lastUpdated }),
    ]);
    return answered;
  });
  if (result?.resource === null || result === undefined) throw conflict('The request is finished');
  return {
    resource: result.resource,
    created: false,
    version: String(result.version),
    lastUpdated: result.lastUpdated,
  };
}

function provenance(
  { actor, display }: Authority,
  made: { readonly task: FhirResource; readonly before: FhirResource; readonly next: string; readonly at: string },
): FhirResource {
  const { task, before, next, at } = made;
  const { reference: patient = '' } = task.for as { readonly reference?: string };
  const old = `${before.resourceType}/${before.id}/_history/${versionOf(before)}`;
  // It tells that the record exists, so it is as sensitive.
  const security = ((before as Versioned).meta?.security ?? []).map(({ system, code }) => ({ system, code }));
  return {
    resourceType: 'Provenance',
    id: randomUUID(),
    ...(security.length > 0 && { meta: { security } }),
    // The patient is a target, too: by her the Provenance is hers.
    target: [next, ...(next.startsWith(`${patient}/`) ? [] : [patient])].map((reference) => ({ reference })),
    recorded: at,
    activity: { coding: [{ system: OPERATION, code: 'UPDATE' }] },
    agent: [{ who: { reference: actor, ...(display !== null && { display }) } }],
    entity: [
      { role: 'revision', what: { reference: old } },
      { role: 'source', what: { reference: `Task/${task.id}` } },
    ],
  };
}

function versionOf(resource: FhirResource): string | undefined {
  return (resource as Versioned).meta?.versionId;
}
