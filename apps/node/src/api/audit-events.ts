import { badRequest, notFound } from '@anamnesis/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { accessSearch, findAccess, readAccessLog, searchAccess } from '../modules/audit/index.ts';
import { openRecords } from '../modules/records/index.ts';
import { authorityOf } from './authenticate.ts';
import { logLook, requireOwn } from './consent.ts';
import type { ApiContext } from './context.ts';
import { FHIR, sendRecord } from './fhir.ts';
import { preferencesOf, queryOf, sendFhir } from './negotiate.ts';
import { patientIn } from './patient.ts';
import { entriesSeenBy } from './seen-entries.ts';

interface Routed {
  Params: { readonly id: string };
}

/**
 * The access log as FHIR: AuditEvents of one patient, for herself and for the staff of the organisation. AuditEvents that others stored here as records are
 * read by their ids, and found by a search of the system (`?_type=AuditEvent`).
 */
export function auditEventRoutes(server: FastifyInstance, api: ApiContext): void {
  const { context } = api;

  server.get(`${FHIR}/AuditEvent`, (request, reply) => search(api, request, reply, queryOf(request)));
  server.post(`${FHIR}/AuditEvent/_search`, (request, reply) => {
    const form = request.body instanceof URLSearchParams ? request.body.toString() : '';
    return search(api, request, reply, [queryOf(request), form].filter((part) => part !== '').join('&'));
  });
  server.get<Routed>(`${FHIR}/Patient/:id/AuditEvent`, (request, reply) =>
    search(api, request, reply, queryOf(request), request.params.id),
  );

  server.get<Routed>(`${FHIR}/AuditEvent/:id`, async (request, reply) => {
    const authority = await authorityOf(api, request);
    const { id } = request.params;
    const found = await findAccess(context.database, id);
    if (found === null) return sendRecord(request, reply, await openRecords(context, authority).read('AuditEvent', id));
    requireOwn(authority, found.patient);
    const { entries } = await readAccessLog(context, context.database, { before: found.index + 1, count: 1 });
    const shown = (await entriesSeenBy(api, authority)?.(entries)) ?? entries;
    // As where there is none.
    if (shown.length < entries.length) throw notFound();
    await logLook(context, authority, found.patient, `AuditEvent?_id=${id}`);
    const [entry] = shown;
    if (entry === undefined) throw badRequest('The entry cannot be opened');
    return sendFhir(request, reply, entry.event as { resourceType: string });
  });
}

async function search(
  api: ApiContext,
  request: FastifyRequest,
  reply: FastifyReply,
  query: string,
  compartment?: string,
): Promise<FastifyReply> {
  const { context } = api;
  const authority = await authorityOf(api, request);
  const asked = accessSearch(query);
  if (asked.ignored.length > 0 && preferencesOf(request).strict) {
    throw badRequest(`These parameters are not supported: ${asked.ignored.join(', ')}`);
  }
  const patient = patientIn(authority, compartment ?? asked.patient);
  const { entries, next } = await searchAccess(
    context,
    context.database,
    { ...asked, patient },
    entriesSeenBy(api, authority),
  );
  const own = new URLSearchParams(query);
  own.delete('_before');
  for (const name of asked.ignored) own.delete(name);
  own.set('patient', patient);
  if (entries.length > 0) await logLook(context, authority, patient, `AuditEvent?${own}`);
  const self = `${context.base}/AuditEvent?${own}`;
  return sendFhir(request, reply, {
    resourceType: 'Bundle',
    type: 'searchset',
    link: [
      { relation: 'self', url: self },
      ...(next === null ? [] : [{ relation: 'next', url: `${self}&_before=${next}` }]),
    ],
    entry: entries.map(({ event }) => ({
      fullUrl: `${context.base}/AuditEvent/${(event as { id: string }).id}`,
      resource: event,
      search: { mode: 'match' },
    })),
  });
}
