import { numberToHex } from 'viem';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Call } from '../call.ts';
import { post } from '../checkpoints/post.ts';
import { recordTwoRoots } from '../checkpoints/recordTwoRoots.ts';
import { checkpointTypedData } from '../checkpoints/signed.ts';
import { connectLedger, type LedgerReader } from '../client.ts';
import { revoke } from '../consents/revoke.ts';
import { acceptOperator } from '../directory/acceptOperator.ts';
import { admit } from '../directory/admit.ts';
import { proposeOperator } from '../directory/proposeOperator.ts';
import { setEmergencyQuota } from '../directory/setEmergencyQuota.ts';
import { setProfile } from '../directory/setProfile.ts';
import { suspend } from '../directory/suspend.ts';
import { revokeAll } from '../subjects/revokeAll.ts';
import { rotate } from '../subjects/rotate.ts';
import { type BareEngine, startBareEngine } from '../testing/engine.ts';
import { inOneYear, newAccount, startTestLedger } from '../testing/ledger.ts';
import type { LedgerEvent } from './events.ts';
import { createFollower, type Follower, type FollowerOptions } from './follower.ts';
import { memoryFollowerStore } from './store.ts';

const root = (value: number) => numberToHex(value, { size: 32 });

const admission = ({ deployment }: LedgerReader, operator = newAccount().address): Call =>
  admit(deployment, {
    ...{ roles: 1, jurisdiction: 620, operator, operatorUntil: inOneYear() },
    ...{ profileHash: root(7), profileUrl: 'https://a.example' },
  });

async function follow(options: FollowerOptions): Promise<Follower> {
  const follower = await createFollower({ pollMs: 0, ...options });
  onTestFinished(() => follower.stop());
  return follower;
}

/** Sends as the deployer, free of charge, and waits for nothing. */
async function send({ reader, deployer }: BareEngine, call: Call): Promise<void> {
  const nonce = await reader.client.getTransactionCount({ address: deployer.address, blockTag: 'pending' });
  const fields = { type: 'legacy', chainId: reader.chainId, nonce, gas: 1_000_000n, gasPrice: 0n } as const;
  const serializedTransaction = await deployer.signTransaction({ ...fields, ...call });
  const hash = await reader.client.sendRawTransaction({ serializedTransaction });
  await reader.client.waitForTransactionReceipt({ hash, pollingInterval: 20 });
}

describe('state', () => {
  test('default: organisations, subjects, refusals and checkpoints as the contracts have them', async () => {
    const { ledger, reader, send: sendAs } = await startTestLedger();
    const { deployment } = reader;
    const [first, second, maria, phone] = [newAccount(), newAccount(), newAccount(), newAccount()];
    await sendAs(ledger.deployer, admission(reader, first.address));
    await sendAs(ledger.deployer, admission(reader));
    await sendAs(ledger.deployer, suspend(deployment, { id: 2 }));
    await sendAs(first, post(deployment, { log: 'records', root: root(1), size: 10 }));
    await sendAs(first, post(deployment, { log: 'records', root: root(2), size: 20 }));
    await sendAs(first, proposeOperator(deployment, { newOperator: second.address, operatorUntil: inOneYear() }));
    await sendAs(second, acceptOperator(deployment, { id: 1 }));
    await sendAs(second, setProfile(deployment, { profileHash: root(8), profileUrl: 'https://b.example' }));
    await sendAs(maria, revoke(deployment, { subject: maria.address, index: 257 }));
    await sendAs(maria, rotate(deployment, { subject: maria.address, newController: phone.address }));
    await sendAs(phone, revokeAll(deployment, { subject: maria.address }));
    await sendAs(ledger.deployer, setEmergencyQuota(deployment, { id: 1, quota: 3 }));
    const of = { organization: 1, log: 'access' } as const;
    const domain = { chainId: reader.chainId, checkpoints: deployment.checkpoints };
    const sign = async (value: number) => {
      const state = { root: root(value), size: 7 };
      return { ...state, signature: await first.signTypedData(checkpointTypedData({ ...of, ...state }, domain)) };
    };
    await sendAs(maria, recordTwoRoots(deployment, { ...of, one: await sign(3), other: await sign(4) }));

    const events: LedgerEvent[] = [];
    const store = memoryFollowerStore();
    const small = { ...reader, policy: { ...reader.policy, logPage: 3 } };
    const follower = await follow({ reader: small, store, onEvents: (page) => void events.push(...page) });
    expect(follower.organization(1)).toBeNull();
    const view = await follower.sync();

    // Two admissions bring a quota each.
    expect(events).toHaveLength(14);
    expect(follower.organizations().map(({ id, status }) => [id, status])).toEqual([
      [1, 'active'],
      [2, 'suspended'],
    ]);
    expect(follower.organization(1)).toMatchObject({ profileUrl: 'https://b.example', operator: second.address });
    expect(follower.organizationByOperator(second.address)?.id).toBe(1);
    expect(follower.organizationByOperator(first.address)).toBeNull();
    expect(follower.organizationByOperator(second.address, inOneYear() + 9)).toBeNull();
    expect(follower.organizationByOperator(follower.organization(2)?.operator ?? '0x')).toBeNull();
    expect(follower.subject(maria.address)).toEqual({ controller: phone.address, epoch: 2, nonce: '2' });
    expect(follower.subject(phone.address)).toEqual({ controller: phone.address, epoch: 0, nonce: '0' });
    expect([0, 1, 256, 257, 258].filter((index) => follower.isRevoked(maria.address, index))).toEqual([257]);
    expect(follower.checkpoints(1, 'records').map(({ size }) => size)).toEqual([10, 20]);
    expect(follower.checkpointCovering(1, 'records', 9)?.root).toBe(root(1));
    expect(follower.checkpointCovering(1, 'records', 10)?.root).toBe(root(2));
    expect(follower.checkpointCovering(1, 'records', 20)).toBeNull();
    expect(follower.latestCheckpoint(1, 'access')).toBeNull();
    expect(follower.organizations().map(({ emergencyQuota }) => emergencyQuota)).toEqual([3, 16]);
    expect(follower.equivocations()).toMatchObject([{ organization: 1, stream: 1, contradiction: 1 }]);
    expect(view).toMatchObject({ block: Number(await reader.client.getBlockNumber()), finalized: view.block });

    // A restart answers the same before it has seen the ledger, but says that this may be stale.
    const again = await follow({ reader: connectLedger({ ...reader, rpcUrls: ['http://127.0.0.1:9'] }), store });
    expect(again.isRevoked(maria.address, 257)).toBe(true);
    expect(again.view).toBeNull();
    expect(again.isStale(1e9)).toBe(true);
    await expect(again.sync()).rejects.toMatchObject({ code: 'ledger-unreachable' });
    expect(again.problem?.code).toBe('ledger-unreachable');
  });

  test('behavior: what was kept of other contracts is forgotten', async () => {
    const store = memoryFollowerStore();
    const first = await startBareEngine();
    await send(first, admission(first.reader));
    const follower = await follow({ reader: first.reader, store });
    await follower.sync();
    expect(follower.organizations()).toHaveLength(1);
    const second = await startBareEngine();
    const other = await follow({ reader: second.reader, store });
    await other.sync();
    expect(other.organizations()).toHaveLength(0);
  });
});

