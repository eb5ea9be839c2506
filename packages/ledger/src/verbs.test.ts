import {
  ANYONE,
  CARE_OPEN_END,
  CARE_OPEN_START,
  consentDomain,
  consentId,
  consentTypedData,
  revokeAllTypedData,
  revokeTypedData,
  rotateTypedData,
  subjectsDomain,
} from '@anamnesis/protocol';
import { type Hash, keccak256, stringToBytes, toFunctionSelector } from 'viem';
import type { PrivateKeyAccount } from 'viem/accounts';
import { describe, expect, test } from 'vitest';
import { announceSuccessor } from './authority/announceSuccessor.ts';
import { appointCouncil } from './authority/appointCouncil.ts';
import { cancelScheduled } from './authority/cancelScheduled.ts';
import { dismissCouncil } from './authority/dismissCouncil.ts';
import { executeScheduled } from './authority/executeScheduled.ts';
import { pause } from './authority/pause.ts';
import { pausedUntil } from './authority/pausedUntil.ts';
import { renewPause } from './authority/renewPause.ts';
import { schedule } from './authority/schedule.ts';
import { successorOf } from './authority/successorOf.ts';
import { unpause } from './authority/unpause.ts';
import { equivocatedAt } from './checkpoints/equivocatedAt.ts';
import { listCheckpoints } from './checkpoints/listCheckpoints.ts';
import { matches } from './checkpoints/matches.ts';
import { post } from './checkpoints/post.ts';
import { postMany } from './checkpoints/postMany.ts';
import { recordLeafReplaced } from './checkpoints/recordLeafReplaced.ts';
import { recordOtherThanPosted } from './checkpoints/recordOtherThanPosted.ts';
import { recordTwoRoots } from './checkpoints/recordTwoRoots.ts';
import { checkpointTypedData } from './checkpoints/signed.ts';
import { checkLedger, connectLedger } from './client.ts';
import { isRevoked } from './consents/isRevoked.ts';
import { checkConsent, permits } from './consents/permits.ts';
import { revoke } from './consents/revoke.ts';
import { revokeBySig } from './consents/revokeBySig.ts';
import { executeProposal } from './council/executeProposal.ts';
import { getProposal } from './council/getProposal.ts';
import { proposalId, propose } from './council/propose.ts';
import { queueProposal } from './council/queueProposal.ts';
import { vote } from './council/vote.ts';
import { acceptOperator } from './directory/acceptOperator.ts';
import { admit } from './directory/admit.ts';
import { getOrganization } from './directory/getOrganization.ts';
import { operatorAt } from './directory/operatorAt.ts';
import { organizationOf } from './directory/organizationOf.ts';
import { proposedOperator } from './directory/proposedOperator.ts';
import { proposeOperator } from './directory/proposeOperator.ts';
import { reinstate } from './directory/reinstate.ts';
import { renewOperator } from './directory/renewOperator.ts';
import { replaceOperator } from './directory/replaceOperator.ts';
import { setEmergencyQuota } from './directory/setEmergencyQuota.ts';
import { setProfile } from './directory/setProfile.ts';
import { setRoles } from './directory/setRoles.ts';
import { suspend } from './directory/suspend.ts';
import { withdrawOperatorProposal } from './directory/withdrawOperatorProposal.ts';
import { ledgerError } from './errors.ts';
import { getSubject } from './subjects/getSubject.ts';
import { revokeAll } from './subjects/revokeAll.ts';
import { revokeAllBySig } from './subjects/revokeAllBySig.ts';
import { rotate } from './subjects/rotate.ts';
import { rotateBySig } from './subjects/rotateBySig.ts';
import { inOneYear, newAccount, startTestLedger, type TestLedger } from './testing/ledger.ts';

const hash = (text: string): Hash => keccak256(stringToBytes(text));

