import {
  acceptOperator,
  proposeOperator,
  revokeAllBySig,
  revokeBySig,
  revokeManyBySig,
  setGuardiansBySig,
  setProfile,
  setRoles,
  suspend,
} from '@anamnesis/ledger';
import {
  consentDomain,
  encodeProfile,
  profileHash,
  revokeAllTypedData,
  revokeManyTypedData,
  revokeTypedData,
  setGuardiansTypedData,
  subjectsDomain,
} from '@anamnesis/protocol';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  admitOrganization,
  type Identity,
  startNode,
  startWorld,
  type TestNode,
  type World,
} from '../../testing/world.ts';
import { findOrganization, isRevokedOnLedger, listOrganizations, subjectState } from './index.ts';

let world: World;
let who: Identity;
let node: TestNode;

beforeAll(async () => {
  world = await startWorld();
  who = await admitOrganization(world, 1, 'St. Aldhelm Hospital', 'http://127.0.0.1:1');
  node = await startNode(world, who);
}, 60_000);
afterAll(async () => {
  await node.stop();
  await world.stop();
});

const cheat = (method: string, ...params: unknown[]) =>
  world.reader.client.request({ method, params } as never) as Promise<string>;

async function revocation(index: number) {
  const maria = privateKeyToAccount(generatePrivateKey());
  const domain = consentDomain(world.reader.chainId, world.reader.deployment.consents);
  const signature = await maria.signTypedData(revokeTypedData({ subject: maria.address, index }, domain));
  return { maria, call: revokeBySig(world.reader.deployment, { subject: maria.address, index, signature }) };
}

describe('the view of the ledger', () => {
  test('default: organisations as their latest events have them', async () => {
    const { deployment } = world.reader;
    const until = Math.floor(Date.now() / 1000) + 1000;
    const next = privateKeyToAccount(generatePrivateKey());
    const bytes = encodeProfile({ ...who.profile, hpke: 'A'.repeat(43) });
    const other = await admitOrganization(world, 2, 'Hospital da Luz Nova', 'http://127.0.0.1:2');
    await world.send(world.ledger.deployer, setRoles(deployment, { id: 2, roles: 5 }));
    const profile = { profileHash: profileHash(bytes), profileUrl: 'https://luz.example/new' };
    await world.send(other.operator, setProfile(deployment, profile));
    await world.send(other.operator, proposeOperator(deployment, { newOperator: next.address, operatorUntil: until }));
    await world.send(next, acceptOperator(deployment, { id: 2 }));
    await world.send(world.ledger.deployer, suspend(deployment, { id: 2 }));
    await node.directory.sync();
    expect(await findOrganization(node.database, 2)).toEqual({
      id: 2,
      roles: 5,
      jurisdiction: 826,
      active: false,
      operator: next.address.toLowerCase(),
      operatorUntil: until,
      emergencyQuota: 16,
      profileHash: profileHash(bytes),
      profileUrl: 'https://luz.example/new',
    });
    expect((await listOrganizations(node.database)).map(({ id }) => id)).toEqual([1, 2]);
    await expect(node.directory.peer(2)).rejects.toMatchObject({ code: 'organization-inactive' });
    await expect(node.directory.peer(7)).rejects.toMatchObject({ code: 'organization-unknown' });
    await expect(node.directory.peer(1)).rejects.toMatchObject({ code: 'unreachable' });
  });

  test('behavior: what a reorganisation takes back is taken back here', async () => {
    const { maria, call } = await revocation(9);
    await world.send(world.ledger.deployer, call);
    const message = { subject: maria.address, nonce: 0n, deadline: Math.floor(Date.now() / 1000) + 600 };
    const domain = subjectsDomain(world.reader.chainId, world.reader.deployment.subjects);
    const signature = await maria.signTypedData(revokeAllTypedData(message, domain));
    await world.send(world.ledger.deployer, revokeAllBySig(world.reader.deployment, { ...message, signature }));
    await node.directory.sync();
    expect(await isRevokedOnLedger(node.database, maria.address, 9)).toBe(true);
    expect(await subjectState(node.database, maria.address)).toMatchObject({ epoch: 1, nonce: 1 });
    await cheat('anvil_reorg', 2, []);
    await node.directory.sync();
    expect(await isRevokedOnLedger(node.database, maria.address, 9)).toBe(false);
    expect(await subjectState(node.database, maria.address)).toMatchObject({ epoch: 0, nonce: 0 });
    expect((await listOrganizations(node.database)).map(({ id }) => id)).toContain(1);
  });

  test('behavior: many refusals at once, and guardians, who change the nonce alone', async () => {
    const { chainId, deployment } = world.reader;
    const maria = privateKeyToAccount(generatePrivateKey());
    const subject = maria.address;
    const many = { subject, word: 1, mask: 5n };
    const manySignature = await maria.signTypedData(
      revokeManyTypedData(many, consentDomain(chainId, deployment.consents)),
    );
    await world.send(world.ledger.deployer, revokeManyBySig(deployment, { ...many, signature: manySignature }));
    const deadline = Math.floor(Date.now() / 1000) + 600;
    const named = { subject, commitment: `0x${'ab'.repeat(32)}`, nonce: 0n, deadline } as const;
    const namedSignature = await maria.signTypedData(
      setGuardiansTypedData(named, subjectsDomain(chainId, deployment.subjects)),
    );
    await world.send(world.ledger.deployer, setGuardiansBySig(deployment, { ...named, signature: namedSignature }));
    await node.directory.sync();
    for (const index of [255, 256, 257, 258, 259]) {
      expect(await isRevokedOnLedger(node.database, subject, index)).toBe(index === 256 || index === 258);
    }
    const controller = subject.toLowerCase();
    expect(await subjectState(node.database, subject)).toMatchObject({ controller, epoch: 0, nonce: 1 });
  });

  test('behavior: goes on where it was after a restart, and is stale until the ledger answers', async () => {
    const { maria, call } = await revocation(2);
    await world.send(world.ledger.deployer, call);
    await node.directory.sync();
    const { folder } = node;
    await node.stop();
    node = await startNode(world, who, { folder, maxLedgerAgeMs: 0 });
    expect(await isRevokedOnLedger(node.database, maria.address, 2)).toBe(true);
    await expect.poll(() => node.directory.isStale()).toBe(true);
    await node.stop();
    node = await startNode(world, who, { folder });
    expect(node.directory.isStale()).toBe(false);
    expect(node.directory.view?.block).toBeGreaterThan(0);
    expect(node.directory.problem).toBeNull();
  });
});

test('openDirectory error: another deployment forgets what was known of the last', async () => {
  const { folder } = node;
  await node.stop();
  const elsewhere = await startWorld();
  const stranger = await admitOrganization(elsewhere, 1, 'Elsewhere', 'http://127.0.0.1:3');
  const moved = await startNode(elsewhere, stranger, { folder });
  expect((await listOrganizations(moved.database)).map(({ operator }) => operator)).toEqual([
    stranger.operator.address.toLowerCase(),
  ]);
  await moved.stop();
  await elsewhere.stop();
  node = await startNode(world, who, { folder });
}, 60_000);
