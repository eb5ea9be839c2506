import {
  ANYONE,
  CARE_OPEN_END,
  CARE_OPEN_START,
  consentDomain,
  consentId,
  consentTypedData,
  emergencyCommitment,
  guardianCommitment,
  guardianSet,
  guardiansRevokeAllTypedData,
  NO_PARENT,
  type ProxyTerms,
  proxyId,
  proxySpace,
  proxyTypedData,
  recoverTypedData,
  revokeManyTypedData,
  revokeTypedData,
  revokeUnderProxyTypedData,
  setGuardiansTypedData,
  subjectsDomain,
  vetoRecoveryTypedData,
} from '@anamnesis/protocol';
import { type Address, type Hash, type Hex, keccak256, stringToBytes } from 'viem';
import type { PrivateKeyAccount } from 'viem/accounts';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isRevoked } from './consents/isRevoked.ts';
import { checkConsentByProxy, permitsByProxy } from './consents/permitsByProxy.ts';
import { revokeAsProxy } from './consents/revokeAsProxy.ts';
import { revokeByGuardians } from './consents/revokeByGuardians.ts';
import { revokeMany } from './consents/revokeMany.ts';
import { revokeManyBySig } from './consents/revokeManyBySig.ts';
import { revokeUnderProxy } from './consents/revokeUnderProxy.ts';
import { revokeUnderProxyBySig } from './consents/revokeUnderProxyBySig.ts';
import { admit } from './directory/admit.ts';
import { declareEmergency } from './emergencies/declareEmergency.ts';
import { endEmergency } from './emergencies/endEmergency.ts';
import { getEmergency } from './emergencies/getEmergency.ts';
import { isEmergency } from './emergencies/isEmergency.ts';
import { listOverdue } from './emergencies/listOverdue.ts';
import { reviewEmergency } from './emergencies/reviewEmergency.ts';
import { ledgerError } from './errors.ts';
import { createFollower, type Follower } from './follower/follower.ts';
import { memoryFollowerStore } from './follower/store.ts';
import { executeRecovery } from './subjects/executeRecovery.ts';
import { getGuardians } from './subjects/getGuardians.ts';
import { getSubject } from './subjects/getSubject.ts';
import { revokeAllByGuardians } from './subjects/revokeAllByGuardians.ts';
import { setGuardians } from './subjects/setGuardians.ts';
import { setGuardiansBySig } from './subjects/setGuardiansBySig.ts';
import { startRecovery } from './subjects/startRecovery.ts';
import { vetoRecovery } from './subjects/vetoRecovery.ts';
import { vetoRecoveryBySig } from './subjects/vetoRecoveryBySig.ts';
import { inOneYear, newAccount, startTestLedger, type TestLedger } from './testing/ledger.ts';

const hash = (text: string): Hash => keccak256(stringToBytes(text));
const DAY = 86_400;

/** A ledger with organisations of these roles, numbered from 1, and a follower of it. */
async function withOrganizations(
  ...roles: number[]
): Promise<TestLedger & { operators: PrivateKeyAccount[]; follower: Follower }> {
  const ledger = await startTestLedger();
  const operators = roles.map(() => newAccount());
  for (const [at, operator] of operators.entries()) {
    const call = admit(ledger.reader.deployment, {
      ...{ roles: roles[at] as number, jurisdiction: 620, operator: operator.address, operatorUntil: inOneYear() },
      ...{ profileHash: hash('profile'), profileUrl: 'https://a.example' },
    });
    await ledger.send(ledger.ledger.deployer, call);
  }
  const follower = await createFollower({ reader: ledger.reader, store: memoryFollowerStore(), pollMs: 0 });
  onTestFinished(() => follower.stop());
  return { ...ledger, operators, follower };
}

/** The code of the error with which a transaction is refused. */
async function refusal(sending: Promise<unknown>): Promise<string> {
  return sending.then(
    () => 'accepted',
    (error: unknown) => ledgerError(error).code,
  );
}

