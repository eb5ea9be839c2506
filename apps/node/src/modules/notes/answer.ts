import { randomUUID } from 'node:crypto';
import { badRequest, conflict, forbidden } from '@anamnesis/protocol';
import type { Authority } from '../consent/index.ts';
import { announce } from '../events/index.ts';
import type { ExchangeContext } from '../exchange/index.ts';
import { type FhirResource, openRecords, openRecordWriter, type Written } from '../records/index.ts';
import { correct } from './correct.ts';
import { CONTRIBUTED, contributed, plainText } from './write.ts';

/** What becomes of a request to correct something. */
const DECISIONS = ['accepted', 'rejected', 'completed'] as const;
type Decision = (typeof DECISIONS)[number];

interface Contribution {
  readonly id: string;
  readonly status: string;
  readonly subject?: { readonly reference?: string };
  readonly for?: { readonly reference?: string };
  readonly category?: readonly { readonly coding?: readonly { readonly system?: string }[] }[];
  readonly code?: { readonly coding?: readonly { readonly system?: string }[] };
  readonly note?: readonly object[];
  readonly meta?: { readonly versionId?: string };
}

/**
 * Answers what a patient said: a note by another Communication, a request to correct something by the Task's status and a note on it. With `corrected`, the record
 * as it ought to be, a request is completed by that version (see {@link correct}); what was corrected otherwise is completed without.
 *
 * Errors: 403 for who writes no records here, 400, 404, 409 when the Task is finished, 412 when somebody answered it at the same time.
 */
export async function answerNote(context: ExchangeContext, authority: Authority, body: unknown): Promise<FhirResource> {
  if (authority.basis.kind !== 'staff' || !authority.actions.has('write')) throw forbidden();
  const { reference, text, decision, corrected } = (body ?? {}) as Record<string, unknown>;
  const [, type, id] =
    (typeof reference === 'string' ? /^(Communication|Task)\/([A-Za-z0-9.-]{1,64})$/.exec(reference) : null) ?? [];
  if (type === undefined || id === undefined) throw badRequest('reference must be that of a Communication or Task');
  const said = plainText(text);
  const contribution = (await openRecords(context, authority).read(type, id)) as unknown as Contribution;
  const marks = type === 'Task' ? [contribution.code] : (contribution.category ?? []);
  const patient = (contribution.for ?? contribution.subject)?.reference;
  if (!marks.some((mark) => mark?.coding?.some(({ system }) => system === CONTRIBUTED)) || patient === undefined) {
    throw badRequest('The record was not contributed by a patient');
  }
  const at = new Date(context.clock()).toISOString();
  const writer = openRecordWriter(context, authority);
  const answerTask = async (task: FhirResource): Promise<Written> => {
    const status = decisionOf(decision);
    if (corrected !== undefined && status !== 'completed') throw badRequest('corrected goes with decision completed');
    const answered = decided(contribution, status, said, authority.actor, at);
    if (corrected !== undefined) return correct(context, authority, { task, decided: answered, corrected });
    const { versionId } = contribution.meta ?? {};
    return writer.update(answered, { id, ...(versionId !== undefined && { ifMatch: `W/"${versionId}"` }) });
  };
  const written =
    type === 'Task'
      ? await answerTask(contribution as unknown as FhirResource)
      : await writer.create(reply(id, patient, said, authority.actor, at));
  const { resource } = written;
  await context.database.transaction((tx) =>
    announce(context, tx, {
      audience: patient as `Patient/${string}`,
      kind: 'note',
      ref: `${resource.resourceType}/${resource.id ?? randomUUID()}/${written.version}`,
      notice: true,
    }),
  );
  return resource;
}

function decisionOf(decision: unknown): Decision {
  const known = DECISIONS.find((one) => one === decision);
  if (known === undefined) throw badRequest(`decision must be one of ${DECISIONS.join(', ')}`);
  return known;
}

function decided(task: Contribution, status: Decision, text: string, actor: string, at: string): FhirResource {
  if (task.status === 'rejected' || task.status === 'completed') throw conflict('The request is finished');
  const note = { authorReference: { reference: actor }, time: at, text };
  return { ...task, status, lastModified: at, note: [...(task.note ?? []), note] } as unknown as FhirResource;
}

function reply(id: string, patient: string, text: string, actor: string, at: string): FhirResource {
  return {
    resourceType: 'Communication',
    inResponseTo: [{ reference: `Communication/${id}` }],
    status: 'completed',
    category: [contributed('reply')],
    subject: { reference: patient },
    sent: at,
    sender: { reference: actor },
    recipient: [{ reference: patient }],
    payload: [{ contentString: text }],
  };
}
