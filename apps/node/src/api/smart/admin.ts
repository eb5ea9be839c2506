import { AnamnesisError, badRequest, forbidden, notFound } from '@anamnesis/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ownScope } from '../../modules/consent/index.ts';
import { openRecords } from '../../modules/records/index.ts';
import { INVITATION_LIFE, LAUNCH_LIFE, openLaunch, readLaunch } from '../../modules/smart/index.ts';
import { authorityOf } from '../authenticate.ts';
import type { ApiContext } from '../context.ts';

/** What operators and staff do about apps: registering them, inviting people, launching from a record. */
export function adminRoutes(server: FastifyInstance, api: ApiContext): void {
  const { context, smart } = api;

  /** Errors: 401, 403 unless the bearer is an operator's. */
  const requireOperator = async (request: FastifyRequest): Promise<void> => {
    const { basis } = await authorityOf(api, request);
    if (basis.kind !== 'staff' || basis.role !== 'operator') throw forbidden();
  };

  server.post('/api/v1/apps', async (request, reply) => {
    await requireOperator(request);
    const { app, secret } = await smart.apps.register(request.body);
    try {
      await smart.provider.Client.find(app.id);
    } catch (cause) {
      await smart.apps.disable(app.id);
      throw new AnamnesisError('app-malformed', 'The app cannot be registered like this', { cause });
    }
    return reply.status(201).send({ ...app, ...(secret !== null && { secret }) });
  });
  server.get('/api/v1/apps', async (request) => {
    await requireOperator(request);
    return { apps: await smart.apps.list() };
  });
  server.delete<{ Params: { id: string } }>('/api/v1/apps/:id', async (request, reply) => {
    await requireOperator(request);
    if (!(await smart.apps.disable(request.params.id))) throw notFound();
    return reply.status(204).send();
  });

  server.post('/api/v1/users', async (request, reply) => {
    await requireOperator(request);
    const { id, name, fhirUser, role } = await smart.users.ensure(request.body);
    return reply.status(201).send({ id, name, fhirUser, role });
  });
  server.post<{ Params: { id: string } }>('/api/v1/users/:id/invitations', async (request, reply) => {
    await requireOperator(request);
    const code = await smart.users.invite(request.params.id);
    if (code === null) throw notFound();
    return reply.status(201).send({ code, address: `${smart.issuer}/enroll`, seconds: INVITATION_LIFE });
  });
  server.delete<{ Params: { id: string } }>('/api/v1/users/:id', async (request, reply) => {
    await requireOperator(request);
    if (!(await smart.users.disable(request.params.id))) throw notFound();
    return reply.status(204).send();
  });

  /** A launch from a record. A program of the EHR says for whom; a person launches for herself. */
  server.post('/api/v1/launch', async (request, reply) => {
    const authority = await authorityOf(api, request);
    if (authority.basis.kind !== 'staff' || !authority.actions.has('read')) throw forbidden();
    const launch = readLaunch(request.body, authority.actor);
    if (launch.user !== authority.actor && !authority.automatic) throw forbidden('A launch is for who makes it');
    const app = launch.app === null ? null : await smart.apps.find(launch.app);
    if (launch.app !== null && app === null) throw badRequest('There is no such app');
    const reader = openRecords(context, authority);
    await reader.read('Patient', launch.patient);
    if (launch.encounter !== null) {
      const { subject } = (await reader.read('Encounter', launch.encounter)) as { subject?: { reference?: string } };
      if (subject?.reference !== `Patient/${launch.patient}`) throw badRequest('The Encounter is not of that Patient');
    }
    // Within her compartment alone: what is somebody else's is not there.
    const hers = openRecords(context, { ...authority, scope: ownScope(launch.patient) });
    for (const { reference } of launch.fhirContext) {
      const [type = '', of = ''] = reference.split('/');
      await hers.read(type, of);
    }
    const id = await openLaunch(smart.store, launch);
    const url = app?.launchUrl ? new URL(app.launchUrl) : null;
    url?.searchParams.set('iss', context.base);
    url?.searchParams.set('launch', id);
    return reply
      .status(201)
      .send({ launch: id, iss: context.base, seconds: LAUNCH_LIFE, ...(url && { url: url.href }) });
  });
}
