import { badRequest, isNameOf, PURPOSES, unauthorized } from '@anamnesis/protocol';
import type { FastifyRequest } from 'fastify';
import {
  type Authority,
  authenticateSession,
  directed,
  presentedClient,
  secretKind,
  staffAuthority,
  subjectAuthority,
} from '../modules/consent/index.ts';
import { authorizePeer } from '../modules/exchange/index.ts';
import { authorizeApp, authorizeUser } from '../modules/smart/index.ts';
import type { ApiContext } from './context.ts';
import { answerUnder } from './obligations.ts';

/**
 * The authority of a request: staff and integrators by token, staff in their sessions, a patient in her session, an app within its scopes, or another
 * organisation under a consent, which is decided on anew. `X-Purpose-Of-Use` (HL7 v3 PurposeOfUse) says why staff read; default TREAT.
 *
 * Errors: 401 without a bearer token or with an unknown one; 400 for a purpose that no table names; those of `authorizePeer`.
 */
export async function authorityOf(api: ApiContext, request: FastifyRequest): Promise<Authority> {
  return { ...(await holderOf(api, request)), address: request.ip };
}

async function holderOf(api: ApiContext, request: FastifyRequest): Promise<Authority> {
  api.checkpoints.requireIntact();
  const { context } = api;
  const token = bearerOf(request);
  switch (secretKind(token)) {
    case 'client': {
      const { client, newest } = await presentedClient(context.database, token);
      const staff = staffAuthority(client, {
        organization: context.ledger.organization,
        purpose: purposeOf(request),
        requestId: request.id,
      });
      return directed(context, staff, { newest });
    }
    case 'user':
      return directed(
        context,
        await authorizeUser(api.smart, token, { purpose: purposeOf(request), requestId: request.id }),
      );
    case 'session':
      return subjectAuthority(context, await authenticateSession(context, token), request.id);
    case 'peer':
      return answerUnder(request, await authorizePeer(context, token, request.id));
    case 'app':
      return directed(
        context,
        await authorizeApp(api.smart, token, { purpose: purposeOf(request), requestId: request.id }),
      );
    default:
      throw unauthorized();
  }
}

/** The bearer token (RFC 6750 section 2.1). Errors: 401. */
export function bearerOf(request: FastifyRequest): string {
  const [, token] = /^Bearer ([A-Za-z0-9._~+/-]+=*)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (token === undefined) throw unauthorized();
  return token;
}

function purposeOf(request: FastifyRequest): string {
  const purpose = request.headers['x-purpose-of-use'];
  if (purpose === undefined) return 'TREAT';
  // Never taken for treatment: what the patient reads in her access log must be what was said.
  if (typeof purpose !== 'string' || !isNameOf(PURPOSES, purpose))
    throw badRequest('X-Purpose-Of-Use is not a known code');
  return purpose;
}
