import { AnamnesisError } from '@anamnesis/protocol';
import type { LedgerReader } from '../client.ts';
import { logPages } from '../logs.ts';
import { decodeEvents, type LedgerEvent } from './events.ts';
import type { BlockPlace } from './store.ts';

/** The chain changed while it was being read: read again. */
export class ChainMoved extends AnamnesisError {
  constructor() {
    super('ledger-moved', 'The ledger was reorganised while it was read.');
  }
}

/** Reads a block's place; null when the node does not have it (yet, or any more). */
export async function placeOf({ client }: LedgerReader, block: number | 'latest'): Promise<BlockPlace | null> {
  const which = block === 'latest' ? { blockTag: block } : { blockNumber: BigInt(block) };
  const found = await client.getBlock(which).catch((error: Error) => {
    if (error.name === 'BlockNotFoundError') return null;
    throw error;
  });
  return found && { block: Number(found.number), hash: found.hash, timestamp: Number(found.timestamp) };
}

/** A run of blocks after those already seen, up to `end`, and what happened in it. */
export interface Page {
  readonly end: BlockPlace;
  readonly events: readonly LedgerEvent[];
}

/**
 * Reads the blocks after `position` (or from the deployment) up to `head`, a page at a time. A page is handed out only if
 * it continues the position: the logs were read between two looks that found the same blocks at both ends.
 *
 * @throws ChainMoved when they did not.
 */
export async function* scan(reader: LedgerReader, position: BlockPlace | null, head: BlockPlace): AsyncGenerator<Page> {
  const { client, deployment } = reader;
  const address = [deployment.directory, deployment.subjects, deployment.consents, deployment.checkpoints];
  let before = position;
  const pages = logPages(reader, (position?.block ?? deployment.block - 1) + 1, head.block, async (from, to) => {
    const end = to === head.block ? head : await placeOf(reader, to);
    const logs = await client.getLogs({ address, fromBlock: BigInt(from), toBlock: BigInt(to) });
    return { end, logs };
  });
  for await (const { end, logs } of pages) {
    if (!end || !(await isStill(reader, end)) || (before && !(await isStill(reader, before)))) throw new ChainMoved();
    if (logs.some((log) => Number(log.blockNumber) === end.block && log.blockHash !== end.hash)) throw new ChainMoved();
    yield { end, events: decodeEvents(logs) };
    before = end;
  }
}

/** Whether the chain has this very block at its number. */
export async function isStill(reader: LedgerReader, place: BlockPlace): Promise<boolean> {
  return (await placeOf(reader, place.block))?.hash === place.hash;
}