async function later({ cheat, reader }: TestLedger, seconds: number): Promise<number> {
  await cheat('evm_increaseTime', [seconds]);
  await cheat('evm_mine', []);
  return Number((await reader.client.getBlock()).timestamp);
}

describe('guardians', () => {
  test('default: two of three give a lost subject a new key, unless its owner says no', async () => {
    const ledger = await withOrganizations(1);
    const { reader, send, operators, follower } = ledger;
    const { deployment, chainId } = reader;
    const [maria, phone, relayer] = [newAccount(), newAccount(), operators[0] as PrivateKeyAccount];
    const subject = maria.address;
    const domain = subjectsDomain(chainId, deployment.subjects);
    const people = [newAccount(), newAccount(), newAccount()];
    const guardians = people.map(({ address }) => address);
    const set = guardianSet({ guardians, threshold: 2, delay: 2 * DAY, salt: hash('salt') });
    const commitment = guardianCommitment(subject, set, domain);
    /** The second and third sign, the first does not. */
    const signedBy = async (sign: (account: PrivateKeyAccount) => Promise<Hex>): Promise<Hex[]> => {
      const order = set.guardians.map((address) => people.find((one) => one.address === address));
      return Promise.all(order.map((one, at) => (at === 0 ? '0x' : sign(one as PrivateKeyAccount))));
    };

    const deadline = inOneYear();
    const naming = { subject, commitment, nonce: 0n, deadline };
    const namingSignature = await maria.signTypedData(setGuardiansTypedData(naming, domain));
    await send(relayer, setGuardiansBySig(deployment, { ...naming, signature: namingSignature }));
    expect(await getGuardians(reader, { subject })).toMatchObject({ commitment: commitment.slice(0, 54), next: null });

    const soon = Math.floor(Date.now() / 1000) + 20 * DAY;
    const recovery = { subject, newController: phone.address, nonce: 1n, deadline: soon };
    const signatures = await signedBy((one) => one.signTypedData(recoverTypedData(recovery, domain)));
    await send(relayer, startRecovery(deployment, { ...recovery, set, signatures }));
    expect((await getGuardians(reader, { subject })).recovery?.newController).toBe(phone.address);
    expect(await refusal(send(relayer, executeRecovery(deployment, { subject })))).toBe('guardians-not-ready');
    await send(maria, vetoRecovery(deployment, { subject }));
    expect((await getGuardians(reader, { subject })).recovery).toBeNull();

    const again = { ...recovery, nonce: 2n };
    const secondTry = await signedBy((one) => one.signTypedData(recoverTypedData(again, domain)));
    await send(relayer, startRecovery(deployment, { ...again, set, signatures: secondTry }));
    const veto = { subject, nonce: 2n, deadline };
    const vetoSignature = await maria.signTypedData(vetoRecoveryTypedData(veto, domain));
    await send(relayer, vetoRecoveryBySig(deployment, { ...veto, signature: vetoSignature }));

    await send(maria, setGuardians(deployment, { subject, commitment: hash('others') }));
    expect((await getGuardians(reader, { subject })).next?.commitment).toBe(hash('others').slice(0, 54));
    const third = { ...recovery, nonce: 4n };
    const thirdTry = await signedBy((one) => one.signTypedData(recoverTypedData(third, domain)));
    await send(relayer, startRecovery(deployment, { ...third, set, signatures: thirdTry }));

    const all = { subject, epoch: 0, deadline };
    const allSignatures = await signedBy((one) => one.signTypedData(guardiansRevokeAllTypedData(all, domain)));
    await send(relayer, revokeAllByGuardians(deployment, { ...all, set, signatures: allSignatures }));
    expect(await getSubject(reader, { subject })).toMatchObject({ epoch: 1, nonce: 4n });
    const refused = { subject, index: 9 };
    const consents = consentDomain(chainId, deployment.consents);
    const refusals = await signedBy((one) => one.signTypedData(revokeTypedData(refused, consents)));
    await send(relayer, revokeByGuardians(deployment, { ...refused, set, signatures: refusals }));

    await follower.sync();
    expect(follower.subject(subject)).toEqual({ controller: subject, epoch: 1, nonce: '4' });
    expect(follower.isRevoked(subject, 9)).toBe(true);

    await later(ledger, 2 * DAY);
    await send(relayer, executeRecovery(deployment, { subject }));
    expect(await getSubject(reader, { subject })).toEqual({ controller: phone.address, epoch: 2, nonce: 5n });
    expect((await getGuardians(reader, { subject })).next).toBeNull();
    await follower.sync();
    expect(follower.subject(subject)).toEqual({ controller: phone.address, epoch: 2, nonce: '5' });
  });
});

