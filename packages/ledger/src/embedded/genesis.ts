import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AnamnesisError } from '@anamnesis/protocol';
import type { Hex } from 'viem';
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { writeDurably } from '../durable.ts';

/** Chain id of the embedded ledger unless another is asked for: outside the ranges of the public registry. */
export const EMBEDDED_CHAIN_ID = 2_661_300;

export interface Genesis {
  readonly path: string;
  readonly chainId: number;
  /** Seconds since 1970. */
  readonly timestamp: number;
  /** The account that holds all coins at the beginning and deploys the contracts; its key lies in the folder. */
  readonly deployer: PrivateKeyAccount;
}

/**
 * Reads the first block of the ledger in a folder, or makes one with a new deployer key.
 *
 * @throws AnamnesisError `ledger-folder-damaged` when there is history but no beginning; `ledger-chain-id-mismatch` when the
 * folder holds another chain than asked for.
 */
export async function openGenesis(directory: string, chainId: number | undefined, now: number): Promise<Genesis> {
  const path = join(directory, 'genesis.json');
  const keyPath = join(directory, 'deployer.key');
  if (!existsSync(path)) {
    if ((await readdir(directory)).some((name) => /^(journal|snapshot)-/.test(name))) {
      throw new AnamnesisError('ledger-folder-damaged', `${path} is missing, but the folder holds a ledger.`);
    }
    const key = generatePrivateKey();
    const { address } = privateKeyToAccount(key);
    await writeDurably(keyPath, [Buffer.from(key)], 0o600);
    const text = JSON.stringify(describe(chainId ?? EMBEDDED_CHAIN_ID, now, address), null, 2);
    await writeDurably(path, [Buffer.from(text)]);
  }
  const written = JSON.parse(await readFile(path, 'utf8')) as { config: { chainId: number }; timestamp: Hex };
  if (chainId !== undefined && written.config.chainId !== chainId) {
    const message = `The folder ${directory} holds the ledger with chain id ${written.config.chainId}, not ${chainId}.`;
    throw new AnamnesisError('ledger-chain-id-mismatch', message);
  }
  const deployer = privateKeyToAccount((await readFile(keyPath, 'utf8')).trim() as Hex);
  return { path, chainId: written.config.chainId, timestamp: Number(written.timestamp), deployer };
}

function describe(chainId: number, now: number, richest: string): object {
  const zero = (bytes: number) => `0x${'00'.repeat(bytes)}`;
  return {
    config: { chainId },
    nonce: '0x0',
    timestamp: `0x${now.toString(16)}`,
    extraData: '0x',
    gasLimit: '0x5f5e100',
    difficulty: '0x0',
    mixHash: zero(32),
    coinbase: zero(20),
    alloc: { [richest]: { balance: '0x33b2e3c9fd0803ce8000000' } },
  };
}
