import { renewOperator } from '@anamnesis/ledger';
import { badRequest, forbidden } from '@anamnesis/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type AccessEntry, appendAccess } from '../modules/audit/index.ts';
import type { Authority } from '../modules/consent/index.ts';
import { intend } from '../modules/directory/index.ts';
import { type Alongside, OPERATOR_LIFE } from '../modules/operator/index.ts';
import { authorityOf } from './authenticate.ts';
import type { ApiContext } from './context.ts';

/** Terms end at whole hours, so that what is pressed twice is one renewal. Seconds. */
const HOUR = 3_600;

/** The key with which the organisation acts on the ledger: a longer term, or a new key. Each act of a person is in the access log. */
export function keyRoutes(server: FastifyInstance, api: ApiContext): void {
  const { context, handover } = api;
  const operatorOf = async (request: FastifyRequest): Promise<Authority> => {
    const authority = await authorityOf(api, request);
    if (authority.basis.kind !== 'staff' || authority.basis.role !== 'operator') throw forbidden();
    return authority;
  };
  const writtenBy =
    (authority: Authority): Alongside =>
    (tx, description) =>
      appendAccess(context, tx, [entryOf(authority, context.clock(), description)]);

  /** The key that acts signs it, so one that has ended cannot: then the consortium replaces it. */
  server.post('/api/v1/keys/operator/renew', async (request, reply) => {
    const authority = await operatorOf(request);
    const until = Math.ceil((context.clock() / 1000 + OPERATOR_LIFE) / HOUR) * HOUR;
    const call = renewOperator(context.reader.deployment, { operatorUntil: until });
    await context.database.transaction(async (tx) => {
      if (!(await intend(tx, `renew/${until}`, call))) return;
      tx.onCommit(context.wakeSender);
      await writtenBy(authority)(
        tx,
        `The term of the operator key is renewed until ${new Date(until * 1000).toISOString()}`,
      );
    });
    return reply.status(202).send({ until });
  });

  server.get('/api/v1/keys/operator/hand-over', async (request) => {
    await operatorOf(request);
    return handover.status();
  });

  server.post('/api/v1/keys/operator/hand-over', async (request, reply) => {
    const authority = await operatorOf(request);
    const { replaces } = (request.body ?? {}) as { replaces?: unknown };
    if (typeof replaces !== 'string' || !/^0x[0-9a-f]{40}$/i.test(replaces)) {
      throw badRequest('replaces must be the address of the key that is to be replaced');
    }
    const by = authority.display ?? authority.actor;
    return reply.status(202).send(await handover.begin(replaces, by, writtenBy(authority)));
  });

  server.delete('/api/v1/keys/operator/hand-over', async (request, reply) => {
    const authority = await operatorOf(request);
    return reply.status(202).send(await handover.withdraw(writtenBy(authority)));
  });
}

function entryOf(authority: Authority, at: number, description: string): AccessEntry {
  const { actor, display, organization, requestId, address } = authority;
  return {
    ...{ at, action: 'decision', outcome: 'success', actor, display, organization, requestId, description },
    ...{ purpose: 'HSYSADMIN', basis: 'staff', automatic: authority.automatic, patients: [], entities: [] },
    ...(address !== undefined && { address }),
  };
}
