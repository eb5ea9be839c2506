import { newSeed, PRF_INPUT, seedCheck, subjectAccount } from '@anamnesis/crypto';
import { toBase64Url } from '@anamnesis/protocol';
import {
  type AccountContents,
  bearer,
  type Connection,
  connect,
  contentsForNewSeed,
  deviceDigits,
  generateHpkeKeyPair,
  guardianCode,
  joinAccount,
  type LockedAccount,
  makeGuardians,
  openAccountContents,
  openShare,
  organizationLock,
  passkeyLock,
  type Recovery,
  type RecoveryProgress,
  type RecoveryToApprove,
  type Relation,
  readSheet,
  recoverSeed,
  relationSigner,
  sealAccountContents,
  sealToDevice,
  setGuardians,
  signRotation,
} from '@anamnesis/sdk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Authenticator } from '../testing/authenticator.ts';
import { LOCATIONS } from '../testing/databases.ts';
import { json, patientToken, portalNode, putPatient } from '../testing/portal-world.ts';
import { type SmartNode, startSmartNode } from '../testing/smart-world.ts';
import { startWorld, type World } from '../testing/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

/** Somebody with an account, as her device holds it. */
interface Person {
  readonly patient: string;
  readonly seed: Uint8Array;
  readonly contents: AccountContents;
  readonly account: LockedAccount;
  readonly connection: Connection;
  readonly token: string;
}

