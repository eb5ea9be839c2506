import { badRequest, conflict, forbidden, OutcomeError } from '@anamnesis/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  type Account,
  AccountError,
  accountOfSubject,
  addLock,
  beginAccountSignIn,
  checkFile,
  checkOfferedLock,
  ENROLMENT_LIFE,
  enrolmentPlace,
  findEnrolment,
  finishAccountSignIn,
  joinAccount,
  newPasskeyOptions,
  openEnrolment,
  removeLock,
  writeFile,
} from '../modules/accounts/index.ts';
import { subjectsOf } from '../modules/consent/index.ts';
import { openRecords } from '../modules/records/index.ts';
import { authorityOf } from './authenticate.ts';
import type { ApiContext } from './context.ts';

/** Patients' accounts: being enrolled at the desk, joining, signing in, and keeping file and locks. */
export function accountRoutes(server: FastifyInstance, api: ApiContext): void {
  const { accounts, context } = api;

  /** A code with which a patient makes her account. Of a registrar for her first, of an operator for another key. */
  server.post('/api/v1/enrolments', async (request, reply) => {
    const authority = await authorityOf(api, request);
    const role = authority.basis.kind === 'staff' ? authority.basis.role : undefined;
    if (role !== 'registrar' && role !== 'operator') throw forbidden();
    const { patient } = (request.body ?? {}) as { patient?: unknown };
    if (typeof patient !== 'string' || !/^[A-Za-z0-9.-]{1,64}$/.test(patient)) {
      throw badRequest('patient must be the id of a Patient');
    }
    if (role === 'registrar') {
      await openRecords(context, authority).read('Patient', patient);
      if ((await subjectsOf(context.database, patient)).length > 0) {
        throw conflict('The patient has a key here: another is allowed by an operator');
      }
    }
    const { actor, display } = authority;
    const code = await openEnrolment(accounts, { patient, by: { actor, display }, another: role === 'operator' });
    return reply.status(201).send({ code, expiresAt: Math.floor(context.clock() / 1000) + ENROLMENT_LIFE });
  });

  /** What a browser needs to make the first passkey. */
  server.post('/api/v1/accounts/options', async (request) => {
    api.checkpoints.requireIntact();
    const { code: given } = (request.body ?? {}) as { code?: unknown };
    const { code, enrolment } = await findEnrolment(accounts, given, request.ip);
    if (enrolment.account !== undefined) throw new AccountError('enrolment-unknown', 'The code was used');
    return { options: await newPasskeyOptions(accounts, enrolmentPlace(code)) };
  });

  server.post('/api/v1/accounts', async (request, reply) => {
    api.checkpoints.requireIntact();
    const by = { address: request.ip, requestId: request.id };
    const { account, isNew } = await joinAccount(accounts, request.body, by);
    return reply.status(isNew ? 201 : 200).send({ account });
  });

  server.post('/api/v1/accounts/sign-in/options', async (request) => {
    api.checkpoints.requireIntact();
    return beginAccountSignIn(accounts, (request.body as { account?: unknown } | undefined)?.account);
  });

  server.post('/api/v1/accounts/sign-in', async (request) => {
    api.checkpoints.requireIntact();
    return finishAccountSignIn(accounts, request.body, request.ip);
  });

  server.get('/api/v1/accounts/me', async (request) => ({ account: await accountOf(api, request) }));

  server.get('/api/v1/accounts/me/file', async (request, reply) => {
    const { file, version } = await accountOf(api, request);
    return reply.header('etag', etag(version)).send(file);
  });

  server.put('/api/v1/accounts/me/file', async (request, reply) => {
    const account = await accountOf(api, request);
    const version = await writeFile(accounts, account, checkFile(request.body, 'file'), versionIn(request));
    return reply.header('etag', etag(version)).send({ version });
  });

  /** What a browser needs to make one more passkey, of this or another device. */
  server.post('/api/v1/accounts/me/locks/options', async (request) => {
    const account = await accountOf(api, request);
    const known = account.locks.flatMap((lock) => (lock.kind === 'passkey' ? [lock.credentialId] : []));
    return { options: await newPasskeyOptions(accounts, lockPlace(account), known) };
  });

  server.post('/api/v1/accounts/me/locks', async (request, reply) => {
    const account = await accountOf(api, request);
    await addLock(accounts, account, checkOfferedLock(request.body, 'lock'), lockPlace(account));
    return reply.status(201).send({ account: await accountOf(api, request) });
  });

  server.delete<{ Params: { id: string } }>('/api/v1/accounts/me/locks/:id', async (request, reply: FastifyReply) => {
    await removeLock(accounts, await accountOf(api, request), request.params.id);
    return reply.status(204).send();
  });
}

/** The account of the patient whose session it is. Errors: 403 for anybody else, AccountError `account-unknown`. */
export async function accountOf(api: ApiContext, request: FastifyRequest): Promise<Account> {
  const { basis } = await authorityOf(api, request);
  if (basis.kind !== 'subject') throw forbidden();
  const account = await accountOfSubject(api.context.database, basis.subject);
  if (account === null) throw new AccountError('account-unknown', 'There is no account of this subject');
  return account;
}

function lockPlace({ id }: Account): string {
  return `account-lock/${id}`;
}

function etag(version: number): string {
  return `W/"${version}"`;
}

/** The version that a writer has seen (RFC 9110 section 13.1.1). Errors: 428 without one (RFC 6585), 400. */
function versionIn(request: FastifyRequest): number {
  const given = request.headers['if-match'];
  if (given === undefined) {
    throw new OutcomeError(428, [
      { severity: 'error', code: 'required', diagnostics: 'If-Match must name the version that is written over' },
    ]);
  }
  const [, version] = /^(?:W\/)?"(\d{1,15})"$/.exec(given) ?? [];
  if (version === undefined) throw badRequest('If-Match must be an ETag of the file');
  return Number(version);
}
