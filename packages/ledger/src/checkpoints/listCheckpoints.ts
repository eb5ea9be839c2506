import { type Log, type PostedCheckpoint, streamOf } from '@anamnesis/protocol';
import { getAbiItem } from 'viem';
import type { LedgerReader } from '../client.ts';
import { ledgerError } from '../errors.ts';
import { checkpointsAbi } from '../generated/index.ts';
import { logPages } from '../logs.ts';

export interface CheckpointQuery {
  readonly organization: number;
  readonly log: Log;
  /** First block to look into; default that of the deployment. */
  readonly fromBlock?: number;
}

/**
 * Every checkpoint that an organisation has posted of a log, oldest first, read from the events.
 *
 * @throws AnamnesisError `ledger-unreachable`.
 */
export async function listCheckpoints(reader: LedgerReader, query: CheckpointQuery): Promise<PostedCheckpoint[]> {
  const { client, deployment } = reader;
  const found: PostedCheckpoint[] = [];
  try {
    const newest = Number(await client.getBlockNumber());
    const pages = logPages(reader, query.fromBlock ?? deployment.block, newest, (from, to) =>
      client.getLogs({
        address: deployment.checkpoints,
        event: getAbiItem({ abi: checkpointsAbi, name: 'CheckpointPosted' }),
        args: { organization: query.organization, stream: streamOf(query.log) },
        fromBlock: BigInt(from),
        toBlock: BigInt(to),
        strict: true,
      }),
    );
    for await (const page of pages) {
      for (const { args, blockNumber } of page) {
        found.push({ root: args.root, size: Number(args.size), time: args.time, block: Number(blockNumber) });
      }
    }
  } catch (error) {
    throw ledgerError(error);
  }
  return found;
}
