import { concat, encodeEntries, type Log, TILE_WIDTH, type Tile } from '@anamnesis/protocol';
import { logEntries, type Queryable, subtreeHashes } from '../../storage/index.ts';

/**
 * A tile of one of this node's logs (https://c2sp.org/tlog-tiles): hashes in a row, or the entries (commitments) that the leaf hashes are of. Null
 * when the log is not so long. A tile that there is once stays as it is for ever.
 */
export async function readTile(q: Queryable, log: Log, { level, index, width }: Tile): Promise<Uint8Array | null> {
  const start = index * TILE_WIDTH;
  if (level === 'entries') {
    const entries = await logEntries(q, log, start, start + width);
    return entries && encodeEntries(entries);
  }
  // No log gets so high that a number of its leaves would not be exact.
  if (level > 6 || start > Number.MAX_SAFE_INTEGER - TILE_WIDTH) return null;
  const hashes = await subtreeHashes(q, log, level * 8, start, start + width);
  return hashes && concat(...hashes);
}
