import { type SpawnSyncReturns, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPublicClient, http } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { expect, onTestFinished, test } from 'vitest';
import {
  chainPolicy,
  creationCode,
  predictAddresses,
  setupWith,
  startEmbeddedLedger,
} from '../packages/ledger/src/index.ts';

type Done = Pick<SpawnSyncReturns<string>, 'status' | 'stdout' | 'stderr'>;

const [deployer, council, guardian] = [generatePrivateKey(), generatePrivateKey(), generatePrivateKey()];
const addressOf = (key: `0x${string}`) => privateKeyToAccount(key).address;

/** A ledger without contracts, and the script in a process of its own. */
async function bareLedger() {
  const folder = await mkdtemp(join(tmpdir(), 'anamnesis-deploy-'));
  const ledger = await startEmbeddedLedger({ directory: join(folder, 'ledger') });
  onTestFinished(async () => {
    await ledger.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const out = join(folder, 'deployments', 'here.json');
  const client = createPublicClient({ transport: http(ledger.rpcUrl), cacheTime: 0 });
  const run = (options: readonly string[], key?: string): Promise<Done> => {
    const { ANAMNESIS_DEPLOYER_KEY: _, ...environment } = process.env;
    const script = join(import.meta.dirname, 'deploy.ts');
    const child = spawn(process.execPath, [script, '--rpc', ledger.rpcUrl, '--out', out, ...options], {
      env: { ...environment, ...(key !== undefined && { ANAMNESIS_DEPLOYER_KEY: key }) },
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (text) => {
      stdout += text;
    });
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    return new Promise((resolve) => child.on('close', (status) => resolve({ status, stdout, stderr })));
  };
  return { run, out, client };
}

const rulers = ['--council', addressOf(council), '--guardian', addressOf(guardian)];

test('default: a dry run changes nothing, a deployment does, a second dry run finds no difference', async () => {
  const { run, out, client } = await bareLedger();
  const dry = await run(['--dry-run', ...rulers], deployer);
  expect(dry).toMatchObject({ status: 0, stderr: '' });
  expect(dry.stdout).toContain('contracts to create');
  expect(dry.stdout).toContain(`COUNCIL          ${addressOf(council)}  delay 172800 s`);
  expect(dry.stdout).toContain('dry run: nothing was sent');
  expect(await client.getBlockNumber()).toBe(0n);
  expect(existsSync(out)).toBe(false);
  // The key is not needed to look.
  const keyless = await run(['--dry-run', '--from', addressOf(deployer), ...rulers]);
  expect(keyless.stdout).toBe(dry.stdout);

  const real = await run(rulers, deployer);
  expect(real).toMatchObject({ status: 0, stderr: '' });
  const places = [...dry.stdout.matchAll(/^ {2}(\w+) +(0x\w{40}) {2}creation code/gm)].map(([, name, at]) => [
    name,
    at,
  ]);
  expect(places).toHaveLength(6);
  expect(JSON.parse(readFileSync(out, 'utf8'))).toMatchObject(Object.fromEntries(places));
  const block = await client.getBlockNumber();
  expect(block).toBe(6n);

  const again = await run(['--dry-run', ...rulers], deployer);
  expect(again.status).toBe(0);
  expect(again.stdout).toContain('nothing differs');
  const other = await run(['--council', addressOf(guardian), '--guardian', addressOf(guardian)], deployer);
  expect(other.status).toBe(1);
  expect(other.stdout).toContain(`${addressOf(council)} holds it too`);
  expect(await client.getBlockNumber()).toBe(block);
  for (const { stdout, stderr } of [dry, real, again, other]) expect(stdout + stderr).not.toContain(deployer.slice(2));
});

test('behavior: a deployment that broke off is taken up with its first nonce', async () => {
  const { run, out, client } = await bareLedger();
  const started = await run(['--dry-run', ...rulers], deployer);
  // Two of six contracts are there, as after a kill.
  const account = privateKeyToAccount(deployer);
  const setup = setupWith(chainPolicy('besu-qbft'), account.address, {
    council: addressOf(council),
    guardian: addressOf(guardian),
  });
  const code = creationCode(predictAddresses(account.address, 0), setup);
  const chainId = await client.getChainId();
  for (const [nonce, name] of (['authority', 'directory'] as const).entries()) {
    const fields = { type: 'legacy', chainId, nonce, gasPrice: 0n, gas: 10_000_000n, data: code[name] } as const;
    const hash = await client.sendRawTransaction({ serializedTransaction: await account.signTransaction(fields) });
    await client.waitForTransactionReceipt({ hash, pollingInterval: 20 });
  }
  const resumed = await run(['--first-nonce', '0', ...rulers], deployer);
  expect(resumed).toMatchObject({ status: 0, stderr: '' });
  expect(await client.getBlockNumber()).toBe(6n);
  const { authority, council: voting } = JSON.parse(readFileSync(out, 'utf8'));
  expect(started.stdout).toContain(authority);
  expect(started.stdout).toContain(voting);
  expect((await run(['--dry-run', ...rulers], deployer)).stdout).toContain('nothing differs');
});

test('error: a malformed key or option is refused, and the key is not printed', async () => {
  const { run, out, client } = await bareLedger();
  const short = deployer.slice(0, -1);
  const refused = await run(rulers, short);
  expect(refused.status).toBe(2);
  expect(refused.stderr).toContain('ANAMNESIS_DEPLOYER_KEY must be 32 bytes');
  expect(refused.stdout + refused.stderr).not.toContain(short.slice(2, 20));
  const zero = await run(rulers, `0x${'00'.repeat(32)}`);
  expect(zero.status).toBe(2);
  expect(zero.stderr).toContain('ANAMNESIS_DEPLOYER_KEY');
  for (const [options, said] of [
    [['--council', 'nobody'], '--council must be an address'],
    [['--council-delay', '-1'], '--council-delay'],
    [['--policy', 'unheard-of'], 'no chain policy of this name'],
    [['--unknown'], 'unknown'],
  ] as const) {
    const done = await run(options, deployer);
    expect(done.status, said).toBe(2);
    expect(done.stderr).toContain(said);
    expect(done.stderr).not.toMatch(/\n\s+at /);
  }
  const keyless = await run(rulers);
  expect(keyless).toMatchObject({ status: 2, stderr: expect.stringContaining('set ANAMNESIS_DEPLOYER_KEY') });
  expect(await client.getBlockNumber()).toBe(0n);
  expect(existsSync(out)).toBe(false);
});

test('error: a ledger that does not answer is told in one line', async () => {
  const { run } = await bareLedger();
  const done = await run(['--dry-run', '--rpc', 'http://127.0.0.1:9', '--from', addressOf(deployer)]);
  expect(done.status).toBe(2);
  expect(done.stderr).toContain('does not answer');
  expect(done.stderr.trim().split('\n')).toHaveLength(1);
});
