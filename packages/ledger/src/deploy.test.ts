import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createPublicClient, http } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { expect, onTestFinished, test } from 'vitest';
import { deployContracts } from './deploy.ts';
import { openDeployment, readDeployment, writeDeployment } from './deploymentFile.ts';
import { startEmbeddedLedger } from './embedded/index.ts';
import { inspectDeployment } from './inspect.ts';
import { chainPolicy } from './policy.ts';
import { setupWith } from './setup.ts';
import { temporaryFolder } from './testing/folder.ts';

test('default: deploys once; a deployment that was broken off goes on where it stopped', async () => {
  const directory = await temporaryFolder();
  const ledger = await startEmbeddedLedger({ directory });
  onTestFinished(() => ledger.stop());
  const client = createPublicClient({ transport: http(ledger.rpcUrl), cacheTime: 0 });
  const policy = chainPolicy('embedded');
  const options = { client, chainId: ledger.chainId, policy, account: ledger.deployer, firstNonce: 0 };
  const path = join(directory, 'deployment.json');
  expect(await readDeployment(path)).toBeNull();

  let calls = 0;
  const dying = {
    ...client,
    sendRawTransaction: (args: Parameters<typeof client.sendRawTransaction>[0]) => {
      calls += 1;
      return calls > 2 ? Promise.reject(new Error('killed')) : client.sendRawTransaction(args);
    },
  } as typeof client;
  await expect(deployContracts({ ...options, client: dying })).rejects.toThrow();
  const deployment = await openDeployment(path, options);
  expect(await client.getBlockNumber()).toBe(6n);
  expect(await openDeployment(path, options)).toEqual(deployment);
  expect(await client.getBlockNumber()).toBe(6n);
  for (const address of [deployment.authority, deployment.directory, deployment.checkpoints]) {
    expect(await client.getCode({ address })).toMatch(/^0x.{100}/);
  }
});

test('behavior: a deployment is compared with the sources and its set-up', async () => {
  const directory = await temporaryFolder();
  const ledger = await startEmbeddedLedger({ directory });
  onTestFinished(() => ledger.stop());
  const client = createPublicClient({ transport: http(ledger.rpcUrl), cacheTime: 0 });
  const policy = { ...chainPolicy('embedded'), name: 'a real one' };
  const account = ledger.deployer;
  const guardian = privateKeyToAccount(generatePrivateKey()).address;
  const chosen = { guardian, adminDelay: 7 * 86_400 };
  const deployment = await deployContracts({ client, chainId: ledger.chainId, policy, account, setup: chosen });
  const setup = setupWith(policy, account.address, chosen);
  expect(setup).toEqual({ council: account.address, guardian, councilDelay: 172_800, adminDelay: 604_800 });
  expect(await inspectDeployment(client, deployment, setup)).toEqual([]);

  const other = { ...setup, guardian: account.address, councilDelay: 60 };
  const found = await inspectDeployment(client, deployment, other);
  expect(found).toMatchObject([
    { what: 'role COUNCIL', found: expect.stringContaining('172800 s') },
    { what: 'role GUARDIAN', found: expect.stringContaining('does not hold it') },
    { what: 'role GUARDIAN', expected: 'nobody besides', found: `${guardian} holds it too` },
  ]);
  const exchanged = { ...deployment, consents: deployment.subjects, council: guardian };
  expect(await inspectDeployment(client, exchanged, setup)).toMatchObject([
    { what: 'code of consents' },
    { what: 'code of council', found: 'no contract' },
  ]);
});

test('error: a malformed record names the field', async () => {
  const path = join(await temporaryFolder(), 'deployment.json');
  await writeFile(path, '{');
  await expect(readDeployment(path)).rejects.toMatchObject({ code: 'deployment-malformed' });
  const address = `0x${'11'.repeat(20)}` as const;
  const all = {
    authority: address,
    council: address,
    directory: address,
    subjects: address,
    consents: address,
    checkpoints: address,
  };
  await writeDeployment(path, { chainId: 5, block: -1, ...all });
  await expect(readDeployment(path)).rejects.toThrow('deployment.block');
});
