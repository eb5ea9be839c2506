import { AnamnesisError } from '@anamnesis/protocol';
import type { Address, Hex, PublicClient } from 'viem';
import type { PrivateKeyAccount } from 'viem/accounts';
import type { Deployment } from './deployment.ts';
import { ledgerError } from './errors.ts';
import type { ChainPolicy } from './policy.ts';
import { estimatePrice, pricedFields } from './sender/price.ts';
import { CONTRACT_NAMES, type ConsortiumSetup, creationCode, predictAddresses, setupWith } from './setup.ts';

export interface DeployOptions {
  readonly client: PublicClient;
  readonly chainId: number;
  readonly policy: ChainPolicy;
  /** Pays. Holds a role only where `setup` names no other. */
  readonly account: PrivateKeyAccount;
  /** The nonce of the first contract. Given (0 for a key that has done nothing else), a broken-off deployment goes on where it stopped. */
  readonly firstNonce?: number;
  /** Who rules the consortium; see `setupWith` for what is not given. A resumed deployment needs the same again. */
  readonly setup?: Partial<ConsortiumSetup>;
}

/**
 * Deploys all contracts, one after the other, and waits for each.
 *
 * @throws AnamnesisError `deployment-failed` when a contract is not there afterwards; `ledger-unreachable`.
 */
export async function deployContracts(options: DeployOptions): Promise<Deployment> {
  const { client, account, chainId, policy } = options;
  try {
    const firstNonce = options.firstNonce ?? (await client.getTransactionCount({ address: account.address }));
    const addresses = predictAddresses(account.address, firstNonce);
    const code = creationCode(addresses, setupWith(policy, account.address, options.setup));
    const before = Number(await client.getBlockNumber());
    let resumed = false;
    for (const [position, name] of CONTRACT_NAMES.entries()) {
      if (await client.getCode({ address: addresses[name] })) resumed = true;
      else await deployOne(options, code[name], firstNonce + position, addresses[name]);
    }
    // Where it was broken off, the first contract is older than this call; nothing is lost by looking from the start.
    return { chainId, block: resumed ? 0 : before, ...addresses };
  } catch (error) {
    throw ledgerError(error);
  }
}

async function deployOne(options: DeployOptions, data: Hex, nonce: number, address: Address): Promise<void> {
  const { client, account, chainId, policy } = options;
  const gas = ((await client.estimateGas({ account: account.address, data })) * 5n) / 4n;
  const price = pricedFields(policy, await estimatePrice(client, policy));
  const serializedTransaction = await account.signTransaction({ chainId, nonce, data, gas, ...price });
  const hash = await client.sendRawTransaction({ serializedTransaction });
  const receipt = await client.waitForTransactionReceipt({ hash, pollingInterval: Math.min(policy.pollMs, 100) });
  if (receipt.status !== 'success' || !(await client.getCode({ address }))) {
    throw new AnamnesisError('deployment-failed', `The contract at ${address} could not be deployed.`);
  }
}