async function withHospital(): Promise<TestLedger & { operator: PrivateKeyAccount }> {
  const ledger = await startTestLedger();
  const operator = newAccount();
  const { deployment } = ledger.reader;
  const call = admit(deployment, {
    roles: 0b101,
    jurisdiction: 826,
    operator: operator.address,
    operatorUntil: inOneYear(),
    profileHash: hash('profile'),
    profileUrl: 'http://127.0.0.1:8101/.well-known/anamnesis',
  });
  await ledger.send(ledger.ledger.deployer, call);
  return { ...ledger, operator };
}

/** The code of the error with which a transaction is refused. */
async function refusal(sending: Promise<unknown>): Promise<string> {
  return sending.then(
    () => 'accepted',
    (error: unknown) => ledgerError(error).code,
  );
}

describe('directory', () => {
  test('default: an organisation is admitted, changes its key and profile, is suspended and reinstated', async () => {
    const { ledger, reader, send, operator } = await withHospital();
    const { deployment } = reader;
    expect(await organizationOf(reader, { operator: operator.address })).toBe(1);
    const next = newAccount();
    await send(operator, renewOperator(deployment, { operatorUntil: inOneYear() + 60 }));
    const until = inOneYear();
    expect(await proposedOperator(reader, { id: 1 })).toBeNull();
    await send(operator, proposeOperator(deployment, { newOperator: next.address, operatorUntil: until }));
    expect(await proposedOperator(reader, { id: 1 })).toEqual({ newOperator: next.address, operatorUntil: until });
    const before = Number(await reader.client.getBlockNumber());
    await send(operator, withdrawOperatorProposal(deployment));
    expect(await refusal(send(next, acceptOperator(deployment, { id: 1 })))).toBe('directory-not-proposed');
    await send(operator, proposeOperator(deployment, { newOperator: next.address, operatorUntil: inOneYear() }));
    await send(next, acceptOperator(deployment, { id: 1 }));
    expect(await organizationOf(reader, { operator: operator.address })).toBeNull();
    expect((await getOrganization(reader, { id: 1, block: before }))?.operator).toBe(operator.address);
    await send(next, setProfile(deployment, { profileHash: hash('second'), profileUrl: 'https://a.example' }));
    await send(ledger.deployer, setRoles(deployment, { id: 1, roles: 3 }));
    await send(ledger.deployer, setEmergencyQuota(deployment, { id: 1, quota: 40 }));
    const time = inOneYear() - 60;
    const standing = { organization: 1, roles: 3, emergencyQuota: 40 };
    expect(await operatorAt(reader, { operator: next.address, time })).toEqual(standing);
    expect(await operatorAt(reader, { operator: operator.address, time })).toBeNull();
    expect(await getOrganization(reader, { id: 1 })).toMatchObject({
      id: 1,
      roles: 3,
      jurisdiction: 826,
      status: 'active',
      operator: next.address,
      emergencyQuota: 40,
      profileHash: hash('second'),
    });
    await send(ledger.deployer, suspend(deployment, { id: 1 }));
    expect((await getOrganization(reader, { id: 1 }))?.status).toBe('suspended');
    expect(await organizationOf(reader, { operator: next.address })).toBeNull();
    await send(ledger.deployer, reinstate(deployment, { id: 1 }));
    const third = newAccount();
    const replacement = { id: 1, newOperator: third.address, operatorUntil: inOneYear() };
    await send(ledger.deployer, replaceOperator(deployment, replacement));
    expect(await organizationOf(reader, { operator: third.address })).toBe(1);
    expect(await getOrganization(reader, { id: 2 })).toBeNull();
  });

  test('error: the reason of the contract is told', async () => {
    const { ledger, reader, send, operator } = await withHospital();
    const { deployment } = reader;
    expect(await refusal(send(operator, suspend(deployment, { id: 1 })))).toBe('access-managed-unauthorized');
    expect(await refusal(send(ledger.deployer, reinstate(deployment, { id: 1 })))).toBe('directory-wrong-status');
    expect(await refusal(send(ledger.deployer, suspend(deployment, { id: 9 })))).toBe('directory-unknown-organization');
  });
});

