import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { admit, createSender, getOrganization, post } from '@anamnesis/ledger';
import { numberToHex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startBareEngine } from '../../../../../packages/ledger/src/testing/engine.ts';
import { openNodeKeys } from '../../config/index.ts';
import { ContentKeys } from '../../storage/index.ts';
import { ENGINES } from '../../testing/databases.ts';
import { sqlOutboxStore } from '../directory/index.ts';
import { openHandover } from './handover.ts';
import { openKeyring } from './keyring.ts';

const ETHER = 10n ** 18n;
const GWEI = 10n ** 9n;

describe.each(ENGINES)('on a ledger that charges and may reorganise: $name', ({ open }) => {
  /** An organisation with a key of `balance` wei, on a chain where two more blocks make one final. */
  async function start(balance: bigint) {
    const own = await open();
    const { database } = own;
    const engine = await startBareEngine({ fees: 'legacy', finality: { depth: 2 } });
    const { reader, deployer, call } = engine;
    const folder = await mkdtemp(join(tmpdir(), 'anamnesis-handover-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const keys = await openNodeKeys(join(folder, 'keys.json'));
    const old = privateKeyToAccount(keys.operator).address;
    const nonce = await reader.client.getTransactionCount({ address: deployer.address });
    const admission = admit(reader.deployment, {
      ...{ roles: 1, jurisdiction: 826, operator: old, operatorUntil: Math.floor(Date.now() / 1000) + 86_400 },
      ...{ profileHash: numberToHex(7, { size: 32 }), profileUrl: 'https://a.example' },
    });
    const fields = { type: 'legacy', chainId: reader.chainId, nonce, gas: 500_000n, gasPrice: 0n } as const;
    const serializedTransaction = await deployer.signTransaction({ ...fields, ...admission });
    await reader.client.sendRawTransaction({ serializedTransaction });
    await call('anvil_setNextBlockBaseFeePerGas', numberToHex(GWEI));
    await call('anvil_setBalance', old, numberToHex(balance));

    const keyring = openKeyring(join(folder, 'keys.json'), keys);
    const store = sqlOutboxStore(database);
    const sender = createSender({ reader, account: keyring.accounts, store, resendAfterMs: 200 });
    const log = {
      keys: new ContentKeys(new Uint8Array(32).fill(1)),
      ledger: { chainId: reader.chainId, checkpoints: reader.deployment.checkpoints, organization: 1 },
      covering: async () => null,
    };
    const handover = openHandover({ database, log, reader, keyring, store, sender, clock: Date.now, retryAfterMs: 50 });
    onTestFinished(async () => {
      await handover.stop();
      await sender.stop();
      await own.end();
    });
    const balanceOf = (address: string) => reader.client.getBalance({ address: address as `0x${string}` });
    return { ...engine, keyring, sender, handover, old, balanceOf, mine: () => call('evm_mine') };
  }

  test('default: the new key gets what it needs, then all of it; it acts at once, and the file follows when nothing can undo it', async () => {
    const { reader, keyring, sender, handover, old, balanceOf, mine } = await start(ETHER);
    await handover.begin(old, 'Grace', async () => {});
    const next = keyring.next?.address ?? '';
    // What was promised before is held, never refused.
    await sender.submit(
      'post',
      post(reader.deployment, { log: 'records', root: numberToHex(1, { size: 32 }), size: 1 }),
    );
    await expect
      .poll(
        async () => {
          await mine();
          return keyring.accounts().acting.address;
        },
        { timeout: 20_000 },
      )
      .toBe(next);
    await expect
      .poll(
        async () => {
          await mine();
          const { underWay, former } = await handover.status();
          return underWay === null && former === null;
        },
        { timeout: 20_000 },
      )
      .toBe(true);
    expect(keyring.present.address).toBe(next);
    expect((await getOrganization(reader, { id: 1 }))?.operator).toBe(next);
    const settled = sender.settled('post');
    await mine();
    await mine();
    expect((await settled).status).toBe('succeeded');
    // All but the fees, and what is left for those of the last transfer.
    expect(await balanceOf(next)).toBeGreaterThan((ETHER * 99n) / 100n);
    expect(await balanceOf(old)).toBeLessThan(ETHER / 1_000n);
  }, 60_000);

  test('behavior: a reorganisation takes the taking over back: the old key is the one that acts, until the new one arrives again', async () => {
    const { reader, keyring, sender, handover, old, call, mine } = await start(ETHER);
    await handover.begin(old, 'Grace', async () => {});
    const next = keyring.next?.address ?? '';
    const acting = async () => (await getOrganization(reader, { id: 1 }))?.operator;
    const whileMining = <T>(look: () => T | Promise<T>) => expect.poll(() => mine().then(look), { timeout: 20_000 });
    await whileMining(() => keyring.accounts().acting.address).toBe(next);
    expect((await handover.status()).underWay).toMatchObject({ step: 'confirming', mayWithdraw: false });
    expect(keyring.present.address).toBe(old);
    await call('anvil_reorg', 2, []);
    await sender.submit(
      'post',
      post(reader.deployment, { log: 'records', root: numberToHex(1, { size: 32 }), size: 1 }),
    );
    await expect.poll(acting, { timeout: 20_000 }).toBe(next);
    await whileMining(async () => (await handover.status()).last?.to).toBe(next);
    const settled = sender.settled('post');
    let isSettled = false;
    void settled.finally(() => {
      isSettled = true;
    });
    await whileMining(() => isSettled).toBe(true);
    expect((await settled).status).toBe('succeeded');
    expect(keyring.present.address).toBe(next);
  }, 60_000);

  test('error: a key that cannot share says so and goes on sealing; with money it goes on', async () => {
    const { reader, keyring, handover, old, call, mine } = await start(10n ** 14n * 5n);
    await handover.begin(old, 'Grace', async () => {});
    await expect
      .poll(
        async () => {
          await mine();
          return (await handover.status()).underWay;
        },
        { timeout: 20_000 },
      )
      .toMatchObject({ step: 'funding', mayWithdraw: true, problem: expect.stringContaining('too little money') });
    expect(keyring.accounts()).toMatchObject({ acting: { address: old }, held: false });
    await call('anvil_setBalance', old, numberToHex(ETHER));
    await expect
      .poll(
        async () => {
          await mine();
          return (await getOrganization(reader, { id: 1 }))?.operator;
        },
        { timeout: 20_000 },
      )
      .not.toBe(old);
  }, 60_000);
});
