import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { type ContentKey, keyOwner } from '../../storage/index.ts';
import type { Authority } from '../consent/index.ts';
import { changeTogether, type FhirResource, type RecordsTogether } from '../records/index.ts';
import type { IntakeContext } from './context.ts';
import { type Draft, type Intake, ORIGINAL, PATIENT } from './drafts.ts';
import { linkPatients } from './merge.ts';
import { originalOf, provenanceOf } from './original.ts';
import { compartmentOf, findPatient, identifiersOf, isSame, withIdentifiers } from './patients.ts';
import { IntakeRefusal } from './refusal.ts';
import { resolveLinks } from './resolve.ts';

/** What became of a message. */
export interface Kept {
  /** True when it had been taken before: nothing was changed. */
  readonly repeated: boolean;
  /** Of the Binary with the original. */
  readonly original: string;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
}

/**
 * Stores what a message says, its original and where all of it came from, in one transaction: when this resolves it is on stable storage, when it throws
 * nothing is. A message that was taken before changes nothing.
 *
 * Errors: `IntakeRefusal`; 422 for what is no valid FHIR.
 */
export function keepMessage(context: IntakeContext, authority: Authority, intake: Intake): Promise<Kept> {
  context.requireIntact();
  return changeTogether(context, authority, async (records) => {
    const before = await takenBefore(context, records, intake);
    if (before !== null) return repeatedAs(before);

    const patient = await findPatient(records, intake.patient.key);
    const patientId = patient?.id ?? randomUUID();
    const { key, digest } = await digestUnder(context, records, patientId, intake.content);
    const same = await takenAs(records, key.id, digest);
    if (same !== null) {
      await remember(records, intake, { key, digest, original: same });
      return repeatedAs(same);
    }

    const resources: FhirResource[] = [];
    const person = patientAfter(intake, patient, patientId);
    const { prior, survivor } = await linkPatients(records, intake, person);
    resources.push(survivor, ...(prior === null ? [] : [prior]));
    const family = await compartmentOf(records, survivor);
    await requireNewest(records, intake);
    const original = originalOf(intake, patientId);
    const links = new Map([
      [PATIENT, `Patient/${patientId}`],
      [ORIGINAL, `Binary/${original.id}`],
    ]);
    resources.push(...(await recordsAfter(records, intake.drafts, { links, family })));

    const applied = await records.put([...resources, original]);
    const at = context.now?.() ?? Date.now();
    const changed = applied.filter((one, index) => one.created || isNew(one.version, resources[index]));
    const targets = changed.filter(({ type }) => type !== 'Binary');
    const sourceOf = { original: `Binary/${original.id}`, at };
    const versions = targets.map(({ type, id, version }) => `${type}/${id}/_history/${version}`);
    const ofPrior = versions.filter((one) => prior !== null && one.startsWith(`Patient/${prior.id}/`));
    const own = versions.filter((one) => !ofPrior.includes(one));
    await records.put([
      provenanceOf(intake, authority, { patient: patientId, targets: own, ...sourceOf }),
      ...(prior === null || ofPrior.length === 0
        ? []
        : [provenanceOf(intake, authority, { patient: prior.id as string, targets: ofPrior, ...sourceOf })]),
    ]);
    await remember(records, intake, { key, digest, original: original.id as string });
    const created = targets.filter((one) => one.created).length;
    return {
      repeated: false,
      original: original.id as string,
      created,
      updated: targets.length - created,
      unchanged: resources.length - targets.length,
    };
  });
}

/** What is stored already says its version; a put that made none has the same. */
function isNew(version: number, resource: FhirResource | undefined): boolean {
  const { versionId } = (resource?.meta ?? {}) as { versionId?: string };
  return versionId === undefined || Number(versionId) !== version;
}

function repeatedAs(original: string): Kept {
  return { repeated: true, original, created: 0, updated: 0, unchanged: 0 };
}

/** A number that was merged away tells nothing of the survivor: what comes under it is filed with her and changes nothing about her. */
function patientAfter({ patient }: Intake, stored: FhirResource | null, id: string): FhirResource {
  const { resource, key, merge } = patient;
  if (stored === null) return { ...resource, id };
  if (!identifiersOf(stored).some((one) => isSame(one, key))) return stored;
  const merged = merge === undefined ? stored : merge(stored, resource);
  return withIdentifiers({ ...merged, id, meta: stored.meta }, identifiersOf(resource));
}

