import { join } from 'node:path';
import { type Address, type Hex, keccak256, numberToHex } from 'viem';
import { describe, expect, onTestFinished, test } from 'vitest';
import { post } from '../checkpoints/post.ts';
import { connectLedger, type LedgerReader } from '../client.ts';
import { acceptOperator } from '../directory/acceptOperator.ts';
import { admit } from '../directory/admit.ts';
import { getOrganization } from '../directory/getOrganization.ts';
import { proposeOperator } from '../directory/proposeOperator.ts';
import { suspend } from '../directory/suspend.ts';
import { directoryAbi } from '../generated/index.ts';
import { startBareEngine } from '../testing/engine.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { inOneYear, newAccount, startTestLedger } from '../testing/ledger.ts';
import { fileOutboxStore } from './fileOutbox.ts';
import type { OutboxStore } from './outbox.ts';
import { createSender, type Sender, type SenderAccounts, type SenderOptions } from './sender.ts';

const admission = ({ deployment }: LedgerReader, operator: Address = newAccount().address) =>
  admit(deployment, {
    ...{ roles: 1, jurisdiction: 620, operator, operatorUntil: inOneYear() },
    ...{ profileHash: numberToHex(7, { size: 32 }), profileUrl: 'https://a.example' },
  });

const organizationCount = ({ client, deployment }: LedgerReader) =>
  client.readContract({ address: deployment.directory, abi: directoryAbi, functionName: 'organizationCount' });

async function openOutbox(path: string) {
  const store = await fileOutboxStore(path);
  onTestFinished(() => store.close());
  return store;
}

const newOutbox = async () => openOutbox(await outboxPath());

const outboxPath = async () => join(await temporaryFolder(), 'outbox.jsonl');

function start(options: SenderOptions): Sender {
  const sender = createSender({ resendAfterMs: 200, foreignAfterMs: 100, ...options });
  onTestFinished(() => sender.stop());
  return sender;
}