describe('refusing many', () => {
  test('default: up to 256 consents in one word', async () => {
    const { reader, send, operators, follower } = await withOrganizations(1);
    const { deployment, chainId } = reader;
    const maria = newAccount();
    const subject = maria.address;
    await send(maria, revokeMany(deployment, { subject, word: 1, mask: 5n }));
    const refused = { subject, word: 1, mask: 1n << 255n };
    const data = revokeManyTypedData(refused, consentDomain(chainId, deployment.consents));
    const signature = await maria.signTypedData(data);
    const relayer = operators[0] as PrivateKeyAccount;
    await send(relayer, revokeManyBySig(deployment, { ...refused, signature }));
    const wrong = send(relayer, revokeManyBySig(deployment, { ...refused, mask: 2n, signature }));
    expect(await refusal(wrong)).toBe('consents-invalid-revocations');
    await follower.sync();
    for (const index of [255, 256, 257, 258, 511, 512]) {
      const expected = [256, 258, 511].includes(index);
      expect(await isRevoked(reader, { subject, index })).toBe(expected);
      expect(follower.isRevoked(subject, index)).toBe(expected);
    }
  });
});

describe('proxies', () => {
  test('default: a parent and the carer whom the parent names sign within their terms, and refuse', async () => {
    const { reader, send, operators, follower } = await withOrganizations(1);
    const { deployment, chainId } = reader;
    const [child, parent, carer] = [newAccount(), newAccount(), newAccount()];
    const subject = child.address;
    const domain = consentDomain(chainId, deployment.consents);
    const until = inOneYear();
    const root: ProxyTerms = {
      ...{ subject, epoch: 0, index: 3, proxy: parent.address, kind: 1, parent: NO_PARENT, categories: 6 },
      ...{ sensitive: 0, purposes: 1, actions: 1, validFrom: 0, validUntil: until, salt: hash('root') },
    };
    const link = proxyId(root, domain);
    const second = { ...root, index: 0, proxy: carer.address, kind: 3, parent: link, categories: 4 };
    const chain = [
      { terms: root, signature: await child.signTypedData(proxyTypedData(root, domain)) },
      { terms: second, signature: await parent.signTypedData(proxyTypedData(second, domain)) },
    ];
    const terms = {
      ...{ subject, epoch: 0, index: 300, grantee: 1, recipient: ANYONE, categories: 4, sensitive: 0, purposes: 1 },
      ...{ actions: 1, careFrom: CARE_OPEN_START, careUntil: CARE_OPEN_END, validFrom: 0, validUntil: until },
      salt: hash('salt'),
    };
    const time = Math.floor(Date.now() / 1000);
    const request = { grantee: 1, recipient: ANYONE, categories: 4, sensitive: 0, purpose: 1, action: 1, time };
    const signature = await carer.signTypedData(consentTypedData(terms, domain));
    const asked = { terms, signature, chain, request };
    expect(await permitsByProxy(reader, asked)).toBe(true);
    expect(await checkConsentByProxy(reader, asked)).toBe(consentId(terms, domain));
    const broader = { ...terms, categories: 6 };
    const broaderSignature = await carer.signTypedData(consentTypedData(broader, domain));
    await expect(
      checkConsentByProxy(reader, { ...asked, terms: broader, signature: broaderSignature }),
    ).rejects.toMatchObject({ code: 'proxies-broader' });

    // The child's own consent, which the parent refuses.
    const own = { ...terms, index: 301 };
    const ownSignature = await child.signTypedData(consentTypedData(own, domain));
    const refused = { terms: own, signature: ownSignature, chain: chain.slice(0, 1), refusal: '0x' } as const;
    await send(parent, revokeAsProxy(deployment, refused));
    expect(await isRevoked(reader, { subject, index: 301 })).toBe(true);

    // The carer refuses what it signed; the parent, through a relayer, removes the carer.
    await send(carer, revokeUnderProxy(deployment, { link: proxyId(second, domain), index: 300 }));
    expect(await permitsByProxy(reader, asked)).toBe(false);
    const removal = { link, index: 0 };
    const removalSignature = await parent.signTypedData(revokeUnderProxyTypedData(removal, domain));
    const signed = { ...removal, proxy: parent.address, signature: removalSignature };
    await send(operators[0] as PrivateKeyAccount, revokeUnderProxyBySig(deployment, signed));
    const space: Address = proxySpace(parent.address, link);
    expect(await isRevoked(reader, { subject: space, index: 0 })).toBe(true);
    await expect(checkConsentByProxy(reader, asked)).rejects.toMatchObject({ code: 'proxies-revoked' });
    await follower.sync();
    expect(follower.isRevoked(space, 0)).toBe(true);
    expect(follower.isRevoked(subject, 301)).toBe(true);
    expect(follower.isRevoked(subject, 0)).toBe(false);
  });
});

