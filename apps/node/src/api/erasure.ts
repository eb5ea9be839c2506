import { forbidden } from '@anamnesis/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Authority } from '../modules/consent/index.ts';
import { erase, findReceipt, readErasureRequest, readReceipt } from '../modules/erasure/index.ts';
import { authorityOf } from './authenticate.ts';
import type { ApiContext } from './context.ts';

/** Erasing, which is for operators: who reads records does not decide that they were never there. */
export function erasureRoutes(server: FastifyInstance, api: ApiContext): void {
  const context = { ...api.context, backupDays: api.config.backupDays };
  const operatorOf = async (request: FastifyRequest): Promise<Authority> => {
    const authority = await authorityOf(api, request);
    if (authority.basis.kind !== 'staff' || authority.basis.role !== 'operator') throw forbidden();
    return authority;
  };

  server.post('/api/v1/erasures', async (request, reply) => {
    const authority = await operatorOf(request);
    api.checkpoints.requireIntact();
    const receipt = await erase(context, authority, readErasureRequest(request.body));
    return reply.status(201).send({ ...readReceipt(receipt), receipt });
  });

  server.get<{ Params: { id: string } }>('/api/v1/erasures/:id', async (request) => {
    await operatorOf(request);
    const receipt = await findReceipt(context, request.params.id);
    return { ...readReceipt(receipt), receipt };
  });
}
