import { AnamnesisError, badRequest, forbidden } from '@anamnesis/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isAddress } from 'viem';
import { appendAccess } from '../modules/audit/index.ts';
import {
  type Authority,
  checkSession,
  consentEntry,
  linkSubject,
  listConsents,
  patientOf,
  patientRequester,
  type Requester,
  receiveGrant,
  receiveRefusal,
  sealedConsents,
  standingOf,
  termsFromConsent,
} from '../modules/consent/index.ts';
import { authorityOf } from './authenticate.ts';
import type { ApiContext } from './context.ts';

/** Linking a subject to its Patient, giving consent and refusing it. Consents and refusals carry their own proof: a signature. */
export function consentRoutes(server: FastifyInstance, api: ApiContext): void {
  const { context } = api;

  server.post('/api/v1/subjects', async (request, reply) => {
    const authority = await authorityOf(api, request);
    const role = authority.basis.kind === 'staff' ? authority.basis.role : undefined;
    // Whoever reads or writes records is not who says whose key it is.
    if (role !== 'registrar' && role !== 'operator') throw forbidden();
    const { patient, ...rest } = objectOf(request.body);
    if (typeof patient !== 'string' || patient === '') throw badRequest('patient must be the id of a Patient');
    const { signature, ...session } = checkSession(rest, 'session');
    const link = { patient, session, signature, another: role === 'operator' };
    await linkSubject(context, requesterOf(authority), link);
    return reply.status(201).send({ subject: session.subject, patient });
  });

  server.post('/api/v1/consents', async (request, reply) => {
    api.checkpoints.requireIntact();
    const { isNew, id } = await receiveGrant(context, await signerOf(api, request, subjectIn(request)), request.body);
    return reply.status(isNew ? 201 : 200).send({ id });
  });

  /** A FHIR Consent as terms for the patient's device to sign, or the reason why terms cannot say it. */
  server.post('/api/v1/consents/terms', async (request) => {
    await authorityOf(api, request);
    return { terms: termsFromConsent(request.body) };
  });

  server.get<{ Querystring: { subject?: string } }>('/api/v1/consents', async (request) => {
    const authority = await authorityOf(api, request);
    const { subject = '' } = request.query;
    if (!isAddress(subject, { strict: false })) throw badRequest('subject must be an address');
    const patient = await patientOf(context.database, subject);
    requireOwn(authority, patient);
    const consents = await listConsents(context, subject);
    await logLook(context, authority, patient, `Consent?patient=Patient/${patient}`);
    const judged = await Promise.all(
      consents.map(async (consent) => {
        const reason = await standingOf(context, context.database, consent);
        return { ...consent, revoked: reason === 'revoked' || reason === 'wrong-epoch' };
      }),
    );
    const sealed = await sealedConsents(context, subject, judged);
    return { consents: judged.map(({ id, grant, revoked }) => ({ id, ...grant, revoked, sealed: sealed.has(id) })) };
  });

  server.post('/api/v1/refusals', async (request, reply) => {
    api.checkpoints.requireIntact();
    await receiveRefusal(context, await signerOf(api, request, subjectIn(request)), request.body);
    return reply.status(202).send({ honoured: true });
  });
}

/** Who hands in something signed: the patient whose subject it names, whoever carries the message. */
async function signerOf(api: ApiContext, request: FastifyRequest, subject: string): Promise<Requester> {
  const { context } = api;
  const patient = isAddress(subject, { strict: false }) ? await patientOf(context.database, subject) : null;
  return patientRequester(context, patient ?? 'unknown', request.id);
}

function subjectIn(request: FastifyRequest): string {
  const body = objectOf(request.body);
  const terms = typeof body.terms === 'object' && body.terms !== null ? (body.terms as Record<string, unknown>) : body;
  return typeof terms.subject === 'string' ? terms.subject : '';
}

function objectOf(body: unknown): Record<string, unknown> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  throw new AnamnesisError('request-malformed', 'The body must be a JSON object');
}

/** All patients of the organisation: no id, so that nobody's can be taken for it. */
export const EVERYBODY = Symbol('everybody');

/**
 * Writes into the access log that staff look at what is kept about a patient beside her records: who read them, what she consented to; {@link EVERYBODY}: at what is
 * kept about all of them. Her own look is not written: each page would make the next entry.
 */
export async function logLook(
  context: ApiContext['context'],
  authority: Authority,
  patient: string | typeof EVERYBODY | null,
  query: string,
): Promise<void> {
  const { basis, purpose } = authority;
  if (basis.kind === 'subject' || patient === null) return;
  const patients = patient === EVERYBODY ? [] : [patient];
  const entry = consentEntry(requesterOf(authority), {
    ...{ at: context.clock(), action: 'search', basis: basis.kind, purpose, patients, query },
  });
  await context.database.transaction((tx) => appendAccess(context, tx, [entry]));
}

/** Staff of the organisation, or the patient herself. Errors: 403. */
export function requireOwn(authority: Authority, patient: string | null): void {
  if (authority.basis.kind === 'staff' && authority.actions.has('read')) return;
  const { scope } = authority;
  if (
    authority.basis.kind === 'subject' &&
    scope.kind === 'limited' &&
    patient !== null &&
    scope.patients.includes(patient)
  )
    return;
  throw forbidden();
}

/** Who may see who looked: staff who read, the patient herself, and auditors, who see nothing else. Errors: 403. */
export function requireLog(authority: Authority, patient: string | null): void {
  if (authority.basis.kind === 'staff' && authority.basis.role === 'auditor') return;
  requireOwn(authority, patient);
}

function requesterOf({ actor, display, organization, automatic, requestId }: Authority): Requester {
  return { actor, display, organization, automatic, requestId };
}
