import type { FastifyInstance } from 'fastify';
import { answerNote, writeNote } from '../modules/notes/index.ts';
import { authorityOf } from './authenticate.ts';
import type { ApiContext } from './context.ts';

/** Notes and requests for correction: of patients about their records, and what staff answer. They are read and searched as FHIR. */
export function noteRoutes(server: FastifyInstance, api: ApiContext): void {
  const { context } = api;

  server.post('/api/v1/notes', async (request, reply) => {
    const resource = await writeNote(context, await authorityOf(api, request), request.body);
    return reply.status(201).send({ reference: `${resource.resourceType}/${resource.id}`, resource });
  });

  server.post('/api/v1/notes/answers', async (request, reply) => {
    const resource = await answerNote(context, await authorityOf(api, request), request.body);
    return reply.status(201).send({ reference: `${resource.resourceType}/${resource.id}`, resource });
  });
}