describe('emergencies', () => {
  test('default: a hospital declares, ends early, waits for its review, and an ethics board judges', async () => {
    const ledger = await withOrganizations(1, 1 << 5);
    const { reader, send, operators, follower } = ledger;
    const { deployment, chainId } = reader;
    const [hospital, board] = operators as [PrivateKeyAccount, PrivateKeyAccount];
    const statement = {
      ...{ organization: 1, custodian: 2, subject: newAccount().address, recipient: hash('Practitioner/silva') },
      ...{ justification: hash('found unconscious'), salt: hash('salt') },
    };
    const commitment = emergencyCommitment(statement, consentDomain(chainId, deployment.consents));
    const slot = { organization: 1, slot: 3 };
    expect(await getEmergency(reader, slot)).toBeNull();
    const declaration = { slot: 3, reason: 'unconscious', hours: 4, commitment } as const;
    await send(hospital, declareEmergency(deployment, declaration));
    const declared = await getEmergency(reader, slot);
    if (!declared) throw new Error('not declared');
    const { declaredAt } = declared;
    expect(declared).toEqual({
      ...{ commitment: commitment.slice(0, 46), declaredAt, until: declaredAt + 4 * 3600 },
      ...{ reason: 'unconscious', outcome: 'open' },
    });
    expect(await isEmergency(reader, { ...slot, commitment, time: declaredAt })).toBe(true);
    expect(await isEmergency(reader, { ...slot, commitment: hash('another'), time: declaredAt })).toBe(false);
    expect(await refusal(send(board, declareEmergency(deployment, declaration)))).toBe('emergencies-not-provider');

    const now = await later(ledger, 3600);
    await send(hospital, endEmergency(deployment, { slot: 3 }));
    expect(await isEmergency(reader, { ...slot, commitment, time: now + 3600 })).toBe(false);
    await later(ledger, 3 * DAY);
    expect(await listOverdue(reader, { organization: 1 })).toEqual([3]);
    expect(await refusal(send(hospital, declareEmergency(deployment, declaration)))).toBe('emergencies-not-reviewed');
    await send(board, reviewEmergency(deployment, { ...slot, declaredAt, outcome: 'justified' }));
    expect((await getEmergency(reader, slot))?.outcome).toBe('justified');
    expect(await listOverdue(reader, { organization: 1 })).toEqual([]);
    await follower.sync();
    const followed = { ...slot, commitment, declaredAt, reason: 1, outcome: 1, reviewer: 2 };
    expect(follower.emergencies(1)).toMatchObject([followed]);
    expect(follower.emergencies(2)).toEqual([]);
  });
});