describe('subjects and consents', () => {
  test('default: a patient hands over a subject, refuses one consent, then all', async () => {
    const { reader, send, operator } = await withHospital();
    const { deployment, chainId } = reader;
    const [maria, phone] = [newAccount(), newAccount()];
    const subject = maria.address;
    expect(await getSubject(reader, { subject })).toEqual({ controller: subject, epoch: 0, nonce: 0n });

    const domain = subjectsDomain(chainId, deployment.subjects);
    const deadline = inOneYear();
    const rotation = { subject, newController: phone.address, nonce: 0n, deadline };
    const rotationSignature = await maria.signTypedData(rotateTypedData(rotation, domain));
    await send(operator, rotateBySig(deployment, { ...rotation, signature: rotationSignature }));
    expect(await getSubject(reader, { subject })).toEqual({ controller: phone.address, epoch: 1, nonce: 1n });

    const consents = consentDomain(chainId, deployment.consents);
    const terms = {
      ...{ subject, epoch: 1, index: 300, grantee: 1, recipient: ANYONE, categories: 6, sensitive: 0, purposes: 1 },
      ...{ actions: 1, careFrom: CARE_OPEN_START, careUntil: CARE_OPEN_END, validFrom: 0, validUntil: deadline },
      salt: hash('salt'),
    };
    const signature = await phone.signTypedData(consentTypedData(terms, consents));
    const time = Math.floor(Date.now() / 1000);
    const asked = { grantee: 1, recipient: ANYONE, categories: 4, sensitive: 0, purpose: 1, action: 1, time };
    const request = { terms, signature, request: asked };
    expect(await permits(reader, request)).toBe(true);
    expect(await checkConsent(reader, request)).toBe(consentId(terms, consents));

    const refused = { subject, index: 300 };
    const refusalSignature = await phone.signTypedData(revokeTypedData(refused, consents));
    await send(operator, revokeBySig(deployment, { ...refused, signature: refusalSignature }));
    expect(await isRevoked(reader, refused)).toBe(true);
    expect(await permits(reader, request)).toBe(false);
    await expect(checkConsent(reader, request)).rejects.toMatchObject({ code: 'consents-revoked' });

    const all = { subject, nonce: 1n, deadline };
    const allSignature = await phone.signTypedData(revokeAllTypedData(all, domain));
    await send(operator, revokeAllBySig(deployment, { ...all, signature: allSignature }));
    await send(phone, revokeAll(deployment, { subject }));
    await send(phone, revoke(deployment, { subject, index: 1 }));
    await send(phone, rotate(deployment, { subject, newController: maria.address }));
    expect(await getSubject(reader, { subject })).toEqual({ controller: subject, epoch: 4, nonce: 4n });
    expect(await isRevoked(reader, { subject, index: 1 })).toBe(true);
    expect(await isRevoked(reader, { subject, index: 2 })).toBe(false);
  });
});

