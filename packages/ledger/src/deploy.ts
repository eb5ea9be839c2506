import { AnamnesisError } from '@anamnesis/protocol';
import { type Address, encodeDeployData, getContractAddress, type Hex, type PublicClient } from 'viem';
import type { PrivateKeyAccount } from 'viem/accounts';
import type { Deployment } from './deployment.ts';
import { ledgerError } from './errors.ts';
import {
  accessManagerAbi,
  accessManagerBytecode,
  checkpointsAbi,
  checkpointsBytecode,
  consentsAbi,
  consentsBytecode,
  directoryAbi,
  directoryBytecode,
  subjectsAbi,
  subjectsBytecode,
} from './generated/index.ts';
import type { ChainPolicy } from './policy.ts';
import { estimatePrice, pricedFields } from './sender/price.ts';

export interface DeployOptions {
  readonly client: PublicClient;
  readonly chainId: number;
  readonly policy: ChainPolicy;
  /** Pays, and becomes the first administrator of the AccessManager: the consortium hands that on. */
  readonly account: PrivateKeyAccount;
  /** The nonce of the first contract. Given (0 for a key that has done nothing else), a broken-off deployment goes on where it stopped. */
  readonly firstNonce?: number;
}

/**
 * Deploys all contracts, each after those that it refers to, and waits for each.
 *
 * @throws AnamnesisError `deployment-failed` when a contract is not there afterwards; `ledger-unreachable`.
 */
export async function deployContracts(options: DeployOptions): Promise<Deployment> {
  const { client, account, chainId } = options;
  try {
    const firstNonce = options.firstNonce ?? (await client.getTransactionCount({ address: account.address }));
    const place = (position: number): Address =>
      getContractAddress({ from: account.address, nonce: BigInt(firstNonce + position) });
    const [accessManager, directory, subjects, consents, checkpoints] = [
      place(0),
      place(1),
      place(2),
      place(3),
      place(4),
    ];
    const code: Hex[] = [
      encodeDeployData({ abi: accessManagerAbi, bytecode: accessManagerBytecode, args: [account.address] }),
      encodeDeployData({ abi: directoryAbi, bytecode: directoryBytecode, args: [accessManager] }),
      encodeDeployData({ abi: subjectsAbi, bytecode: subjectsBytecode }),
      encodeDeployData({ abi: consentsAbi, bytecode: consentsBytecode, args: [subjects, directory] }),
      encodeDeployData({ abi: checkpointsAbi, bytecode: checkpointsBytecode, args: [directory] }),
    ];
    const before = Number(await client.getBlockNumber());
    let resumed = false;
    for (const [position, data] of code.entries()) {
      if (await client.getCode({ address: place(position) })) resumed = true;
      else await deployOne(options, data, firstNonce + position, place(position));
    }
    // Where it was broken off, the first contract is older than this call; nothing is lost by looking from the start.
    const block = resumed ? 0 : before;
    return { chainId, block, accessManager, directory, subjects, consents, checkpoints };
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
