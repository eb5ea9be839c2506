import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createPublicClient, http } from 'viem';
import { expect, onTestFinished, test } from 'vitest';
import { deployContracts } from './deploy.ts';
import { openDeployment, readDeployment, writeDeployment } from './deploymentFile.ts';
import { startEmbeddedLedger } from './embedded/index.ts';
import { chainPolicy } from './policy.ts';
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
  expect(await client.getBlockNumber()).toBe(5n);
  expect(await openDeployment(path, options)).toEqual(deployment);
  expect(await client.getBlockNumber()).toBe(5n);
  for (const address of [deployment.accessManager, deployment.directory, deployment.checkpoints]) {
    expect(await client.getCode({ address })).toMatch(/^0x.{100}/);
  }
});

test('error: a malformed record names the field', async () => {
  const path = join(await temporaryFolder(), 'deployment.json');
  await writeFile(path, '{');
  await expect(readDeployment(path)).rejects.toMatchObject({ code: 'deployment-malformed' });
  const address = `0x${'11'.repeat(20)}` as const;
  const all = {
    accessManager: address,
    directory: address,
    subjects: address,
    consents: address,
    checkpoints: address,
  };
  await writeDeployment(path, { chainId: 5, block: -1, ...all });
  await expect(readDeployment(path)).rejects.toThrow('deployment.block');
});
