import { forbidden } from '@anamnesis/protocol';
import type { FastifyInstance } from 'fastify';
import { listOrganizations } from '../modules/directory/index.ts';
import {
  answerRequest,
  askForAccess,
  listRequests,
  readRequest,
  takeMessage,
  withdrawRequest,
} from '../modules/requests/index.ts';
import { authorityOf } from './authenticate.ts';
import type { ApiContext } from './context.ts';

/** How long an answer waits for the first attempt to reach the other organisation, in milliseconds. */
const FIRST_ATTEMPT = 3_000;

/** Requests for access: a clinician asks, the patient's node shows it to her, she answers, and the clinician's node hears of it. */
export function requestRoutes(server: FastifyInstance, api: ApiContext): void {
  const { context, courier } = api;
  const tryNow = async (): Promise<void> => {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((done) => {
      timer = setTimeout(done, FIRST_ATTEMPT);
    });
    await Promise.race([courier.flush(), patience]);
    clearTimeout(timer);
  };

  server.post('/api/v1/requests', async (request, reply) => {
    const authority = await authorityOf(api, request);
    const { id } = await askForAccess(context, authority, request.body);
    await tryNow();
    return reply.status(201).send({ request: await readRequest(context, authority, id) });
  });

  server.get<{ Querystring: { patient?: string; state?: string } }>('/api/v1/requests', async (request) => {
    const { patient, state } = request.query;
    return { requests: await listRequests(context, await authorityOf(api, request), { patient, state }) };
  });

  server.get<{ Params: { id: string } }>('/api/v1/requests/:id', async (request) => ({
    request: await readRequest(context, await authorityOf(api, request), request.params.id),
  }));

  server.post<{ Params: { id: string } }>('/api/v1/requests/:id/answer', async (request) => {
    const { basis, scope } = await authorityOf(api, request);
    const patient = scope.kind === 'limited' ? scope.patients[0] : undefined;
    if (basis.kind !== 'subject' || patient === undefined) throw forbidden();
    const session = { subject: basis.subject, patient };
    const answered = await answerRequest(context, session, request.params.id, request.body, request.id);
    await tryNow();
    return { request: answered };
  });

  server.delete<{ Params: { id: string } }>('/api/v1/requests/:id', async (request) => {
    const withdrawn = await withdrawRequest(context, await authorityOf(api, request), request.params.id);
    void courier.flush();
    return { request: withdrawn };
  });

  /** What another organisation's node tells us. It proves who it is as at the token endpoint. */
  server.post('/api/v1/peer/messages', async (request) => {
    api.checkpoints.requireIntact();
    await takeMessage(context, request.body);
    return { taken: true };
  });

  /** The organisations of the consortium by name, as the Directory and their pinned profiles say. */
  server.get('/api/v1/organizations', async () => {
    const own = context.ledger.organization;
    const organizations = await listOrganizations(context.database);
    return {
      organizations: await Promise.all(
        organizations.map(async ({ id, active, roles, jurisdiction }) => {
          const profile = await context.directory.peer(id).then(
            (peer) => peer.profile,
            () => null,
          );
          const name = id === own ? api.config.name : (profile?.organization.name ?? null);
          const node = profile?.endpoints.api.replace(/\/api\/v1$/, '') ?? null;
          return { id, name, active, roles, jurisdiction, node: id === own ? api.config.publicUrl : node };
        }),
      ),
    };
  });
}
