import { fromPassphrase, newSeed, PRF_INPUT, subjectAccount } from '@anamnesis/crypto';
import { fromBase64Url, toBase64Url } from '@anamnesis/protocol';
import {
  type HandedAccount,
  type Lock,
  type NewLock,
  openAccount,
  organizationLock,
  passkeyLock,
  passphraseLock,
  sealAccountContents,
} from '@anamnesis/sdk';
import type { PrivateKeyAccount } from 'viem/accounts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Authenticator } from '../testing/authenticator.ts';
import { ENGINES, type TestDatabase } from '../testing/databases.ts';
import { type HttpNode, startHttpNode } from '../testing/http-node.ts';
import { json, patientToken, putPatient, signedSession } from '../testing/portal-world.ts';
import { admitOrganization, startWorld, type World } from '../testing/world.ts';

const URL = 'https://aldhelm.example';
let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

describe.each(ENGINES)('accounts: $name', ({ open, name }) => {
  let own: TestDatabase;
  let node: HttpNode;
  let patients = 0;
  beforeAll(async () => {
    own = await open();
    const who = await admitOrganization(world, name === 'PGlite' ? 1 : 2, 'St. Aldhelm Hospital', URL);
    node = await startHttpNode(world, who, own);
  });
  afterAll(async () => {
    await node.stop();
    await own.end();
  });

  const post = (path: string, body: unknown, token?: string) => json(node, 'POST', `/api/v1/${path}`, { body, token });
  const enrol = async () => {
    const patient = `p${++patients}`;
    await putPatient(node, patient);
    const { body } = await post('enrolments', { patient }, node.tokens.registrar);
    return { patient, code: body.code as string };
  };
  const signerOf = (seed: Uint8Array): PrivateKeyAccount => {
    const { chainId, organization } = node.context.ledger;
    return subjectAccount(seed, { chainId, organization });
  };
  const file = (seed: Uint8Array, name = 'Maria') => sealAccountContents(seed, { name, relations: [] });
  /** An account made in a browser, with a passkey. */
  const join = async (more: readonly NewLock[] = []) => {
    const { patient, code } = await enrol();
    const seed = newSeed();
    const authenticator = new Authenticator(URL);
    const { options } = (await post('accounts/options', { code })).body;
    const passkey = await passkeyLock(seed, authenticator.credentialId, authenticator.prf(PRF_INPUT));
    const locks = [{ ...passkey, credential: authenticator.create(options) }, ...more];
    const session = await signedSession(node, signerOf(seed));
    const body = { code, session, locks, file: await file(seed) };
    const answer = await post('accounts', body);
    return { patient, code, seed, authenticator, body, answer };
  };
  const signIn = async (authenticator: Authenticator) => {
    const { state, options } = (await post('accounts/sign-in/options', {})).body;
    return post('accounts/sign-in', { state, credential: authenticator.get(options) });
  };
  const prfOf = (authenticator: Authenticator) => (lock: Lock) =>
    lock.kind === 'passkey' && lock.credentialId === authenticator.credentialId ? authenticator.prf(PRF_INPUT) : null;

  test('default: enrolled, joined, signed in with the passkey, opened by its PRF, and reads her own record', async () => {
    const { patient, authenticator, seed, answer } = await join();
    expect(answer.status).toBe(201);
    const { body, status } = await signIn(authenticator);
    expect(status).toBe(200);
    const opened = await openAccount(body as HandedAccount, prfOf(authenticator));
    expect(opened.seed).toEqual(seed);
    expect(opened.contents.name).toBe('Maria');
    const token = await patientToken(node, signerOf(opened.seed));
    expect((await json(node, 'GET', `/fhir/R4/Patient/${patient}`, { token })).status).toBe(200);
    expect((await json(node, 'GET', '/api/v1/accounts/me', { token })).body.account.id).toBe(body.account.id);
  });

  test('behavior: the options ask for what the lock needs', async () => {
    const { code } = await enrol();
    const { options } = (await post('accounts/options', { code })).body;
    expect(options).toMatchObject({ rp: { id: 'aldhelm.example' }, extensions: { prf: {} } });
    expect(JSON.stringify(options)).not.toContain('Santos');
    const begun = (await post('accounts/sign-in/options', {})).body;
    expect(begun.options.extensions.prf.eval.first).toBe(toBase64Url(PRF_INPUT));
    expect(begun.options.allowCredentials ?? []).toEqual([]);
  });

  test('behavior: a lost answer can be asked for again, and a code makes one account', async () => {
    const { body, answer, code } = await join();
    const again = await post('accounts', body);
    expect(again.status).toBe(200);
    expect(again.body).toEqual(answer.body);
    const thief = { ...body, session: await signedSession(node, signerOf(newSeed())) };
    expect((await post('accounts', thief)).body.code).toBe('enrolment-unknown');
    expect((await post('accounts/options', { code })).status).toBe(404);
  });

  test('behavior: a code is read however it is typed', async () => {
    const { code } = await enrol();
    const typed = code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l');
    expect((await post('accounts/options', { code: typed })).status).toBe(200);
  });

  test('behavior: a passphrase signs in and opens, and an unknown account looks like any other', async () => {
    const { code } = await enrol();
    const seed = newSeed();
    const lock = await passphraseLock(seed, 'correct horse', 1024);
    const session = await signedSession(node, signerOf(seed));
    const made = await post('accounts', { code, session, locks: [lock], file: await file(seed) });
    const { account } = made.body;
    const { kdf } = (await post('accounts/sign-in/options', { account: account.id })).body;
    const { secret, verifier } = await fromPassphrase('correct horse', kdf);
    const { body } = await post('accounts/sign-in', { account: account.id, verifier });
    const kind = (one: Lock) => (one.kind === 'passphrase' ? secret : null);
    expect((await openAccount(body, kind)).seed).toEqual(seed);
    const other = 'A'.repeat(22);
    const ask = async () => (await post('accounts/sign-in/options', { account: other })).body.kdf;
    expect(await ask()).toEqual(await ask());
    expect((await ask()).salt).toHaveLength(24);
  });

  test('behavior: what the organisation keeps is given to the passkey’s holder alone', async () => {
    const seed = newSeed();
    const kept = await organizationLock(seed, 'St. Aldhelm Hospital');
    const { authenticator, answer, body: sent } = await join([kept]);
    expect(answer.status).toBe(201);
    expect(JSON.stringify(answer.body)).not.toContain(kept.secret);
    const { body } = await signIn(authenticator);
    expect(body.secrets).toEqual({ [kept.lock.id]: kept.secret });
    const rows = await own.database.query<{ text: string }>('select account_lock::text as text from account_lock');
    const stored = JSON.stringify(rows);
    expect(stored).not.toContain(kept.secret);
    expect(stored).not.toContain(Buffer.from(fromBase64Url(kept.secret ?? '') ?? []).toString('hex'));
    expect(JSON.stringify(sent.file)).not.toContain('Maria');
  });

  test('behavior: two tabs: the one that has not seen the other’s write is told so', async () => {
    const { seed, answer } = await join();
    const token = await patientToken(node, signerOf(seed));
    const put = (body: unknown, match?: string) =>
      json(node, 'PUT', '/api/v1/accounts/me/file', {
        body,
        token,
        headers: match === undefined ? {} : { 'if-match': match },
      });
    const read = await json(node, 'GET', '/api/v1/accounts/me/file', { token });
    expect(read.headers.get('etag')).toBe('W/"1"');
    expect(read.body).toEqual(answer.body.account.file);
    const first = await file(seed, 'first');
    expect((await put(first, 'W/"1"')).body).toEqual({ version: 2 });
    // The answer was lost: the same write again is the same write.
    expect((await put(first, 'W/"1"')).body).toEqual({ version: 2 });
    expect(await put(await file(seed, 'second'), 'W/"1"')).toMatchObject({
      status: 412,
      body: { code: 'account-changed' },
    });
    expect((await put(first)).status).toBe(428);
    expect((await put(first, '*')).status).toBe(400);
    expect((await put({ format: 'zip' }, 'W/"2"')).status).toBe(400);
    expect((await json(node, 'GET', '/api/v1/accounts/me/file', { token })).body).toEqual(first);
  });

  test('behavior: a second device, the first one taken away, never the last', async () => {
    const { seed, authenticator, answer } = await join();
    const token = await patientToken(node, signerOf(seed));
    const second = new Authenticator(URL);
    const { options } = (await post('accounts/me/locks/options', {}, token)).body;
    expect(options.excludeCredentials).toMatchObject([{ id: authenticator.credentialId }]);
    const made = await passkeyLock(seed, second.credentialId, second.prf(PRF_INPUT));
    const offered = { ...made, credential: second.create(options) };
    expect((await post('accounts/me/locks', offered, token)).status).toBe(201);
    expect((await post('accounts/me/locks', offered, token)).body.account.locks).toHaveLength(2);
    expect((await openAccount((await signIn(second)).body, prfOf(second))).seed).toEqual(seed);
    const remove = (id: string) => json(node, 'DELETE', `/api/v1/accounts/me/locks/${id}`, { token });
    expect((await remove(answer.body.account.locks[0].id)).status).toBe(204);
    expect((await remove(answer.body.account.locks[0].id)).status).toBe(404);
    expect(await remove(made.lock.id)).toMatchObject({ status: 409, body: { code: 'lock-last' } });
    expect((await signIn(authenticator)).status).toBe(401);
  });

  test('error: codes made by nobody who may, for nobody, or for who has a key', async () => {
    const { patient, seed } = await join();
    for (const role of ['clinician', 'integrator', 'auditor'] as const) {
      expect((await post('enrolments', { patient }, node.tokens[role])).status).toBe(403);
    }
    expect((await post('enrolments', { patient }, await patientToken(node, signerOf(seed)))).status).toBe(403);
    expect((await post('enrolments', { patient })).status).toBe(401);
    expect((await post('enrolments', { patient: 'nobody' }, node.tokens.registrar)).status).toBe(404);
    expect((await post('enrolments', { patient: '../x' }, node.tokens.registrar)).status).toBe(400);
    expect((await post('enrolments', { patient }, node.tokens.registrar)).status).toBe(409);
  });

  test('error: a passkey made for another challenge, another page, or not at all', async () => {
    const { code } = await enrol();
    const seed = newSeed();
    const authenticator = new Authenticator(URL);
    const passkey = await passkeyLock(seed, authenticator.credentialId, authenticator.prf(PRF_INPUT));
    const attempt = async (credential: unknown) => {
      const session = await signedSession(node, signerOf(seed));
      return post('accounts', { code, session, locks: [{ ...passkey, credential }], file: await file(seed) });
    };
    const { options } = (await post('accounts/options', { code })).body;
    expect((await attempt(authenticator.create({ challenge: 'AAAA' }))).status).toBe(401);
    expect((await attempt(authenticator.create(options))).status).toBe(401);
    const fresh = async () => (await post('accounts/options', { code })).body.options;
    const phishing = new Authenticator('https://aldhelm.evil.example');
    expect((await attempt(phishing.create(await fresh()))).status).toBe(401);
    for (const bad of [null, 'x', {}]) expect((await attempt(bad)).status).toBe(401);
    // Nothing of it was kept: the right one works.
    expect((await attempt(authenticator.create(await fresh()))).status).toBe(201);
  });

  test('error: what is no account', async () => {
    const { body } = await join();
    const { code } = await enrol();
    const session = await signedSession(node, signerOf(newSeed()));
    for (const bad of [
      {},
      { ...body, code, session: {} },
      { ...body, code, session, locks: [] },
      { ...body, code, session, locks: [{ lock: { kind: 'passphrase' } }] },
      { ...body, code, session, locks: [{ ...body.locks[0], credential: undefined }] },
      { ...body, code, session, file: { format: 'zip' } },
      { ...body, code, session, more: 1 },
    ]) {
      const answer = await post('accounts', bad);
      expect([400, 401]).toContain(answer.status);
    }
    // A lock that is in use already cannot be taken over.
    const taken = {
      ...body,
      code,
      session,
      locks: [{ lock: { ...body.locks[0]?.lock, kind: 'organization', keeper: 'x' } }],
    };
    expect((await post('accounts', taken)).status).toBe(400);
  });

  test('error: guessing codes and passphrases ends soon', async () => {
    const guess = (body: object, address: string) =>
      json(node, 'POST', '/api/v1/accounts/options', { body, headers: { 'x-forwarded-for': address } });
    const statuses: number[] = [];
    for (let at = 0; at < 12; at++)
      statuses.push((await guess({ code: `0000-0000-0000-00${10 + at}` }, '10.0.0.1')).status);
    expect(statuses.slice(0, 10)).toEqual(Array(10).fill(404));
    expect(statuses.slice(10)).toEqual([429, 429]);
    const account = 'B'.repeat(22);
    const verifier = toBase64Url(newSeed());
    const tries: number[] = [];
    for (let at = 0; at < 12; at++) tries.push((await post('accounts/sign-in', { account, verifier })).status);
    expect(tries.at(-1)).toBe(429);
  });
});
