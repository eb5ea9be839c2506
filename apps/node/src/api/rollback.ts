import { badRequest, forbidden, unauthorized } from '@anamnesis/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type AccessEntry, appendAccess } from '../modules/audit/index.ts';
import { authenticateClient, type Client, secretKind } from '../modules/consent/index.ts';
import { bearerOf } from './authenticate.ts';
import type { ApiContext } from './context.ts';

const MIN_REASON = 10;
const MAX_REASON = 1_000;

/**
 * An operator's decision about a log that is not the one that was sealed. Until then the node refuses every request that needs an authority, so this
 * one is looked at here. The decision is an entry of the access log and stands in the status for good.
 */
export function rollbackRoutes(server: FastifyInstance, api: ApiContext): void {
  const { checkpoints, context } = api;

  server.post('/api/v1/rollback-decisions', async (request, reply) => {
    const operator = await operatorOf(api, request);
    const { postedRoot, reason } = (request.body ?? {}) as Record<string, unknown>;
    if (typeof postedRoot !== 'string') throw badRequest('postedRoot must be the root that the log falls short of');
    if (typeof reason !== 'string' || reason.trim().length < MIN_REASON || reason.length > MAX_REASON) {
      throw badRequest(`reason must be ${MIN_REASON} to ${MAX_REASON} characters`);
    }
    const decision = { postedRoot, reason: reason.trim(), decidedBy: operator.name };
    const outcome = await checkpoints.decide(decision, (tx, { log, kept, posted }) => {
      const description = `The ${log} log goes on from ${kept} entries where ${posted} were sealed: ${decision.reason}`;
      return appendAccess(context, tx, [
        entryOf(operator, context.clock(), request.id, context.ledger.organization, description),
      ]);
    });
    return reply.status(201).send(outcome);
  });
}

/** The operator whose token it is. Errors: 401, 403 for any other role. */
async function operatorOf(api: ApiContext, request: FastifyRequest): Promise<Client> {
  const token = bearerOf(request);
  if (secretKind(token) !== 'client') throw unauthorized();
  const client = await authenticateClient(api.context.database, token);
  if (client.role !== 'operator') throw forbidden();
  return client;
}

function entryOf(
  { actor, name }: Client,
  at: number,
  requestId: string,
  organization: number,
  description: string,
): AccessEntry {
  return {
    ...{ at, action: 'decision', outcome: 'success', actor, display: name, organization, requestId, description },
    ...{ purpose: 'HSYSADMIN', basis: 'staff', automatic: false, patients: [], entities: [] },
  };
}