/** The records of a message as they will be: what is there already is found by its identifier, and must be of the same patient. */
async function recordsAfter(
  records: RecordsTogether,
  drafts: readonly Draft[],
  { links, family }: { readonly links: Map<string, string>; readonly family: ReadonlySet<string> },
): Promise<FhirResource[]> {
  const stored = new Map<Draft, FhirResource>();
  for (const [type, own] of Map.groupBy(drafts, ({ resource }) => resource.resourceType)) {
    const found = await records.find(
      type,
      own.map(({ key }) => key),
    );
    for (const draft of own) {
      const [match, another] = found.filter((one) =>
        identifiersOf(one).some((identifier) => isSame(identifier, draft.key)),
      );
      if (another !== undefined)
        throw new IntakeRefusal('duplicate-key', `Several ${type} records have one identifier`);
      if (match === undefined) continue;
      requireSamePatient(match, family);
      stored.set(draft, match);
    }
  }
  for (const draft of drafts) {
    const { resourceType } = draft.resource;
    const id = stored.get(draft)?.id ?? (draft.write === 'find' || draft.write === 'amend' ? null : randomUUID());
    if (id !== null) links.set(draft.link, `${resourceType}/${id}`);
  }
  return drafts.flatMap((draft) => {
    const own = stored.get(draft);
    if (own !== undefined && (draft.write === 'find' || draft.write === 'ensure')) return [own];
    const id = links.get(draft.link)?.split('/')[1];
    if (id === undefined) return [];
    const brought = { ...resolveLinks(draft.resource, links), id };
    if (own === undefined) return [brought];
    // The record stays where it is: results of a number that was merged since belong to the record they were filed under.
    const { subject, patient } = own;
    const merged = draft.merge === undefined ? brought : draft.merge(own, brought);
    return [
      {
        ...merged,
        id,
        meta: own.meta,
        ...(subject !== undefined && { subject }),
        ...(patient !== undefined && { patient }),
      },
    ];
  });
}

/** An older version of a document that comes late would put back what was changed since. */
async function requireNewest(records: RecordsTogether, { newest }: Intake): Promise<void> {
  if (newest === undefined) return;
  const stored = await records.find('DocumentReference', [newest.set]);
  const isOlder = stored.some(({ content }) => {
    const [first] = (content ?? []) as { attachment?: { creation?: string } }[];
    return Date.parse(first?.attachment?.creation ?? '') > Date.parse(newest.saidAt);
  });
  if (isOlder) throw new IntakeRefusal('duplicate-key', 'A newer version of this document was taken before');
}

/** An order number that comes again for somebody else would file her results under him. */
function requireSamePatient(stored: FhirResource, family: ReadonlySet<string>): void {
  const { reference } = (stored.subject ?? stored.patient ?? {}) as { reference?: string };
  if (reference === undefined || family.has(reference)) return;
  const message = `The identifier of a ${stored.resourceType} belongs to another patient's record`;
  throw new IntakeRefusal('duplicate-key', message, { segment: 'PID', sequence: 1, field: 3 });
}

interface TakenRow {
  readonly key_id: string;
  readonly digest: Uint8Array;
  readonly original: string;
}

/** The original of a message of the same sender and id. Errors: `duplicate-key` when that one said something else. */
async function takenBefore(context: IntakeContext, { tx }: RecordsTogether, intake: Intake): Promise<string | null> {
  const [row] = await tx.query<TakenRow>(
    'select key_id, digest, original from intake_message where sender = $1 and message = $2',
    [intake.sender, intake.message],
  );
  if (row === undefined) return null;
  const key = (await context.keys.presentOf(tx, [row.key_id])).get(row.key_id);
  if (key !== undefined && timingSafeEqual(digestOf(key, intake.content), row.digest)) return row.original;
  throw new IntakeRefusal('duplicate-key', 'Another message of this sender had the same id');
}

async function takenAs({ tx }: RecordsTogether, keyId: string, digest: Uint8Array): Promise<string | null> {
  const [row] = await tx.query<TakenRow>(
    'select key_id, digest, original from intake_message where key_id = $1 and digest = $2 limit 1',
    [keyId, digest],
  );
  return row?.original ?? null;
}

async function remember(
  { tx }: RecordsTogether,
  { sender, message }: Intake,
  { key, digest, original }: { readonly key: ContentKey; readonly digest: Uint8Array; readonly original: string },
): Promise<void> {
  await tx.query(
    'insert into intake_message (sender, message, key_id, digest, original, received_at) values ($1, $2, $3, $4, $5, now())',
    [sender, message, key.id, digest, original],
  );
}

async function digestUnder(
  context: IntakeContext,
  { tx }: RecordsTogether,
  patient: string,
  content: Uint8Array,
): Promise<{ key: ContentKey; digest: Uint8Array }> {
  const owner = keyOwner(patient);
  const key = (await context.keys.forOwners(tx, [owner])).get(owner) as ContentKey;
  return { key, digest: digestOf(key, content) };
}

/** Keyed by the patient's content key, under a key of its own: with that erased, nobody can confirm a guess about a message (promise P5). */
function digestOf({ secret }: ContentKey, content: Uint8Array): Uint8Array {
  const own = createHmac('sha256', secret).update('anamnesis/intake-digest/v1').digest();
  return createHmac('sha256', own).update(content).digest();
}
