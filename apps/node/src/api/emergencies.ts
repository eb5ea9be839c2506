import { AnamnesisError, badRequest, forbidden } from '@anamnesis/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Authority } from '../modules/consent/index.ts';
import {
  declare,
  endDeclared,
  fetchInEmergency,
  findDeclared,
  listDeclared,
  review,
} from '../modules/exchange/index.ts';
import { authorityOf } from './authenticate.ts';
import type { ApiContext } from './context.ts';

const STATES = ['pending', 'refused', 'open', 'due', 'overdue', 'reviewed'];

/** Emergency access: declaring it, reading in it, the review queue. For people who work here; a patient sees what was declared about her. */
export function emergencyRoutes(server: FastifyInstance, api: ApiContext): void {
  const { context } = api;

  server.post('/api/v1/emergencies', async (request, reply) => {
    const declared = await declare(context, await staffOf(api, request), request.body);
    return reply.status(202).send(declared);
  });

  /** `set`: `first` or `rest`; the rest needs `text`, why. */
  server.post<{ Params: { id: string } }>('/api/v1/emergencies/:id/fetch', async (request) => {
    const authority = await staffOf(api, request);
    const { set = 'first', text = null } = bodyOf(request);
    if (set !== 'first' && set !== 'rest') throw badRequest('set must be first or rest');
    if (text !== null && typeof text !== 'string') throw badRequest('text must be words');
    return fetchInEmergency(context, authority, request.params.id, { set, more: text });
  });

  server.get<{ Querystring: { state?: string } }>('/api/v1/emergencies', async (request) => {
    const { state } = request.query;
    if (state !== undefined && !STATES.includes(state)) throw badRequest(`state must be one of ${STATES.join(', ')}`);
    return { emergencies: await listDeclared(context, await readerOf(api, request), state) };
  });

  server.get<{ Params: { id: string } }>('/api/v1/emergencies/:id', async (request) => {
    return { emergency: await findDeclared(context, await readerOf(api, request), request.params.id) };
  });

  server.post<{ Params: { id: string } }>('/api/v1/emergencies/:id/end', async (request, reply) => {
    await endDeclared(context, await staffOf(api, request), request.params.id);
    return reply.status(202).send({ taken: true });
  });

  server.post<{ Params: { id: string } }>('/api/v1/emergencies/:id/review', async (request, reply) => {
    await review(context, await staffOf(api, request), request.params.id, request.body);
    return reply.status(202).send({ taken: true });
  });
}

async function staffOf(api: ApiContext, request: FastifyRequest): Promise<Authority> {
  const authority = await authorityOf(api, request);
  if (authority.basis.kind !== 'staff') throw forbidden();
  return authority;
}

/** Staff, or the patient herself. */
async function readerOf(api: ApiContext, request: FastifyRequest): Promise<Authority> {
  const authority = await authorityOf(api, request);
  return authority.basis.kind === 'subject' ? authority : staffOf(api, request);
}

function bodyOf({ body }: FastifyRequest): Record<string, unknown> {
  if (body === undefined || body === null) return {};
  if (typeof body === 'object' && !Array.isArray(body)) return body as Record<string, unknown>;
  throw new AnamnesisError('request-malformed', 'The body must be a JSON object');
}
