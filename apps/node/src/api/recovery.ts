import { badRequest, forbidden, notFound, unauthorized } from '@anamnesis/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { newPasskeyOptions } from '../modules/accounts/index.ts';
import { receiveRotation } from '../modules/consent/index.ts';
import { openRecords } from '../modules/records/index.ts';
import {
  approveRecovery,
  cancelRecovery,
  findGuardians,
  findRecovery,
  finishRecovery,
  listRecoveries,
  openRecoveryCode,
  progressOf,
  type Recovery,
  recoveryOfToken,
  recoveryPlace,
  removeGuardians,
  setGuardians,
  startRecovery,
  wardsOf,
} from '../modules/recovery/index.ts';
import { accountOf } from './accounts.ts';
import { authorityOf, bearerOf } from './authenticate.ts';
import type { ApiContext } from './context.ts';

interface ById {
  Params: { readonly id: string };
}

/** Guardians and recoveries: what is laid by while the patient has her device, and getting the account back when she has none. */
export function recoveryRoutes(server: FastifyInstance, api: ApiContext): void {
  const { accounts, context, config } = api;
  const { database } = context;

  server.get('/api/v1/accounts/me/guardians', async (request) => {
    const account = await accountOf(api, request);
    return { guardians: await findGuardians(database, account.id), wards: await wardsOf(database, account.id) };
  });
  server.put('/api/v1/accounts/me/guardians', async (request) => ({
    guardians: await setGuardians(accounts, await accountOf(api, request), request.body),
  }));
  server.delete('/api/v1/accounts/me/guardians', async (request, reply) => {
    await removeGuardians(accounts, await accountOf(api, request));
    return reply.status(204).send();
  });

  /** At the desk, for a patient whom staff know. */
  server.post('/api/v1/recovery-codes', async (request, reply) => {
    const authority = await authorityOf(api, request);
    if (authority.basis.kind !== 'staff' || authority.basis.role !== 'registrar') throw forbidden();
    const { patient } = (request.body ?? {}) as { patient?: unknown };
    if (typeof patient !== 'string' || !/^[A-Za-z0-9.-]{1,64}$/.test(patient))
      throw badRequest('patient must be the id of a Patient');
    await openRecords(context, authority).read('Patient', patient);
    const { code, seconds } = await openRecoveryCode(accounts, patient);
    return reply.status(201).send({ code, expiresAt: Math.floor(context.clock() / 1000) + seconds });
  });

  server.post('/api/v1/recoveries', async (request, reply) => {
    api.checkpoints.requireIntact();
    return reply.status(201).send(await startRecovery(accounts, request.body, config.recoveryDelay, request.ip));
  });

  /** In a session: recoveries of the account, and those that wait for its holder as a guardian. */
  server.get('/api/v1/recoveries', async (request) => listRecoveries(database, (await accountOf(api, request)).id));

  server.post<ById>('/api/v1/recoveries/:id/approval', async (request) => ({
    recovery: await approveRecovery(accounts, await accountOf(api, request), request.params.id, request.body),
  }));

  /** With the token of the new device. */
  server.get('/api/v1/recoveries/mine', async (request) => progressOf(accounts, await tokenRecovery(request)));

  server.post('/api/v1/recoveries/mine/options', async (request) => {
    const recovery = await tokenRecovery(request);
    return { options: await newPasskeyOptions(accounts, recoveryPlace(recovery)) };
  });

  server.post('/api/v1/recoveries/mine/finish', async (request, reply) => {
    await finishRecovery(accounts, await tokenRecovery(request), request.body, request.id);
    return reply.status(204).send();
  });

  /** One tap: by the account's holder, or by the device that began it. */
  server.delete<ById>('/api/v1/recoveries/:id', async (request, reply) => {
    const recovery = await cancellable(request, request.params.id);
    await cancelRecovery(accounts, recovery);
    return reply.status(204).send();
  });

  /** A change of key that the subject's present key has signed; whoever carries it. */
  server.post('/api/v1/subjects/rotations', async (request, reply) => {
    api.checkpoints.requireIntact();
    await receiveRotation(context, request.body, request.id);
    return reply.status(202).send({ relayed: true });
  });

  async function tokenRecovery(request: FastifyRequest): Promise<Recovery> {
    api.checkpoints.requireIntact();
    const token = bearerOf(request);
    if (!token.startsWith('ana_v_')) throw unauthorized();
    return recoveryOfToken(database, token);
  }

  async function cancellable(request: FastifyRequest, id: string): Promise<Recovery> {
    if (bearerOf(request).startsWith('ana_v_')) {
      const recovery = await tokenRecovery(request);
      if (recovery.id !== id && id !== 'mine') throw notFound();
      return recovery;
    }
    const [account, recovery] = [await accountOf(api, request), await findRecovery(database, id)];
    if (recovery === null || recovery.account !== account.id) throw notFound();
    return recovery;
  }
}