describe.each(LOCATIONS)('recovery: $name', ({ at }) => {
  let node: SmartNode;
  let people = 0;
  const post = (path: string, body: unknown, token?: string) => json(node, 'POST', `/api/v1/${path}`, { body, token });
  const get = (path: string, token: string) => json(node, 'GET', `/api/v1/${path}`, { token });

  beforeAll(async () => {
    // A second in place of three days.
    node = await startSmartNode(world, { ...(await at()), recoveryDelay: 1 });
  });
  afterAll(() => node.stop());

  const person = async (): Promise<Person> => {
    const patient = `p${++people}`;
    await putPatient(portalNode(node), patient);
    const { code } = (await post('enrolments', { patient }, node.tokens.registrar)).body;
    const seed = newSeed();
    const { organization, chainId } = node.running.context.ledger;
    const { consents, subjects } = node.running.context.reader.deployment;
    const relation: Relation = {
      ...{ chainId, organization, name: 'Home', node: node.url, contracts: { consents, subjects } },
      ...{ generation: 0, subject: null, epoch: 0, nextIndex: 0, consents: [] },
    };
    const contents = { name: patient, relations: [relation] };
    const signer = subjectAccount(seed, { chainId, organization });
    const locks = [await organizationLock(seed, 'St. Aldhelm Hospital')];
    const file = await sealAccountContents(seed, contents);
    const account = await joinAccount(connect({ baseUrl: node.url }), {
      code,
      signer,
      organization,
      chainId,
      locks,
      file,
    });
    const token = await patientToken(portalNode(node), signer);
    return {
      patient,
      seed,
      contents,
      account,
      token,
      connection: connect({ baseUrl: node.url, credentials: bearer(token) }),
    };
  };
  /** Maria with Rosa as her guardian, and her printed sheet. */
  const guarded = async () => {
    const [maria, rosa] = [await person(), await person()];
    const guardians = [guardianCode(rosa.account.id, rosa.seed)];
    const made = await makeGuardians(maria.seed, { account: maria.account.id, name: 'Maria', guardians });
    await setGuardians(maria.connection, made.toSet);
    return { maria, rosa, sheet: made.sheet, toSet: made.toSet };
  };
  const begin = async (patient: string) => {
    const { code } = (await post('recovery-codes', { patient }, node.tokens.registrar)).body;
    const device = await generateHpkeKeyPair();
    const newKey = toBase64Url(device.publicKey);
    const { status, body } = await post('recoveries', { code, newKey });
    expect(status).toBe(201);
    return { device, code, newKey, token: body.token as string, recovery: body.recovery as Recovery };
  };
  const progress = async (token: string) => (await get('recoveries/mine', token)).body as RecoveryProgress;
  const ready = async (token: string) => {
    for (;;) {
      const now = await progress(token);
      if (now.given !== null) return { ...now, given: now.given };
      await new Promise((done) => setTimeout(done, 50));
    }
  };
  const approve = async (rosa: Person, recovery: Recovery) => {
    const { asGuardian } = (await get('recoveries', rosa.token)).body as { asGuardian: RecoveryToApprove[] };
    const waiting = asGuardian.find(({ id }) => id === recovery.id) as RecoveryToApprove;
    const opened = await openShare(rosa.seed, waiting);
    return { opened, sealed: await sealToDevice(opened.share, waiting) };
  };
  const finishBody = async (
    maria: Person,
    seed: Uint8Array,
    recovery: { token: string },
    contents = maria.contents,
  ) => {
    const fresh = newSeed();
    const relation = contents.relations[0] as Relation;
    const authenticator = new Authenticator(node.url);
    const { options } = (await post('recoveries/mine/options', {}, recovery.token)).body;
    const passkey = await passkeyLock(fresh, authenticator.credentialId, authenticator.prf(PRF_INPUT));
    const renewed = contentsForNewSeed({ seed, contents }, [relation.organization]);
    const body = {
      locks: [{ ...passkey, credential: authenticator.create(options) }],
      file: await sealAccountContents(fresh, renewed),
      rotation: await signRotation(relation, { from: seed, to: fresh }, 0n),
    };
    return { fresh, renewed, authenticator, body };
  };

  test('default: phone lost; the desk, a guardian and the delay; records back with a new key, and the old one is worth nothing', async () => {
    const { maria, rosa } = await guarded();
    const begun = await begin(maria.patient);
    expect(begun.recovery).toMatchObject({ state: 'waiting', account: maria.account.id });
    const { opened, sealed } = await approve(rosa, begun.recovery);
    expect(opened.name).toBe('Maria');
    expect(await deviceDigits(begun.newKey)).toMatch(/^\d{6}$/);
    expect(
      (await post(`recoveries/${begun.recovery.id}/approval`, { sealed }, rosa.token)).body.recovery.approvals,
    ).toBe(1);
    const { recovery, approvals, given } = await ready(begun.token);
    const seed = await recoverSeed(begun.device.privateKey, {
      recovery,
      sealed: [...approvals, given.share],
      check: given.check,
    });
    expect(seed).toEqual(maria.seed);
    const contents = await openAccountContents(seed, given.account.file);
    const { fresh, renewed, authenticator, body } = await finishBody(maria, seed, begun, contents);
    expect((await post('recoveries/mine/finish', body, begun.token)).status).toBe(204);
    expect((await post('recoveries/mine/finish', body, begun.token)).status).toBe(204);

    // The ledger has the new key, and a higher epoch: the old session and the old key open nothing.
    const relation = renewed.relations[0] as Relation;
    expect(relation).toMatchObject({ epoch: 1 });
    expect(relation.subject?.toLowerCase()).toBe(maria.account.subject);
    const { signer, subject } = relationSigner(fresh, relation);
    const token = await eventually(async () => (await patientToken(portalNode(node), signer, subject)) ?? null);
    expect((await json(node, 'GET', `/fhir/R4/Patient/${maria.patient}`, { token })).status).toBe(200);
    expect((await json(node, 'GET', `/fhir/R4/Patient/${maria.patient}`, { token: maria.token })).status).toBe(401);
    const old = subjectAccount(maria.seed, relation);
    expect(await patientToken(portalNode(node), old)).toBeUndefined();

    const begunAgain = (await post('accounts/sign-in/options', {})).body;
    const credential = authenticator.get(begunAgain.options);
    const back = (await post('accounts/sign-in', { state: begunAgain.state, credential })).body;
    expect(back.account.locks).toHaveLength(1);
    expect(back.secrets).toEqual({});
    expect(await openAccountContents(fresh, back.account.file)).toEqual(renewed);
  });

  test('behavior: the organisation and the printed sheet are two of three as well', async () => {
    const { maria, sheet } = await guarded();
    const begun = await begin(maria.patient);
    const { recovery, given } = await ready(begun.token);
    const parameters = { recovery, sealed: [given.share], check: given.check };
    await expect(recoverSeed(begun.device.privateKey, parameters)).rejects.toMatchObject({ code: 'account-locked' });
    expect(await recoverSeed(begun.device.privateKey, { ...parameters, sheet: ` ${sheet}\n` })).toEqual(maria.seed);
  });

  test('behavior: everybody is told, and she who has her phone after all ends it in one tap', async () => {
    const { maria, rosa } = await guarded();
    const begun = await begin(maria.patient);
    for (const { token } of [maria, rosa]) {
      const { notices } = (await get('notices', token)).body;
      expect(
        notices.some((one: { kind: string; ref: string }) => one.kind === 'recovery' && one.ref === begun.recovery.id),
      ).toBe(true);
    }
    const cancel = (token: string) => json(node, 'DELETE', `/api/v1/recoveries/${begun.recovery.id}`, { token });
    expect((await cancel(rosa.token)).status).toBe(404);
    expect((await cancel(maria.token)).status).toBe(204);
    expect((await cancel(maria.token)).status).toBe(204);
    const { approvals, given, recovery } = await progress(begun.token);
    expect([approvals, given, recovery.state]).toEqual([[], null, 'cancelled']);
    const sealed = await sealToDevice(new Uint8Array(33), begun.recovery);
    const late = await post(`recoveries/${begun.recovery.id}/approval`, { sealed }, rosa.token);
    expect(late).toMatchObject({ status: 409, body: { code: 'recovery-ended' } });
  });

  test('behavior: before the delay is over the organisation gives nothing, and nothing can be finished', async () => {
    const { maria, sheet, rosa } = await guarded();
    const begun = await begin(maria.patient);
    const { database } = node.running.context;
    await database.query('update recovery set ready_at = ready_at + 3600000 where id = $1', [begun.recovery.id]);
    const { sealed } = await approve(rosa, begun.recovery);
    await post(`recoveries/${begun.recovery.id}/approval`, { sealed }, rosa.token);
    const { recovery, approvals, given } = await progress(begun.token);
    expect(given).toBeNull();
    // Who has the sheet and a guardian has the seed; the account changes hands after the delay all the same.
    const parts = { recovery, sealed: approvals, sheet, check: seedCheck(maria.seed) };
    expect(await recoverSeed(begun.device.privateKey, parts)).toEqual(maria.seed);
    const { body } = await finishBody(maria, maria.seed, begun);
    expect((await post('recoveries/mine/finish', body, begun.token)).body.code).toBe('recovery-early');
  });

  test('behavior: a lost answer can be asked for again; another device with the code cannot', async () => {
    const { maria } = await guarded();
    const begun = await begin(maria.patient);
    const again = await post('recoveries', { code: begun.code, newKey: begun.newKey });
    expect(again.body.recovery.id).toBe(begun.recovery.id);
    expect((await get('recoveries/mine', begun.token)).status).toBe(401);
    expect((await get('recoveries/mine', again.body.token)).status).toBe(200);
    const other = toBase64Url((await generateHpkeKeyPair()).publicKey);
    expect((await post('recoveries', { code: begun.code, newKey: other })).status).toBe(404);
    const { code } = (await post('recovery-codes', { patient: maria.patient }, node.tokens.registrar)).body;
    expect((await post('recoveries', { code, newKey: other })).body.code).toBe('recovery-running');
  });

  test('behavior: what the node keeps gives nobody the seed', async () => {
    const { maria, toSet, sheet } = await guarded();
    const { database } = node.running.context;
    const rows = await database.query<{ text: string }>(
      `select account_guardians::text as text from account_guardians union all select account_guardian::text from account_guardian`,
    );
    const stored = JSON.stringify(rows);
    for (const secret of [toSet.share, toBase64Url(readSheet(sheet).share), toBase64Url(maria.seed)]) {
      expect(stored).not.toContain(secret);
      expect(stored).not.toContain(Buffer.from(secret, 'base64url').toString('hex'));
    }
  });

  test('error: a finish that is not hers: another seed, another subject, no passkey of this device', async () => {
    const { maria, sheet } = await guarded();
    const begun = await begin(maria.patient);
    const { recovery, given } = await ready(begun.token);
    const parts = { recovery, sealed: [given.share], sheet, check: given.check };
    const seed = await recoverSeed(begun.device.privateKey, parts);
    const { body } = await finishBody(maria, newSeed(), begun);
    const wrong = { ...body.rotation, subject: maria.account.subject };
    expect((await post('recoveries/mine/finish', { ...body, rotation: wrong }, begun.token)).status).toBe(422);
    const another = await person();
    const theirs = await finishBody(another, another.seed, begun);
    expect((await post('recoveries/mine/finish', theirs.body, begun.token)).status).toBe(400);
    const { body: stale } = await finishBody(maria, seed, begun);
    await post('recoveries/mine/options', {}, begun.token);
    expect((await post('recoveries/mine/finish', stale, begun.token)).status).toBe(401);
    for (const bad of [{}, { ...stale, locks: [] }, { ...stale, file: {} }, { ...stale, rotation: {} }]) {
      expect((await post('recoveries/mine/finish', bad, begun.token)).status).toBe(400);
    }
    // Nothing of it was done: the account is as it was.
    expect((await get('accounts/me', maria.token)).body.account.locks).toEqual(maria.account.locks);
  });

  test('error: guardians and codes of who may not', async () => {
    const { maria, toSet } = await guarded();
    const put = (body: unknown, token?: string) => json(node, 'PUT', '/api/v1/accounts/me/guardians', { body, token });
    expect(
      (
        await put(
          { ...toSet, guardians: [{ account: 'x'.repeat(22), sealed: toSet.guardians[0]?.sealed }] },
          maria.token,
        )
      ).status,
    ).toBe(404);
    expect(
      (
        await put(
          { ...toSet, guardians: [{ account: maria.account.id, sealed: toSet.guardians[0]?.sealed }] },
          maria.token,
        )
      ).status,
    ).toBe(400);
    for (const bad of [{}, { ...toSet, share: 'x' }, { ...toSet, guardians: 'x' }])
      expect((await put(bad, maria.token)).status).toBe(400);
    // The set before is still there.
    expect((await get('accounts/me/guardians', maria.token)).body.guardians.guardians).toHaveLength(1);
    for (const role of ['clinician', 'operator', 'auditor'] as const) {
      expect((await post('recovery-codes', { patient: maria.patient }, node.tokens[role])).status).toBe(403);
    }
    const lonely = await person();
    expect((await post('recovery-codes', { patient: lonely.patient }, node.tokens.registrar)).body.code).toBe(
      'guardians-unset',
    );
    expect((await get('recoveries/mine', maria.token)).status).toBe(401);
    await json(node, 'DELETE', '/api/v1/accounts/me/guardians', { token: maria.token });
    expect((await get('accounts/me/guardians', maria.token)).body.guardians).toBeNull();
  });
});

/** Asks until there is an answer; gives up after 15 seconds. */
async function eventually<T>(ask: () => Promise<T | null | undefined>): Promise<T> {
  const end = Date.now() + 15_000;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error('it did not come');
    await new Promise((done) => setTimeout(done, 50));
  }
}
