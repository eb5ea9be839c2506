import { setGuardians } from '@anamnesis/ledger';
import {
  CATEGORIES,
  type ConsentTerms,
  type Grant,
  type GuardianSet,
  guardianCommitment,
  guardianSet,
  maskOf,
  NO_PARENT,
  type ProxyLink,
  type ProxyTerms,
  PURPOSES,
  proxyId,
  proxyTypedData,
  revokeTypedData,
  revokeUnderProxyTypedData,
  subjectsDomain,
} from '@anamnesis/protocol';
import type { Hex } from 'viem';
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ConsentWorld, signedGrant, startConsentWorld } from '../../testing/consent-world.ts';
import { ENGINES } from '../../testing/databases.ts';
import { random32, type TestNode, type World } from '../../testing/world.ts';
import { decide, patientRequester, receiveGrant, receiveRefusal } from './index.ts';

const PATIENT = 'lina';

describe.each(ENGINES)('those who act for a patient, on $name', ({ open }) => {
  let here: ConsentWorld;
  let world: World;
  let node: TestNode;
  let child: PrivateKeyAccount;
  let mother: PrivateKeyAccount;
  let carer: PrivateKeyAccount;
  let offset = 0;

  beforeAll(async () => {
    here = await startConsentWorld((await open()).database, () => Date.now() + offset);
    world = here.world;
    node = here.node;
  }, 60_000);
  afterAll(() => here.stop());
  beforeEach(async () => {
    offset = 0;
    [child, mother, carer] = [key(), key(), key()];
    await node.database.query('delete from subject');
    await node.database.query(
      `insert into subject (address, patient, linked_at, linked_by) values ($1, $2, 0, 'desk')`,
      [child.address.toLowerCase(), PATIENT],
    );
  });

  const key = () => privateKeyToAccount(generatePrivateKey());
  /** Links beside each other hold at the same times, whatever the second in which each is signed. */
  const started = Math.floor(Date.now() / 1000);
  const now = () => Math.floor(node.context.clock() / 1000);
  const domain = () => here.domain;
  const mask = (...names: string[]) => maskOf(CATEGORIES, names);

  async function link(
    by: PrivateKeyAccount,
    to: PrivateKeyAccount,
    change: Partial<ProxyTerms> = {},
  ): Promise<ProxyLink> {
    const terms: ProxyTerms = {
      ...{ subject: child.address, epoch: 0, index: 0, proxy: to.address, kind: 1, parent: NO_PARENT },
      ...{
        categories: mask('conditions', 'laboratory'),
        sensitive: 0,
        purposes: maskOf(PURPOSES, ['TREAT']),
        actions: 1,
      },
      ...{ validFrom: started - 600, validUntil: started + 7200, salt: random32() },
      ...change,
    };
    return { terms, signature: await by.signTypedData(proxyTypedData(terms, domain()) as never) };
  }

  async function grant(
    by: PrivateKeyAccount,
    chain: readonly ProxyLink[],
    change: Partial<ConsentTerms> = {},
  ): Promise<Grant> {
    const narrower = { subject: child.address, index: 5, categories: mask('conditions'), ...change };
    const given = await signedGrant(here, by, narrower);
    return { ...given, ...(chain.length > 0 && { chain }) };
  }

  const herself = () => patientRequester(node.context, PATIENT, 'r1');
  const receive = (value: unknown) => receiveGrant(node.context, herself(), value);
  const refuse = (value: unknown) => receiveRefusal(node.context, herself(), value);
  const ask = async (consent: Hex) => {
    const request = { consent, grantee: 2, practitioner: null, actor: 'x', purpose: 'TREAT', action: 'read' } as const;
    const decision = await decide(node.context, node.database, request);
    return decision.effect === 'deny' ? decision.reason : decision.effect;
  };
  const refused = (value: unknown) =>
    receive(value).then(
      () => null,
      (error: { reason: string }) => error.reason,
    );

  test('default: what a mother signs for her child within her scope is honoured, and a carer below her', async () => {
    const first = await link(child, mother);
    expect(await ask((await receive(await grant(mother, [first]))).id)).toBe('permit');
    const second = await link(mother, carer, {
      parent: proxyId(first.terms, domain()),
      categories: mask('conditions'),
      kind: 3,
    });
    expect(await ask((await receive(await grant(carer, [first, second]))).id)).toBe('permit');
  });

  test('behavior: a link that is removed, by the child or by the mother, ends all below it at the next request', async () => {
    const first = await link(child, mother, { index: 1 });
    const second = await link(mother, carer, { parent: proxyId(first.terms, domain()), index: 2 });
    const { id } = await receive(await grant(carer, [first, second]));
    const other = (await receive(await grant(mother, [first], { index: 6 }))).id;
    const under = { link: proxyId(first.terms, domain()), index: 2 };
    const signature = await mother.signTypedData(revokeUnderProxyTypedData(under, domain()) as never);
    await refuse({ ...under, subject: child.address, proxy: mother.address, signature });
    expect(await ask(id)).toBe('proxy-refused');
    expect(await ask(other)).toBe('permit');
    const data = revokeTypedData({ subject: child.address, index: 1 }, domain());
    await refuse({ subject: child.address, index: 1, signature: await child.signTypedData(data) });
    expect(await ask(other)).toBe('proxy-refused');
  });

  test('behavior: a proxy refuses what it signed; the ledger is told, and neither subject nor terms', async () => {
    const first = await link(child, mother);
    const given = await grant(mother, [first]);
    const { id } = await receive(given);
    const under = { link: proxyId(first.terms, domain()), index: given.terms.index };
    const signature = await mother.signTypedData(revokeUnderProxyTypedData(under, domain()) as never);
    await refuse({ ...under, subject: child.address, proxy: mother.address, signature });
    expect(await ask(id)).toBe('proxy-refused');
    const [call] = await node.database.query<{ call_content: string }>(
      `select call_content from outbox where id like 'revoke-under-proxy/%' order by place desc limit 1`,
    );
    expect(call?.call_content).toContain(mother.address.slice(2).toLowerCase());
    expect(call?.call_content).not.toContain(child.address.slice(2).toLowerCase());
  });

  test('behavior: a proxy refuses a consent of the patient within its scope, and no other', async () => {
    const first = await link(child, mother, { index: 9 });
    const own = (await receive(await grant(child, []))).id;
    const wider = (await receive(await grant(child, [], { index: 7, categories: mask('medications') }))).id;
    const refusal = async (index: number, by = mother, chain = [first]) => ({
      ...{ subject: child.address, index, chain },
      signature: await by.signTypedData(revokeTypedData({ subject: child.address, index }, domain())),
    });
    await expect(refuse(await refusal(7))).rejects.toMatchObject({ code: 'signature-invalid' });
    await expect(refuse(await refusal(5, carer))).rejects.toMatchObject({ code: 'signature-invalid' });
    await refuse(await refusal(5));
    expect([await ask(own), await ask(wider)]).toEqual(['revoked', 'permit']);
  });

  test('behavior: a proxy whose time has ended signs and refuses nothing more', async () => {
    const first = await link(child, mother, { validUntil: now() + 1000 });
    const { id } = await receive(await grant(mother, [first], { validUntil: now() + 900 }));
    const own = await grant(child, [], { index: 8 });
    await receive(own);
    offset = 1_100_000;
    expect(await ask(id)).toBe('expired');
    expect(await refused(await grant(mother, [first], { validFrom: now(), validUntil: now() + 60 }))).toBe(
      'proxy-broader',
    );
    const data = revokeTypedData({ subject: child.address, index: 8 }, domain());
    const signature = await mother.signTypedData(data);
    await expect(refuse({ subject: child.address, index: 8, chain: [first], signature })).rejects.toMatchObject({
      code: 'signature-invalid',
    });
  });

  test('error: beyond the scope, beyond the time, another signer, subject, epoch, parent or order', async () => {
    const first = await link(child, mother);
    const wide = { categories: mask('conditions', 'medications') };
    expect(await refused(await grant(mother, [first], wide))).toBe('proxy-broader');
    expect(await refused(await grant(mother, [first], { sensitive: 1 }))).toBe('proxy-broader');
    expect(await refused(await grant(mother, [first], { validUntil: now() + 8000 }))).toBe('proxy-broader');
    expect(await refused(await grant(carer, [first]))).toBe('proxy-invalid');
    expect(await refused(await grant(mother, [await link(carer, mother)]))).toBe('proxy-invalid');
    expect(await refused(await grant(mother, [await link(child, mother, { subject: carer.address })]))).toBe(
      'proxy-invalid',
    );
    expect(await refused(await grant(mother, [await link(child, mother, { epoch: 1 })]))).toBe('proxy-invalid');
    const parent = proxyId(first.terms, domain());
    const second = await link(mother, carer, { parent });
    expect(await refused(await grant(carer, [second]))).toBe('proxy-invalid');
    expect(await refused(await grant(carer, [second, first]))).toBe('proxy-invalid');
    expect(await refused(await grant(carer, [first, await link(mother, carer, { parent, ...wide })]))).toBe(
      'proxy-broader',
    );
    await expect(receive(await grant(mother, [first, first, first, first]))).rejects.toMatchObject({
      code: 'terms-malformed',
    });
  });

  test('behavior: guardians refuse, one consent or all; strangers do not', async () => {
    const guardians = [key(), key(), key()].sort((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1));
    const set: GuardianSet = guardianSet({
      ...{ guardians: guardians.map(({ address }) => address), threshold: 2, delay: 86_400, salt: random32() },
    });
    const { subjects } = world.reader.deployment;
    const commitment = guardianCommitment(child.address, set, subjectsDomain(world.reader.chainId, subjects));
    await world.send(child, setGuardians(world.reader.deployment, { subject: child.address, commitment }));
    await node.directory.sync();
    const { id } = await receive(await grant(child, []));
    const data = revokeTypedData({ subject: child.address, index: 5 }, domain());
    const signed = async (...who: (PrivateKeyAccount | undefined)[]) => ({
      ...{ subject: child.address, index: 5, guardians: set },
      signatures: await Promise.all(who.map((one) => one?.signTypedData(data) ?? '0x')),
    });
    await expect(refuse(await signed(guardians[0], undefined, undefined))).rejects.toMatchObject({
      code: 'signature-invalid',
    });
    await expect(refuse(await signed(carer, guardians[1], undefined))).rejects.toMatchObject({
      code: 'signature-invalid',
    });
    await refuse(await signed(guardians[0], undefined, guardians[2]));
    expect(await ask(id)).toBe('revoked');
  });
});
