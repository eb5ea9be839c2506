import { type ChildProcess, spawn } from 'node:child_process';
import { createPublicClient, type Hex, http, keccak256 } from 'viem';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../testing/folder.ts';
import { signProbeLoad } from '../testing/probe.ts';
import { commandLine } from './process.ts';

/** More rounds: `LEDGER_CRASH_ROUNDS=50 vitest run packages/ledger`. */
const ROUNDS = Number(process.env.LEDGER_CRASH_ROUNDS ?? 5);
const CHAIN_ID = 7_101;

interface Served {
  readonly child: ChildProcess;
  readonly rpcUrl: string;
  readonly enginePid: number;
  readonly ended: Promise<void>;
}

async function serve(directory: string): Promise<Served> {
  const script = new URL('../testing/serve.ts', import.meta.url).pathname;
  const options = JSON.stringify({ directory, chainId: CHAIN_ID, snapshotEvery: 25 });
  const child = spawn(process.execPath, [script, options], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (chunk) => resolve(String(chunk)));
    child.once('exit', () => reject(new Error(errors)));
  });
  return { child, ended, ...(JSON.parse(line) as { rpcUrl: string; enginePid: number }) };
}

const clientOf = (rpcUrl: string) => createPublicClient({ transport: http(rpcUrl, { retryCount: 0 }), cacheTime: 0 });

/** Sends until the ledger dies; notes for every acknowledged transaction the block that it was seen in. */
async function sendUntilDead(rpcUrl: string, load: Hex[], seen: Map<Hex, Hex>): Promise<void> {
  const client = clientOf(rpcUrl);
  try {
    for (let next = load[0]; next !== undefined; next = load[0]) {
      const hash = await client.sendRawTransaction({ serializedTransaction: next });
      seen.set(hash, '0x');
      load.shift();
      seen.set(hash, (await client.getTransactionReceipt({ hash })).blockHash);
    }
  } catch {
    // killed; whether the transaction under way arrived is not known, and the next round sends it again
  }
}

test('behavior: killed at random moments under load, every acknowledged transaction stands exactly once, in the same block', {
  timeout: 20_000 + ROUNDS * 8_000,
}, async () => {
  const directory = await temporaryFolder();
  const loads = await Promise.all(
    [400, 400, 400].map((count) => signProbeLoad(CHAIN_ID, count * Math.ceil(ROUNDS / 5))),
  );
  const seen = new Map<Hex, Hex>();
  for (let round = 0; round < ROUNDS; round++) {
    const { child, ended, rpcUrl, enginePid } = await serve(directory);
    const client = clientOf(rpcUrl);
    for (const load of loads) await dropArrived(rpcUrl, load);
    const sending = Promise.all(loads.map((load) => sendUntilDead(rpcUrl, load, seen)));
    await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 500));
    // In every other round the engine goes first and the front, busy bringing it back, right after.
    if (round % 2 === 1) {
      process.kill(enginePid, 'SIGKILL');
      await client.getBlockNumber().catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 200));
    }
    child.kill('SIGKILL');
    await Promise.all([ended, sending]);
    await expect.poll(() => commandLine(enginePid) ?? '').not.toContain('anvil');
  }

  const { rpcUrl } = await serve(directory);
  const client = clientOf(rpcUrl);
  const count = new Map<Hex, number>();
  for (let number = await client.getBlockNumber(); number > 0n; number--) {
    const block = await client.getBlock({ blockNumber: number });
    for (const hash of block.transactions) {
      count.set(hash, (count.get(hash) ?? 0) + 1);
      expect(seen.get(hash) ?? block.hash).toBeOneOf(['0x', block.hash]);
    }
  }
  expect(seen.size).toBeGreaterThan(10 * ROUNDS);
  for (const hash of seen.keys()) expect(count.get(hash)).toBe(1);
});

/** A transaction that was journalled but not acknowledged before the kill has arrived all the same. */
async function dropArrived(rpcUrl: string, load: Hex[]): Promise<void> {
  const client = clientOf(rpcUrl);
  const first = load[0];
  if (first && (await client.getTransactionReceipt({ hash: keccak256(first) }).catch(() => null))) load.shift();
}
