import { existsSync } from 'node:fs';
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { createPublicClient, type Hex, http } from 'viem';
import { describe, expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../testing/folder.ts';
import { signProbeLoad } from '../testing/probe.ts';
import { type EmbeddedLedger, type EmbeddedLedgerOptions, startEmbeddedLedger } from './index.ts';

async function start(options: EmbeddedLedgerOptions): Promise<{ ledger: EmbeddedLedger; messages: string[] }> {
  const messages: string[] = [];
  const ledger = await startEmbeddedLedger({ log: (message) => messages.push(message), ...options });
  onTestFinished(() => ledger.stop());
  return { ledger, messages };
}

const clientOf = ({ rpcUrl }: EmbeddedLedger) =>
  createPublicClient({ transport: http(rpcUrl, { retryCount: 0 }), cacheTime: 0 });

async function sendAll(ledger: EmbeddedLedger, signed: readonly Hex[]): Promise<Hex[]> {
  const client = clientOf(ledger);
  const hashes: Hex[] = [];
  for (const serializedTransaction of signed) hashes.push(await client.sendRawTransaction({ serializedTransaction }));
  return hashes;
}

async function blockHashes(ledger: EmbeddedLedger): Promise<(Hex | null)[]> {
  const client = clientOf(ledger);
  const latest = await client.getBlockNumber();
  const numbers = Array.from({ length: Number(latest) + 1 }, (_, number) => BigInt(number));
  return Promise.all(numbers.map(async (blockNumber) => (await client.getBlock({ blockNumber })).hash));
}

/** The engine with all its memory is gone, the folder as a `kill -9` leaves it; the front starts it anew. */
async function killEngine(ledger: EmbeddedLedger): Promise<void> {
  process.kill(ledger.enginePid, 'SIGKILL');
}

function post(
  rpcUrl: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(rpcUrl, { method: 'POST', headers: { 'content-type': 'application/json', ...headers } });
    outgoing.on('response', (answer) => {
      let text = '';
      answer.on('data', (chunk) => {
        text += chunk;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

describe('durability', () => {
  test('default: blocks, receipts and logs are the same after stop and start', async () => {
    const directory = await temporaryFolder();
    const { ledger } = await start({ directory, snapshotEvery: 4 });
    const hashes = await sendAll(ledger, await signProbeLoad(ledger.chainId, 10));
    const before = await blockHashes(ledger);
    await ledger.stop();

    const again = (await start({ directory })).ledger;
    expect(await blockHashes(again)).toEqual(before);
    expect(again.deployer.address).toBe(ledger.deployer.address);
    expect(await clientOf(again).getLogs({ fromBlock: 0n })).toHaveLength(9);
    for (const hash of hashes) expect((await clientOf(again).getTransactionReceipt({ hash })).status).toBe('success');
  });

  test('behavior: an engine that is killed comes back with the same blocks, unnoticed', async () => {
    const { ledger } = await start({ directory: await temporaryFolder(), snapshotEvery: 3 });
    const load = await signProbeLoad(ledger.chainId, 8);
    await sendAll(ledger, load.slice(0, 5));
    const before = await blockHashes(ledger);
    await killEngine(ledger);
    expect(await blockHashes(ledger)).toEqual(before);
    await sendAll(ledger, load.slice(5));
    expect((await blockHashes(ledger)).length).toBe(9);
  });

  test('behavior: torn snapshots are skipped with a message, the journal gives the rest', async () => {
    const directory = await temporaryFolder();
    const { ledger } = await start({ directory, snapshotEvery: 4 });
    await sendAll(ledger, await signProbeLoad(ledger.chainId, 10));
    const before = await blockHashes(ledger);
    await ledger.stop();
    const snapshots = (await readdir(directory)).filter((name) => name.startsWith('snapshot-')).sort();
    expect(snapshots).toHaveLength(2);
    const newest = join(directory, snapshots[1] ?? '');
    await truncate(newest, Math.floor((await readFile(newest)).length / 2));

    const { ledger: again, messages } = await start({ directory });
    expect(messages).toContainEqual(expect.stringContaining(`${snapshots[1]} is torn`));
    expect(await blockHashes(again)).toEqual(before);
  });

  test('behavior: a torn end of the journal is dropped, and what follows is kept', async () => {
    const directory = await temporaryFolder();
    const { ledger } = await start({ directory });
    const load = await signProbeLoad(ledger.chainId, 6);
    await sendAll(ledger, load.slice(0, 4));
    const before = await blockHashes(ledger);
    await ledger.stop();
    const journals = (await readdir(directory)).filter((name) => name.startsWith('journal-')).sort();
    await writeFile(join(directory, journals.at(-1) ?? ''), '1234abcd {"first":5,"entr', { flag: 'a' });

    const { ledger: again, messages } = await start({ directory });
    expect(messages).toContainEqual(expect.stringContaining('unfinished write'));
    expect(await blockHashes(again)).toEqual(before);
    await sendAll(again, load.slice(4));
    await again.stop();
    expect(await blockHashes((await start({ directory })).ledger)).toHaveLength(7);
  });

  test('error: damage in the middle of the journal is not passed over', async () => {
    const directory = await temporaryFolder();
    const { ledger } = await start({ directory });
    await sendAll(ledger, await signProbeLoad(ledger.chainId, 4));
    await ledger.stop();
    const path = join(directory, 'journal-000000000001.log');
    const content = await readFile(path);
    content.fill('x', 100, 110);
    await writeFile(path, content);
    await expect(start({ directory })).rejects.toMatchObject({ code: 'ledger-journal-damaged' });
  });

  test('behavior: disk stays bounded: two snapshots, and no journal behind the older one', async () => {
    const directory = await temporaryFolder();
    const { ledger } = await start({ directory, snapshotEvery: 5 });
    await sendAll(ledger, await signProbeLoad(ledger.chainId, 40));
    await ledger.stop();
    const names = (await readdir(directory)).sort();
    const snapshots = names.filter((name) => name.startsWith('snapshot-'));
    expect(snapshots).toHaveLength(2);
    const oldest = Number(/\d+/.exec(snapshots[0] ?? '')?.[0]);
    const journals = names.filter((name) => name.startsWith('journal-')).map((name) => Number(/\d+/.exec(name)?.[0]));
    expect(oldest).toBeGreaterThan(20);
    expect(journals[1] ?? Number.POSITIVE_INFINITY).toBeGreaterThan(oldest);
    expect(existsSync(join(directory, 'engine'))).toBe(false);
  });

  test('behavior: a transaction that comes before its turn is kept, and mined when the gap closes, also after a restart', async () => {
    const directory = await temporaryFolder();
    const { ledger } = await start({ directory, snapshotEvery: 2 });
    const load = await signProbeLoad(ledger.chainId, 4);
    const [, , third, fourth] = await sendAll(
      ledger,
      [0, 1, 2, 3].map((at) => load[[0, 3, 2, 1][at] ?? 0] as Hex).slice(0, 3),
    );
    expect(await clientOf(ledger).getBlockNumber()).toBe(1n);
    await ledger.stop();
    const again = (await start({ directory })).ledger;
    expect(fourth).toBeUndefined();
    await sendAll(again, [load[1] as Hex]);
    expect(await clientOf(again).getLogs({ fromBlock: 0n })).toHaveLength(3);
    expect((await clientOf(again).getTransactionReceipt({ hash: third as Hex })).status).toBe('success');
  });
});

describe('the front', () => {
  test('behavior: more transactions at once than may be in flight all arrive, in order', async () => {
    const { ledger } = await start({ directory: await temporaryFolder() });
    const load = await signProbeLoad(ledger.chainId, 150);
    await Promise.all(
      load.map((serializedTransaction) => clientOf(ledger).sendRawTransaction({ serializedTransaction })),
    );
    expect(await clientOf(ledger).getLogs({ fromBlock: 0n })).toHaveLength(149);
  });

  test('behavior: batches are answered in order, one answer for each request', async () => {
    const { ledger } = await start({ directory: await temporaryFolder() });
    const load = await signProbeLoad(ledger.chainId, 2);
    const calls = [
      { jsonrpc: '2.0', id: 'a', method: 'eth_sendRawTransaction', params: [load[0]] },
      { jsonrpc: '2.0', id: 'b', method: 'eth_sendRawTransaction', params: [load[1]] },
      { jsonrpc: '2.0', id: 'c', method: 'eth_chainId' },
      { jsonrpc: '2.0', id: 'd', method: 'evm_mine', params: [] },
    ];
    const { text } = await post(ledger.rpcUrl, JSON.stringify(calls));
    const answers = JSON.parse(text) as { id: string; result?: string; error?: { code: number } }[];
    expect(answers.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd']);
    expect(answers[3]?.error?.code).toBe(-32601);
    expect(await clientOf(ledger).getBlockNumber()).toBe(2n);
  });

  test('error: what is no signed transaction, or one that the chain refuses, is an error and leaves no trace', async () => {
    const { ledger } = await start({ directory: await temporaryFolder() });
    const [foreign] = await signProbeLoad(1, 1);
    const send = async (raw: unknown) =>
      (
        JSON.parse(
          (await post(ledger.rpcUrl, JSON.stringify({ id: 1, method: 'eth_sendRawTransaction', params: [raw] }))).text,
        ) as { error?: { code: number } }
      ).error?.code;
    expect(await send('0x1234')).toBe(-32602);
    expect(await send(17)).toBe(-32602);
    expect(await send(foreign)).toBe(-32000);
    expect((await post(ledger.rpcUrl, '{"id"')).text).toContain('-32700');
    expect(await clientOf(ledger).getBlockNumber()).toBe(0n);
  });

  test('error: foreign host names, web origins and cheating methods are refused', async () => {
    const { ledger } = await start({ directory: await temporaryFolder(), allowOrigins: ['http://127.0.0.1:8100'] });
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_chainId' });
    expect((await post(ledger.rpcUrl, body, { host: 'evil.example' })).status).toBe(403);
    expect((await post(ledger.rpcUrl, body, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await post(ledger.rpcUrl, body, { origin: 'http://127.0.0.1:8100' })).status).toBe(200);
    for (const method of [
      'anvil_setBalance',
      'evm_setNextBlockTimestamp',
      'hardhat_impersonateAccount',
      'eth_sendTransaction',
      'debug_traceCall',
    ]) {
      const { text } = await post(ledger.rpcUrl, JSON.stringify({ id: 1, method, params: [] }));
      expect(JSON.parse(text)).toMatchObject({ error: { code: -32601 } });
    }
  });

  test('error: one folder, one process; one folder, one chain; never in production', async () => {
    const directory = await temporaryFolder();
    const { ledger } = await start({ directory });
    await expect(start({ directory })).rejects.toMatchObject({ code: 'ledger-folder-in-use' });
    await ledger.stop();
    await expect(start({ directory, chainId: 5 })).rejects.toMatchObject({ code: 'ledger-chain-id-mismatch' });
    await expect(start({ directory, production: true })).rejects.toMatchObject({
      code: 'embedded-ledger-in-production',
    });
  });
});