describe('time', () => {
  test('default: polling sees what happens, and a ledger without new blocks is not stale', async () => {
    const { ledger, reader, send: sendAs } = await startTestLedger();
    const follower = await follow({ reader, store: memoryFollowerStore(), pollMs: 20 });
    await sendAs(ledger.deployer, admission(reader));
    await expect.poll(() => follower.organizations().length).toBe(1);
    const { block, seenAt } = follower.view ?? {};
    await expect.poll(() => follower.view?.seenAt).toBeGreaterThan((seenAt ?? 0) + 100);
    expect(follower.view?.block).toBe(block);
    expect(follower.isStale(1_000)).toBe(false);
    await ledger.stop();
    await expect.poll(() => follower.isStale(100)).toBe(true);
    await expect.poll(() => follower.problem?.code).toBe('ledger-unreachable');
  });
});

describe('reorganisations', () => {
  test('default: what never happened is undone, and what happened instead is followed', async () => {
    const engine = await startBareEngine();
    const { reader, call } = engine;
    const rewinds: number[] = [];
    const store = memoryFollowerStore();
    const follower = await follow({ reader, store, onRewind: (block) => void rewinds.push(block) });
    await send(engine, admission(reader));
    const kept = await follower.sync();
    await send(engine, suspend(reader.deployment, { id: 1 }));
    await send(engine, admission(reader));
    await follower.sync();
    expect(follower.organization(1)?.status).toBe('suspended');

    await call('anvil_reorg', 2, []);
    await follower.sync();
    expect(rewinds).toEqual([kept.block]);
    expect(follower.organization(1)?.status).toBe('active');
    expect(follower.organization(2)).toBeNull();

    await send(engine, admission(reader));
    await follower.sync();
    expect(follower.organization(2)).not.toBeNull();
    const fresh = await follow({ reader, store: memoryFollowerStore() });
    await fresh.sync();
    expect(fresh.organizations()).toEqual(follower.organizations());
  });

  test('behavior: one that happened while nobody looked is found at the next start', async () => {
    const engine = await startBareEngine();
    const { reader, call } = engine;
    const store = memoryFollowerStore();
    const before = await follow({ reader, store });
    await send(engine, admission(reader));
    await before.sync();
    await before.stop();
    await call('anvil_reorg', 1, []);
    await call('anvil_mine', '0x5');
    const after = await follow({ reader, store });
    expect(after.organizations()).toHaveLength(1);
    await after.sync();
    expect(after.organizations()).toHaveLength(0);
  });

  test('behavior: a node that lags behind is not followed back', async () => {
    const engine = await startBareEngine();
    const { reader } = engine;
    await send(engine, admission(reader));
    const snapshot = await engine.call('anvil_dumpState');
    const store = memoryFollowerStore();
    const follower = await follow({ reader, store });
    await follower.sync();
    await send(engine, suspend(reader.deployment, { id: 1 }));
    await follower.sync();

    const slow = await startBareEngine();
    await slow.call('anvil_reset');
    await slow.call('anvil_loadState', snapshot);
    const lagging = await follow({ reader: { ...reader, client: slow.reader.client }, store });
    await expect(lagging.sync()).rejects.toMatchObject({ code: 'ledger-behind' });
    expect(lagging.organization(1)?.status).toBe('suspended');
    expect(lagging.isStale(1e9)).toBe(true);
  });
});
