import { join } from 'node:path';
import { createPublicClient, http } from 'viem';
import type { PrivateKeyAccount } from 'viem/accounts';
import { onTestFinished } from 'vitest';
import { connectLedger, type LedgerReader } from '../client.ts';
import { deployContracts } from '../deploy.ts';
import { startAnvil } from '../embedded/anvil.ts';
import { openGenesis } from '../embedded/genesis.ts';
import { type ChainPolicy, chainPolicy } from '../policy.ts';
import { temporaryFolder } from './folder.ts';

export interface BareEngine {
  readonly reader: LedgerReader;
  readonly deployer: PrivateKeyAccount;
  /** Any method of anvil: mining, dropping, reorganising. */
  call<Result>(method: string, ...params: unknown[]): Promise<Result>;
  /** Blocks from now on only by `evm_mine` (true), or one for every transaction (false, at the beginning). */
  pauseMining(paused: boolean): Promise<unknown>;
}

/** anvil without our front, so that a test decides what is mined and when, with all contracts deployed. */
export async function startBareEngine(policy: Partial<ChainPolicy> = {}): Promise<BareEngine> {
  const directory = await temporaryFolder();
  const genesis = await openGenesis(directory, 7_102, Math.floor(Date.now() / 1000) - 10);
  const { chainId, deployer } = genesis;
  const options = { directory: join(directory, 'engine'), chainId, genesisPath: genesis.path };
  const anvil = await startAnvil({ ...options, timestamp: genesis.timestamp });
  onTestFinished(() => anvil.kill());
  const rpcUrl = `http://127.0.0.1:${anvil.port}`;
  const pauseMining = (paused: boolean) => anvil.rpc.call('evm_setAutomine', [!paused]);
  await pauseMining(false);

  const client = createPublicClient({ transport: http(rpcUrl), cacheTime: 0 });
  const embedded = { ...chainPolicy('embedded'), pollMs: 10 };
  const deployment = await deployContracts({ client, chainId, policy: embedded, account: deployer, firstNonce: 0 });
  const reader = connectLedger({ rpcUrls: [rpcUrl], chainId, policy: { ...embedded, ...policy }, deployment });
  return { reader, deployer, pauseMining, call: (method, ...params) => anvil.rpc.call(method, params) };
}