describe('checkpoints', () => {
  test('default: checkpoints are posted, matched and listed', async () => {
    const { reader, send, operator } = await withHospital();
    const { deployment } = reader;
    await send(operator, post(deployment, { log: 'records', root: hash('a'), size: 5 }));
    await send(operator, post(deployment, { log: 'access', root: hash('b'), size: 7 }));
    await send(operator, post(deployment, { log: 'records', root: hash('c'), size: 9 }));
    const time = await matches(reader, { organization: 1, log: 'records', root: hash('c'), size: 9 });
    expect(time).toBeGreaterThan(1_700_000_000);
    expect(await matches(reader, { organization: 1, log: 'records', root: hash('a'), size: 5 })).toBeNull();
    const paged = { ...reader, policy: { ...reader.policy, logPage: 2 } };
    expect(await listCheckpoints(paged, { organization: 1, log: 'records' })).toMatchObject([
      { root: hash('a'), size: 5 },
      { root: hash('c'), size: 9, time },
    ]);
    const again = send(operator, post(deployment, { log: 'records', root: hash('c'), size: 9 }));
    expect(await refusal(again)).toBe('checkpoints-not-growing');
  });

  test('behavior: several logs in one transaction', async () => {
    const { reader, send, operator } = await withHospital();
    const next = [
      { log: 'records', root: hash('a'), size: 5 },
      { log: 'access', root: hash('b'), size: 7 },
    ] as const;
    await send(operator, postMany(reader.deployment, next));
    for (const state of next) expect(await matches(reader, { organization: 1, ...state })).not.toBeNull();
  });

  test('behavior: a contradiction is put on record by anyone, once', async () => {
    const { reader, send, operator } = await withHospital();
    const { deployment } = reader;
    const of = { organization: 1, log: 'records' } as const;
    const sign = async (log: 'records' | 'access', root: Hash, size: number) => {
      const message = { ...of, log, root, size };
      const signature = await operator.signTypedData(checkpointTypedData(message, deployment));
      return { root, size, signature };
    };
    const stranger = newAccount();
    expect(await equivocatedAt(reader, of)).toBeNull();
    await send(operator, post(deployment, { log: 'records', root: hash('a'), size: 5 }));
    const signed = await sign('records', hash('b'), 5);
    await send(stranger, recordOtherThanPosted(deployment, { ...of, signed }));
    expect(await equivocatedAt(reader, of)).toMatchObject({ contradiction: 'other-than-posted' });
    const [one, other] = [await sign('records', hash('a'), 5), signed];
    const again = send(stranger, recordTwoRoots(deployment, { ...of, one, other }));
    expect(await refusal(again)).toBe('checkpoints-already-recorded');

    const access = { organization: 1, log: 'access' } as const;
    const two = { ...(await sign('access', hash('c'), 2)), leafHash: hash('leaf'), proof: [hash('sibling')] };
    const three = { ...two, ...(await sign('access', hash('d'), 3)), leafHash: hash('other leaf') };
    const forged = send(stranger, recordLeafReplaced(deployment, { ...access, index: 0, one: two, other: three }));
    expect(await refusal(forged)).toBe('checkpoints-invalid-proof');
  });
});

