import {
  type ChainPolicy,
  chainPolicy,
  checkLedger,
  checkpointsAbi,
  connectLedger,
  type Deployment,
  directoryAbi,
  getOrganization,
  getSubject,
  isRevoked,
  type LedgerReader,
  ledgerError,
  listCheckpoints,
  matches,
} from '@anamnesis/ledger/portable';
import { streamOf } from '@anamnesis/protocol';
import { getAbiItem } from 'viem';
import type { DirectoryEntry, TrustedLedger } from './trustedLedger.ts';

/** Where the ledger is and which contracts on it are meant: the verifier's own knowledge, not a node's. */
export interface TrustedLedgerParameters {
  /** Tried in this order. For a verdict that no single provider can forge, use your own. */
  readonly rpcUrls: readonly string[];
  readonly deployment: Deployment;
  /** Sets how many blocks one query for events covers. Default that of `ethereum-pos`, the most careful. */
  readonly policy?: ChainPolicy;
}

/**
 * A ledger to verify against, from RPC URLs. It asks first whether what answers is the chain that is meant and has the contracts.
 * Throws `ledger-unreachable`, `ledger-wrong-chain`, `ledger-disagreement`, `ledger-not-deployed`.
 */
export async function openTrustedLedger(parameters: TrustedLedgerParameters): Promise<TrustedLedger> {
  const { rpcUrls, deployment } = parameters;
  const policy = parameters.policy ?? chainPolicy('ethereum-pos');
  const reader = connectLedger({ rpcUrls, chainId: deployment.chainId, policy, deployment });
  await checkLedger(reader);
  return trustedLedger(reader);
}

/** The verifier's view of a ledger that is already connected. */
export function trustedLedger(reader: LedgerReader): TrustedLedger {
  const { client, deployment } = reader;
  const organization = async (id: number): Promise<DirectoryEntry | null> => {
    const found = await getOrganization(reader, { id });
    return found && { id, active: found.status === 'active', profileHash: found.profileHash, profileUrl: null };
  };
  return {
    chainId: reader.chainId,
    contracts: deployment,
    organization,
    async organizations() {
      const urls = await profileUrls(reader);
      const entries = await Promise.all([...urls.keys()].map(organization));
      return entries.flatMap((entry) => (entry ? [{ ...entry, profileUrl: urls.get(entry.id) ?? null }] : []));
    },
    checkpoints: (of) => listCheckpoints(reader, of),
    async isLast(of, checkpoint) {
      if (checkpoint) return (await matches(reader, { ...of, ...checkpoint })) === checkpoint.time;
      const [size] = await client
        .readContract({
          address: deployment.checkpoints,
          abi: checkpointsAbi,
          functionName: 'latest',
          args: [of.organization, streamOf(of.log)],
        })
        .catch((error: unknown) => {
          throw ledgerError(error);
        });
      return size === 0n;
    },
    subject: (subject) => getSubject(reader, { subject }),
    isRevoked: (consent) => isRevoked(reader, consent),
    isSignatureOf: (address, hash, signature) =>
      client.verifyHash({ address, hash, signature }).catch((error: unknown) => {
        throw ledgerError(error);
      }),
  };
}

/** Profile URLs by organisation id: they stand in the Directory's events only, the latest one counts. */
async function profileUrls({ client, deployment, policy }: LedgerReader): Promise<Map<number, string>> {
  const urls = new Map<number, string>();
  const events = [
    getAbiItem({ abi: directoryAbi, name: 'OrganizationAdmitted' }),
    getAbiItem({ abi: directoryAbi, name: 'ProfileChanged' }),
  ];
  try {
    const newest = await client.getBlockNumber();
    const page = BigInt(policy.logPage);
    for (let from = BigInt(deployment.block); from <= newest; from += page) {
      const toBlock = from + page - 1n < newest ? from + page - 1n : newest;
      const logs = await client.getLogs({
        address: deployment.directory,
        events,
        fromBlock: from,
        toBlock,
        strict: true,
      });
      for (const { args } of logs) urls.set(args.id, args.profileUrl);
    }
  } catch (error) {
    throw ledgerError(error);
  }
  return urls;
}
