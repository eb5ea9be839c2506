import { AnamnesisError } from '@anamnesis/protocol';
import { createPublicClient, fallback, type Hash, http, type PublicClient } from 'viem';
import type { Intention } from './call.ts';
import type { Deployment } from './deployment.ts';
import { ledgerError, type ToldError } from './errors.ts';
import type { ChainPolicy } from './policy.ts';

/** Reads one consortium's contracts on one chain. */
export interface LedgerReader {
  readonly client: PublicClient;
  readonly rpcUrls: readonly string[];
  readonly chainId: number;
  readonly policy: ChainPolicy;
  readonly deployment: Deployment;
}

/** Carries out calls, each exactly once for its id, however often it is asked and whatever dies in between. */
export interface LedgerWriter {
  /** Resolves when the intention is durable; the transaction follows. */
  submit(id: string, call: Intention): Promise<void>;
  /** Resolves when the transaction of this id is final, or will never be. */
  settled(id: string): Promise<Settlement>;
}

/** How a call ended. `refused`: it would have reverted and was not sent. */
export interface Settlement {
  readonly status: 'succeeded' | 'reverted' | 'refused';
  readonly hash: Hash | null;
  readonly block: number | null;
  readonly blockHash: Hash | null;
  readonly gasUsed: number | null;
  /** Present unless it succeeded: what the contract said. */
  readonly error: ToldError | null;
}

export interface ConnectOptions {
  /** Tried in this order; the next is used while one fails. */
  readonly rpcUrls: readonly string[];
  readonly chainId: number;
  readonly policy: ChainPolicy;
  readonly deployment: Deployment;
  readonly timeoutMs?: number;
}

const clientOf = (rpcUrls: readonly string[], timeout: number): PublicClient => {
  const transports = rpcUrls.map((url) => http(url, { timeout, retryCount: 0 }));
  return createPublicClient({ transport: fallback(transports, { retryCount: 1, retryDelay: 100 }), cacheTime: 0 });
};

/**
 * Prepares to read a ledger. Nothing is sent yet, so that a node starts while the ledger is down; `checkLedger` does.
 *
 * @throws AnamnesisError `ledger-settings` without a URL, or when the deployment is of another chain.
 */
export function connectLedger(options: ConnectOptions): LedgerReader {
  const { rpcUrls, chainId, policy, deployment, timeoutMs = 10_000 } = options;
  if (rpcUrls.length === 0) throw new AnamnesisError('ledger-settings', 'A ledger needs at least one RPC URL.');
  if (deployment.chainId !== chainId) {
    const message = `The contracts are deployed on chain ${deployment.chainId}, not on ${chainId}.`;
    throw new AnamnesisError('ledger-settings', message);
  }
  return { client: clientOf(rpcUrls, timeoutMs), rpcUrls, chainId, policy, deployment };
}

/**
 * Makes sure that what answers is the ledger meant: every reachable URL is on the chain, all agree on the block of the
 * deployment, and the contracts are there.
 *
 * @throws AnamnesisError `ledger-unreachable`, `ledger-wrong-chain`, `ledger-disagreement`, `ledger-not-deployed`.
 */
export async function checkLedger(reader: LedgerReader): Promise<void> {
  const { chainId, deployment } = reader;
  const views = await Promise.allSettled(
    reader.rpcUrls.map(async (url) => {
      const client = clientOf([url], 10_000);
      const block = await client.getBlock({ blockNumber: BigInt(deployment.block) }).catch(() => null);
      return { chainId: await client.getChainId(), hash: block?.hash };
    }),
  );
  const answers = views.flatMap((view) => (view.status === 'fulfilled' ? [view.value] : []));
  if (answers.length === 0) throw ledgerError(views[0]?.status === 'rejected' ? views[0].reason : undefined);
  const foreign = answers.find((answer) => answer.chainId !== chainId);
  if (foreign) {
    throw new AnamnesisError('ledger-wrong-chain', `An RPC URL serves chain ${foreign.chainId}, not ${chainId}.`);
  }
  const hashes = new Set(answers.flatMap(({ hash }) => hash ?? []));
  if (hashes.size > 1) {
    throw new AnamnesisError('ledger-disagreement', `The RPC URLs disagree about block ${deployment.block}.`);
  }
  for (const name of ['authority', 'directory', 'subjects', 'consents', 'checkpoints', 'council'] as const) {
    const code = await reader.client.getCode({ address: deployment[name] }).catch((error: unknown) => {
      throw ledgerError(error);
    });
    if (!code) {
      const message = `There is no ${name} contract at ${deployment[name]} on chain ${chainId}.`;
      throw new AnamnesisError('ledger-not-deployed', message);
    }
  }
}

/**
 * For a node that runs for real: the ledger must be a network, not a development engine.
 *
 * @throws AnamnesisError `embedded-ledger-in-production`; `ledger-unreachable` when that cannot be found out.
 */
export async function assertProductionLedger(reader: Pick<LedgerReader, 'client' | 'policy'>): Promise<void> {
  const version = await reader.client.request({ method: 'web3_clientVersion' }).catch((error: unknown) => {
    throw ledgerError(error);
  });
  if (reader.policy.name === 'embedded' || /^(anvil|hardhat|ganache|edr|tevm)/i.test(version)) {
    throw new AnamnesisError(
      'embedded-ledger-in-production',
      'This ledger is a development engine in a single process. A node that runs for real needs an EVM network with several validators.',
    );
  }
}

/**
 * Number of the newest block that counts as irrevocable by the chain's policy; -1 when none does yet.
 *
 * @param newest Number of the newest block, where it is known.
 */
export async function finalizedBlock(
  { client, policy }: Pick<LedgerReader, 'client' | 'policy'>,
  newest?: number,
): Promise<number> {
  if (policy.finality === 'tag') {
    const block = await client.getBlock({ blockTag: 'finalized' }).catch((error: Error) => {
      if (error.name === 'BlockNotFoundError') return null;
      throw error;
    });
    return block ? Number(block.number) : -1;
  }
  const head = newest ?? Number(await client.getBlockNumber());
  return policy.finality === 'immediate' ? head : Math.max(-1, head - policy.finality.depth);
}