describe('authority and council', () => {
  test('default: the guardian pauses, the council renews and ends', async () => {
    const { ledger, reader, send, operator } = await withHospital();
    const { deployment } = reader;
    const paused = { target: 'directory', reason: 'leak' } as const;
    await send(ledger.deployer, pause(deployment, paused));
    await send(ledger.deployer, renewPause(deployment, paused));
    const asked = { target: 'directory', selector: toFunctionSelector('acceptOperator(uint32)') } as const;
    expect(await pausedUntil(reader, asked)).toBeGreaterThan(inOneYear() - 31_536_000);
    const next = newAccount();
    await send(operator, proposeOperator(deployment, { newOperator: next.address, operatorUntil: inOneYear() }));
    expect(await refusal(send(next, acceptOperator(deployment, { id: 1 })))).toBe('authority-paused');
    await send(ledger.deployer, unpause(deployment, { target: 'directory' }));
    expect(await pausedUntil(reader, asked)).toBeNull();
    expect(await refusal(send(ledger.deployer, pause(deployment, paused)))).toBe('authority-cooling-down');
  });

  test('behavior: a successor is announced long ahead', async () => {
    const { ledger, reader, send } = await withHospital();
    const next = { successor: newAccount().address, from: inOneYear() };
    const announce = (from: number) =>
      send(ledger.deployer, announceSuccessor(reader.deployment, { core: 'consents', next: { ...next, from } }));
    expect(await refusal(announce(inOneYear() - 330 * 86_400))).toBe('authority-notice-too-short');
    await announce(next.from);
    expect(await successorOf(reader, { core: 'consents' })).toEqual(next);
    await send(ledger.deployer, announceSuccessor(reader.deployment, { core: 'consents', next: null }));
    expect(await successorOf(reader, { core: 'consents' })).toBeNull();
  });

  test('behavior: organisations propose and vote; without the role the Authority refuses', async () => {
    const { reader, send, operator } = await withHospital();
    const { deployment } = reader;
    const action = { call: suspend(deployment, { id: 1 }), salt: hash('salt') };
    const id = proposalId(action);
    expect(await getProposal(reader, { id })).toBeNull();
    await send(operator, propose(deployment, action));
    expect(await getProposal(reader, { id })).toMatchObject({ stage: 'passed', yes: 1 });
    await send(operator, vote(deployment, { id, support: false }));
    expect(await getProposal(reader, { id })).toMatchObject({ stage: 'open', yes: 0 });
    await send(operator, vote(deployment, { id, support: true }));
    const refused = 'access-manager-unauthorized-call';
    expect(await refusal(send(operator, executeProposal(deployment, action)))).toBe(refused);
    expect(await refusal(send(operator, queueProposal(deployment, action)))).toBe(refused);
  });

  test('behavior: the founder hands its roles to the Council, and the organisations decide', async () => {
    const { ledger, reader, send, operator } = await withHospital();
    const { deployment } = reader;
    const appointment = { account: deployment.council, councilDelay: 0, adminDelay: 0 };
    for (const call of appointCouncil(deployment, appointment)) await send(ledger.deployer, call);
    for (const call of dismissCouncil(deployment, { account: ledger.deployer.address })) {
      await send(ledger.deployer, call);
    }
    const call = suspend(deployment, { id: 1 });
    expect(await refusal(send(ledger.deployer, call))).toBe('access-managed-unauthorized');
    const action = { call, salt: hash('salt') };
    await send(operator, propose(deployment, action));
    await send(newAccount(), executeProposal(deployment, action));
    expect((await getOrganization(reader, { id: 1 }))?.status).toBe('suspended');
    expect(await getProposal(reader, { id: proposalId(action) })).toMatchObject({ stage: 'executed' });
  });

  test('behavior: without a delay nothing is scheduled', async () => {
    const { ledger, reader, send } = await withHospital();
    const { deployment } = reader;
    const call = suspend(deployment, { id: 1 });
    const scheduling = send(ledger.deployer, schedule(deployment, call));
    expect(await refusal(scheduling)).toBe('access-manager-unauthorized-call');
    const cancelling = send(ledger.deployer, cancelScheduled(deployment, { caller: ledger.deployer.address, call }));
    expect(await refusal(cancelling)).toBe('access-manager-not-scheduled');
    await send(ledger.deployer, executeScheduled(deployment, call));
    expect((await getOrganization(reader, { id: 1 }))?.status).toBe('suspended');
  });
});

describe('connection', () => {
  test('behavior: the next URL answers while the first is down', async () => {
    const { reader } = await withHospital();
    const rpcUrls = ['http://127.0.0.1:9', ...reader.rpcUrls];
    const second = connectLedger({ ...reader, rpcUrls });
    expect(await organizationOf(second, { operator: newAccount().address })).toBeNull();
    await checkLedger(second);
  });

  test('error: a dead ledger, another chain, and contracts that are not there', async () => {
    const { reader } = await withHospital();
    const dead = connectLedger({ ...reader, rpcUrls: ['http://127.0.0.1:9'] });
    await expect(checkLedger(dead)).rejects.toMatchObject({ code: 'ledger-unreachable' });
    await expect(getOrganization(dead, { id: 1 })).rejects.toMatchObject({ code: 'ledger-unreachable' });
    const deployment = { ...reader.deployment, chainId: 5 };
    const foreign = connectLedger({ ...reader, chainId: 5, deployment });
    await expect(checkLedger(foreign)).rejects.toMatchObject({ code: 'ledger-wrong-chain' });
    const moved = { ...reader.deployment, consents: newAccount().address };
    await expect(checkLedger({ ...reader, deployment: moved })).rejects.toMatchObject({ code: 'ledger-not-deployed' });
    expect(() => connectLedger({ ...reader, rpcUrls: [] })).toThrow(/at least one/);
  });
});
