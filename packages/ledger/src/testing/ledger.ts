import { join } from 'node:path';
import { createPublicClient, type Hex, http } from 'viem';
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { onTestFinished } from 'vitest';
import type { Call } from '../call.ts';
import { connectLedger, type LedgerReader } from '../client.ts';
import { openDeployment } from '../deploymentFile.ts';
import { type EmbeddedLedger, startEmbeddedLedger } from '../embedded/index.ts';
import { chainPolicy } from '../policy.ts';
import { temporaryFolder } from './folder.ts';

export interface TestLedger {
  readonly ledger: EmbeddedLedger;
  readonly reader: LedgerReader;
  /** Ends with the transaction in a block, or with viem's error. */
  send(account: PrivateKeyAccount, call: Call): Promise<Hex>;
  /** A method that only tests may use. */
  cheat(method: string, params: unknown[]): Promise<unknown>;
}

/** A new embedded ledger with all contracts, gone after the test. */
export async function startTestLedger(): Promise<TestLedger> {
  const directory = await temporaryFolder();
  const ledger = await startEmbeddedLedger({ directory, testing: true });
  onTestFinished(() => ledger.stop());
  const { chainId, deployer, rpcUrl } = ledger;
  const policy = { ...chainPolicy('embedded'), pollMs: 20 };
  const client = createPublicClient({ transport: http(rpcUrl), cacheTime: 0 });
  const options = { client, chainId, policy, account: deployer, firstNonce: 0 };
  const deployment = await openDeployment(join(directory, 'deployment.json'), options);
  const reader = connectLedger({ rpcUrls: [rpcUrl], chainId, policy, deployment });
  return {
    ledger,
    reader,
    async send(account, call) {
      const nonce = await client.getTransactionCount({ address: account.address });
      const gas = await client.estimateGas({ account: account.address, ...call });
      const fields = { type: 'legacy', chainId, nonce, gasPrice: 0n, gas: gas * 2n, ...call } as const;
      return client.sendRawTransaction({ serializedTransaction: await account.signTransaction(fields) });
    },
    cheat: (method, params) => client.request({ method, params } as never),
  };
}

export const newAccount = (): PrivateKeyAccount => privateKeyToAccount(generatePrivateKey());

/** Seconds since 1970. */
export const inOneYear = (): number => Math.floor(Date.now() / 1000) + 31_536_000;
