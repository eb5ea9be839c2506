import type { FastifyInstance } from 'fastify';
import { checkSession, closeSession, openSession } from '../modules/consent/index.ts';
import { ExchangeError, issueToken, oauthError } from '../modules/exchange/index.ts';
import { bearerOf } from './authenticate.ts';
import type { ApiContext } from './context.ts';

/** Signing in: other nodes by client assertion (SMART Backend Services), patients by a signed session. */
export function authRoutes(server: FastifyInstance, api: ApiContext): void {
  const { context } = api;

  server.post('/auth/token', async (request, reply) => {
    api.checkpoints.requireIntact();
    const parameters = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
    reply.header('pragma', 'no-cache');
    try {
      return await issueToken(context, parameters, request.id);
    } catch (error) {
      // Nobody refused: the ledger is not heard, and the caller may come again.
      if (!(error instanceof ExchangeError) || error.detail === 'ledger-stale') throw error;
      // RFC 6749 section 5.2: 401 for a client that is not known, 400 for everything else.
      const word = oauthError(error);
      return reply
        .status(word === 'invalid_client' ? 401 : 400)
        .send({ error: word, error_description: error.message, traceId: request.id });
    }
  });

  server.post('/auth/session', async (request) => {
    api.checkpoints.requireIntact();
    const { signature, ...session } = checkSession(request.body, 'session');
    const opened = await openSession(context, session, signature, request.id);
    return { token: opened.token, expiresAt: opened.expiresAt, patient: opened.patient };
  });

  server.delete('/auth/session', async (request, reply) => {
    await closeSession(context.database, bearerOf(request));
    return reply.status(204).send();
  });
}
