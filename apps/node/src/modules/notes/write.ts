import { randomUUID } from 'node:crypto';
import { badRequest, forbidden, OutcomeError } from '@anamnesis/protocol';
import type { Authority } from '../consent/index.ts';
import { announce } from '../events/index.ts';
import type { ExchangeContext } from '../exchange/index.ts';
import { type FhirResource, openRecords, openRecordWriter } from '../records/index.ts';

/** System of what marks a record as contributed by the patient: `note`, `correction`, and `reply` for what staff answer. */
export const CONTRIBUTED = 'https://anamnesis.example/code/contributed';

/** A note is at most so long, in characters: what is longer is a document. */
export const LONGEST_NOTE = 20_000;

const ABOUT = /^([A-Z][A-Za-z]{1,63})\/([A-Za-z0-9.-]{1,64})$/;
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * Writes what a patient says into her own record: a note becomes a Communication, a request to correct something a Task, which staff find as FHIR. `id` (a
 * random UUID) makes sending it again after an answer was lost the same note. Nothing that it is about is changed.
 *
 * Errors: 403 for anybody but the patient, 400, 404 when what it is about is not hers.
 */
export async function writeNote(context: ExchangeContext, authority: Authority, body: unknown): Promise<FhirResource> {
  const { basis, scope } = authority;
  const patient = scope.kind === 'limited' ? scope.patients[0] : undefined;
  if (basis.kind !== 'subject' || patient === undefined) throw forbidden();
  const { id = randomUUID(), kind, text, about } = (body ?? {}) as Record<string, unknown>;
  if (typeof id !== 'string' || !ID.test(id)) throw badRequest('id must be a random UUID');
  if (kind !== 'note' && kind !== 'correction') throw badRequest('kind must be note or correction');
  const said = plainText(text);
  const reference = await aboutOf(context, authority, about);
  if (kind === 'correction' && reference === null)
    throw badRequest('about must name the record that is to be corrected');
  const at = new Date(context.clock()).toISOString();
  const resource =
    kind === 'note' ? communication(id, patient, said, reference, at) : task(id, patient, said, reference, at);
  // Her session reads; this one record is written in her name, and nothing else can be by it.
  const writer = openRecordWriter(context, { ...authority, actions: new Set(['read', 'write']) });
  const written = await writer.update(resource, { id, ifNoneMatch: '*' }).catch((error: unknown) => {
    if (error instanceof OutcomeError && error.status === 412) return null;
    throw error;
  });
  if (written === null) return openRecords(context, authority).read(resource.resourceType, id);
  await context.database.transaction((tx) =>
    announce(context, tx, { audience: 'staff', kind: 'note', ref: `${resource.resourceType}/${id}`, notice: true }),
  );
  return written.resource;
}

/** Plain text of a person. Errors: 400. */
export function plainText(text: unknown): string {
  if (typeof text !== 'string' || text.trim() === '' || text.length > LONGEST_NOTE || !text.isWellFormed()) {
    throw badRequest(`text must be 1 to ${LONGEST_NOTE} characters`);
  }
  if (!/^(\P{Cc}|[\t\n\r])*$/u.test(text)) throw badRequest('text must be plain text');
  return text;
}

async function aboutOf(context: ExchangeContext, authority: Authority, about: unknown): Promise<string | null> {
  if (about === undefined || about === null) return null;
  const [, type, id] = (typeof about === 'string' ? ABOUT.exec(about) : null) ?? [];
  if (type === undefined || id === undefined) throw badRequest('about must be a reference such as Observation/7');
  await openRecords(context, authority).read(type, id);
  return `${type}/${id}`;
}

function communication(id: string, patient: string, text: string, about: string | null, at: string): FhirResource {
  return {
    resourceType: 'Communication',
    id,
    status: 'completed',
    category: [contributed('note')],
    subject: { reference: `Patient/${patient}` },
    ...(about !== null && { about: [{ reference: about }] }),
    sent: at,
    sender: { reference: `Patient/${patient}` },
    payload: [{ contentString: text }],
  };
}

function task(id: string, patient: string, text: string, about: string | null, at: string): FhirResource {
  return {
    resourceType: 'Task',
    id,
    status: 'requested',
    intent: 'proposal',
    code: contributed('correction'),
    description: text,
    ...(about !== null && { focus: { reference: about } }),
    for: { reference: `Patient/${patient}` },
    authoredOn: at,
    lastModified: at,
    requester: { reference: `Patient/${patient}` },
  };
}

/** The concept that marks what patients contribute. */
export function contributed(code: 'note' | 'correction' | 'reply'): object {
  return { coding: [{ system: CONTRIBUTED, code }] };
}
