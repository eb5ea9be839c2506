import { randomBytes } from 'node:crypto';
import { forbidden, unauthorized } from '@anamnesis/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { openDemoAccount } from '../modules/accounts/index.ts';
import {
  authenticateUser,
  closeStaffSession,
  openStaffSession,
  relyingParty,
  signInOptions,
  type User,
  verifyPasskey,
} from '../modules/smart/index.ts';
import { bearerOf } from './authenticate.ts';
import type { ApiContext } from './context.ts';

/** Signing in at the portal: what may be known before, a click on a name where the node is a demonstration, and passkeys of staff. */
export function signInRoutes(server: FastifyInstance, api: ApiContext): void {
  const { config, context, smart } = api;
  const demoUsers = async (): Promise<readonly User[]> =>
    config.production || config.demoUsers.length === 0 ? [] : smart.users.demo();

  server.get('/api/v1/sign-in', async () => ({
    organization: { id: context.ledger.organization, name: config.name, country: config.country },
    ledger: {
      rpcUrls: config.publicRpcUrls,
      chainId: context.ledger.chainId,
      policy: config.policy.name,
      deployment: config.deployment,
    },
    demo: (await demoUsers()).map(({ id, name, role, fhirUser }) => ({ id, name, kind: role, fhirUser })),
    webauthn: { rpId: relyingParty(smart).id },
  }));

  /** Somebody of the demonstration. Staff get a session; a patient her account, with the secret of the lock that the organisation keeps. */
  server.post('/api/v1/sign-in/demo', async (request) => {
    api.checkpoints.requireIntact();
    const { id } = (request.body ?? {}) as { id?: unknown };
    const user = (await demoUsers()).find((one) => one.id === id);
    if (user === undefined) throw forbidden('Nobody of that name signs in here');
    if (user.role !== 'patient') return staffAnswer(api, user, request.id);
    const opened = await openDemoAccount(api.accounts, user);
    if (opened === null) throw forbidden('Nobody of that name signs in here');
    return { user: shownUser(user), ...opened };
  });

  server.post('/api/v1/sign-in/passkey/options', async () => {
    api.checkpoints.requireIntact();
    const state = randomBytes(16).toString('base64url');
    return { state, options: await signInOptions(smart, placeOf(state)) };
  });

  server.post('/api/v1/sign-in/passkey', async (request) => {
    api.checkpoints.requireIntact();
    const key = `ip:${request.ip}`;
    await smart.attempts.require(key);
    const { state, credential } = (request.body ?? {}) as { state?: unknown; credential?: unknown };
    const user = typeof state === 'string' ? await verifyPasskey(smart, placeOf(state), credential) : null;
    if (user === null || user.role === 'patient') {
      await smart.attempts.failed(key);
      throw unauthorized('The passkey is not known here');
    }
    return staffAnswer(api, user, request.id);
  });

  /** Who is signed in. */
  server.get('/api/v1/sign-in/me', async (request) => shownUser(await authenticateUser(smart, bearerOf(request))));

  server.delete('/api/v1/sign-in', async (request: FastifyRequest, reply: FastifyReply) => {
    await closeStaffSession(smart, bearerOf(request));
    return reply.status(204).send();
  });
}

async function staffAnswer(api: ApiContext, user: User, requestId: string): Promise<object> {
  return { ...(await openStaffSession(api.smart, user, requestId)), user: shownUser(user) };
}

function shownUser({ id, name, fhirUser, role, demo }: User): object {
  return { id, name, fhirUser, role, demo };
}

function placeOf(state: string): string {
  return `portal/${state}`;
}