describe('on a ledger that mines at once', () => {
  test('default: what is submitted is carried out once, in order, however often it is submitted', async () => {
    const { ledger, reader } = await startTestLedger();
    const store = await newOutbox();
    const sender = start({ reader, account: ledger.deployer, store });
    const operators = Array.from({ length: 30 }, () => newAccount().address);
    const submitAll = () =>
      operators.map((operator) => sender.submit(`admit:${operator}`, admission(reader, operator)));
    await Promise.all([...submitAll(), ...submitAll()]);
    for (const [at, operator] of operators.entries()) {
      expect(await sender.settled(`admit:${operator}`)).toMatchObject({ status: 'succeeded', error: null });
      expect((await getOrganization(reader, { id: at + 1 }))?.operator).toBe(operator);
    }
    expect(await organizationCount(reader)).toBe(30);
    await expect(sender.settled('never')).rejects.toMatchObject({ code: 'unknown-intention' });
  });

  test('behavior: what would be refused is not sent, and the reason is told', async () => {
    const { ledger, reader } = await startTestLedger();
    const sender = start({ reader, account: ledger.deployer, store: await newOutbox() });
    await sender.submit('suspend nobody', suspend(reader.deployment, { id: 4 }));
    expect(await sender.settled('suspend nobody')).toMatchObject({
      status: 'refused',
      hash: null,
      error: {
        code: 'directory-unknown-organization',
        message: expect.stringMatching(/^No organisation has the identifier \d+\.$/),
        hint: expect.stringContaining('Look the identifier up'),
      },
    });
    await sender.submit('after', admission(reader));
    expect((await sender.settled('after')).status).toBe('succeeded');
  });

  test('behavior: a call that names its account is sent by it alone, with its value, while the acting key is held', async () => {
    const { ledger, reader, cheat } = await startTestLedger();
    const { client, deployment } = reader;
    const beside = newAccount();
    const to = newAccount().address;
    await cheat('anvil_setBalance', [beside.address, numberToHex(10n ** 18n)]);
    let held = true;
    const sender = start({
      ...{ reader, store: await newOutbox() },
      account: () => ({ acting: ledger.deployer, beside: [beside], held }),
    });
    await sender.submit('waits', admission(reader));
    await sender.submit('goes', { to, data: '0x', value: '1234', from: beside.address });
    expect(await sender.settled('goes')).toMatchObject({ status: 'succeeded' });
    expect(await client.getBalance({ address: to })).toBe(1234n);
    expect(await organizationCount(reader)).toBe(0);
    // What it may not do is refused to it, and nobody else is asked.
    await sender.submit('may not', { ...admission(reader), from: beside.address });
    expect((await sender.settled('may not')).status).toBe('refused');
    held = false;
    sender.wake();
    expect((await sender.settled('waits')).status).toBe('succeeded');
    expect((await getOrganization({ ...reader, deployment }, { id: 1 }))?.status).toBe('active');
  });

  test('behavior: killed between signing and sending, it sends the same bytes at the next start', async () => {
    const { ledger, reader } = await startTestLedger();
    const path = await outboxPath();
    const inner = await openOutbox(path);
    let signed: Hex | undefined;
    const dying: OutboxStore = {
      ...inner,
      async attempt(id, attempt) {
        await inner.attempt(id, attempt);
        signed = attempt.hash;
        throw new Error('killed');
      },
      async pending(waiting) {
        if (signed) throw new Error('killed');
        return inner.pending(waiting);
      },
    };
    const first = createSender({ reader, account: ledger.deployer, store: dying });
    await first.submit('admit', admission(reader));
    await expect.poll(() => signed).toBeDefined();
    await first.stop();
    await inner.close();
    expect(await organizationCount(reader)).toBe(0);

    const sender = start({ reader, account: ledger.deployer, store: await openOutbox(path) });
    expect(await sender.settled('admit')).toMatchObject({ status: 'succeeded', hash: signed });
    expect(await organizationCount(reader)).toBe(1);
  });

  test('behavior: while the ledger is down everything is kept, and it catches up by itself', async () => {
    const { ledger, reader } = await startTestLedger();
    const store = await newOutbox();
    const down = connectLedger({ ...reader, rpcUrls: ['http://127.0.0.1:9'] });
    const offline = createSender({ reader: down, account: ledger.deployer, store });
    for (let at = 0; at < 5; at++) await offline.submit(`admit ${at}`, admission(reader));
    await expect.poll(() => offline.status().problem?.code).toBe('ledger-unreachable');
    await offline.stop();
    const sender = start({ reader, account: ledger.deployer, store });
    for (let at = 0; at < 5; at++) expect((await sender.settled(`admit ${at}`)).status).toBe('succeeded');
    expect(await organizationCount(reader)).toBe(5);
  });

  test('behavior: the engine is killed again and again while calls are under way: each stands exactly once', async () => {
    const { ledger, reader } = await startTestLedger();
    const sender = start({ reader, account: ledger.deployer, store: await newOutbox() });
    const ids: string[] = [];
    for (let round = 0; round < 4; round++) {
      for (let at = 0; at < 10; at++) {
        ids.push(`${round}:${at}`);
        await sender.submit(`${round}:${at}`, admission(reader));
      }
      const killed = ledger.enginePid;
      process.kill(killed, 'SIGKILL');
      await expect.poll(() => ledger.enginePid).not.toBe(killed);
    }
    for (const id of ids) expect((await sender.settled(id)).status).toBe('succeeded');
    expect(await organizationCount(reader)).toBe(40);
  });
});

describe('on a ledger that mines when told', () => {
  test('behavior: no more than the window waits at one time', async () => {
    const { reader, deployer, call, pauseMining } = await startBareEngine();
    await pauseMining(true);
    const sender = start({ reader, account: deployer, store: await newOutbox(), window: 3 });
    for (let at = 0; at < 8; at++) await sender.submit(`admit ${at}`, admission(reader));
    await expect.poll(() => sender.status().unmined).toBe(3);
    expect(await call('txpool_status')).toMatchObject({ pending: '0x3' });
    await pauseMining(false);
    await call('evm_mine');
    for (let at = 0; at < 8; at++) expect((await sender.settled(`admit ${at}`)).status).toBe('succeeded');
  });

  test('behavior: what a key signed too late, when another acted already, is signed again by that one', async () => {
    const { reader, deployer, call, pauseMining } = await startBareEngine();
    const { client, chainId, deployment } = reader;
    const consortium = start({ reader, account: deployer, store: await newOutbox() });
    const [old, next] = [newAccount(), newAccount()];
    await consortium.submit('admit', admission(reader, old.address));
    await consortium.settled('admit');
    await call('anvil_setBalance', next.address, numberToHex(10n ** 18n));
    let accounts: SenderAccounts = { acting: old, beside: [next] };
    const hospital = start({ reader, account: () => accounts, store: await newOutbox() });
    const offer = { newOperator: next.address, operatorUntil: inOneYear() };
    await hospital.submit('propose', proposeOperator(deployment, offer));
    await hospital.settled('propose');
    await pauseMining(true);
    const checkpoint = { log: 'records', root: numberToHex(1, { size: 32 }), size: 1 } as const;
    await hospital.submit('post', post(deployment, checkpoint));
    await expect.poll(() => hospital.status().unmined).toBe(1);
    // Dearer, so that it comes first in the block.
    const fields = { type: 'legacy', chainId, nonce: 0, gas: 200_000n, gasPrice: 10n ** 9n } as const;
    const serializedTransaction = await next.signTransaction({ ...fields, ...acceptOperator(deployment, { id: 1 }) });
    await client.sendRawTransaction({ serializedTransaction });
    accounts = { acting: next, beside: [old] };
    await pauseMining(false);
    await call('evm_mine');
    const { hash } = await hospital.settled('post');
    const { from } = await client.getTransaction({ hash: hash as Hex });
    expect(from).toBe(next.address.toLowerCase());
    expect((await getOrganization(reader, { id: 1 }))?.operator).toBe(next.address);
    expect(await client.getTransactionCount({ address: old.address })).toBe(2);
  });

  test('behavior: a call that reverts in its block is reported with the reason', async () => {
    const { reader, deployer, call, pauseMining } = await startBareEngine();
    const consortium = start({ reader, account: deployer, store: await newOutbox() });
    const operator = newAccount();
    await consortium.submit('admit', admission(reader, operator.address));
    await consortium.settled('admit');
    await pauseMining(true);
    const hospital = start({ reader, account: operator, store: await newOutbox() });
    await hospital.submit(
      'post',
      post(reader.deployment, { log: 'records', root: numberToHex(1, { size: 32 }), size: 1 }),
    );
    await expect.poll(() => hospital.status().unmined).toBe(1);
    // Dearer, so that it comes first in the block.
    const nonce = await reader.client.getTransactionCount({ address: deployer.address });
    const fields = { type: 'legacy', chainId: reader.chainId, nonce, gas: 100_000n, gasPrice: 10n ** 9n } as const;
    const raw = await deployer.signTransaction({ ...fields, ...suspend(reader.deployment, { id: 1 }) });
    await reader.client.sendRawTransaction({ serializedTransaction: raw });
    await call('evm_mine');
    expect(await hospital.settled('post')).toMatchObject({
      status: 'reverted',
      error: { code: 'checkpoints-not-operator' },
    });
  });

  test.for(['legacy', 'eip1559'] as const)(
    'behavior: a stuck transaction is replaced by a dearer one (%s)',
    async (fees) => {
      const { reader, deployer, call, pauseMining } = await startBareEngine({ fees });
      await pauseMining(true);
      const store = await newOutbox();
      const sender = start({ reader, account: deployer, store, resendAfterMs: 50 });
      await sender.submit('admit', admission(reader));
      await expect.poll(async () => (await store.find('admit'))?.attempts.length).toBeGreaterThan(2);
      await call('evm_mine');
      const { hash, status } = await sender.settled('admit');
      expect(status).toBe('succeeded');
      expect((await store.find('admit'))?.settlement?.hash).toBe(hash);
      expect(await organizationCount(reader)).toBe(1);
    },
  );

  test('behavior: a transaction that the node has forgotten is sent again', async () => {
    const { reader, deployer, call, pauseMining } = await startBareEngine();
    await pauseMining(true);
    const store = await newOutbox();
    const sender = start({ reader, account: deployer, store });
    await sender.submit('admit', admission(reader));
    await expect.poll(() => sender.status().unmined).toBe(1);
    const hash = (await store.find('admit'))?.attempts[0]?.hash;
    await call('anvil_dropTransaction', hash);
    await expect.poll(async () => (await call<{ pending: Hex }>('txpool_status')).pending).toBe('0x1');
    await call('evm_mine');
    expect(await sender.settled('admit')).toMatchObject({ status: 'succeeded', hash });
  });

  test('behavior: a missing nonce is filled, so that what is stuck behind it moves', async () => {
    const { reader, deployer } = await startBareEngine();
    const store = await newOutbox();
    const nonce = (await reader.client.getTransactionCount({ address: deployer.address })) + 1;
    const intention = admission(reader);
    const fields = { type: 'legacy', chainId: reader.chainId, nonce, gas: 500_000n, gasPrice: 0n } as const;
    const raw = await deployer.signTransaction({ ...fields, ...intention });
    await store.insert('behind a gap', intention);
    await store.attempt('behind a gap', { nonce, raw, hash: keccak256(raw), max: '0', tip: '0', signedAt: Date.now() });
    const sender = start({ reader, account: deployer, store });
    expect((await sender.settled('behind a gap')).status).toBe('succeeded');
  });

  test('behavior: a nonce that a foreign transaction has used up is given up, and the call gets another', async () => {
    const { reader, deployer, call, pauseMining } = await startBareEngine();
    await pauseMining(true);
    const store = await newOutbox();
    const sender = start({ reader, account: deployer, store, resendAfterMs: 60_000 });
    await sender.submit('admit', admission(reader));
    await expect.poll(() => sender.status().unmined).toBe(1);
    const attempt = (await store.find('admit'))?.attempts[0];
    await call('anvil_dropTransaction', attempt?.hash);
    const fields = {
      type: 'legacy',
      chainId: reader.chainId,
      gas: 21_000n,
      gasPrice: 0n,
      to: deployer.address,
    } as const;
    const foreign = await deployer.signTransaction({ ...fields, nonce: attempt?.nonce ?? 0 });
    await reader.client.sendRawTransaction({ serializedTransaction: foreign });
    await pauseMining(false);
    await call('evm_mine');
    const { status, hash } = await sender.settled('admit');
    expect(status).toBe('succeeded');
    expect(hash).not.toBe(attempt?.hash);
    expect(await organizationCount(reader)).toBe(1);
  });

  test('behavior: it waits for finality, and a reorganisation before that loses nothing', async () => {
    const { reader, deployer, call } = await startBareEngine({ finality: { depth: 3 } });
    const sender = start({ reader, account: deployer, store: await newOutbox() });
    await sender.submit('admit', admission(reader));
    await expect.poll(() => organizationCount(reader)).toBe(1);
    await call('anvil_reorg', 1, []);
    await expect.poll(() => organizationCount(reader)).toBe(1);
    let settled = false;
    const settlement = sender.settled('admit').finally(() => {
      settled = true;
    });
    await call('evm_mine');
    expect(settled).toBe(false);
    await call('anvil_mine', '0x3');
    expect((await settlement).status).toBe('succeeded');
    expect(await organizationCount(reader)).toBe(1);
  });
});
