import { fromUtf8, judgeLog, type Log, type LogFinding, type LogMemory, streamOf } from '@anamnesis/protocol';
import { type Hex, hexToBytes, isHex } from 'viem';
import { ask, latestCheckpoint, type Peer, type PeerLimits } from '../directory/index.ts';
import { endFindings, noteFindings } from './findings.ts';
import {
  keepSeen,
  lockSeen,
  provesGrowth,
  readMemory,
  type Verified,
  verifyNote,
  type WitnessContext,
} from './witness.ts';

/** What watching others needs besides witnessing. */
export interface WatchContext extends WitnessContext {
  readonly limits: PeerLimits;
  /** Whether this node's own view of the ledger is too old to call others late. */
  readonly isLedgerStale: () => boolean;
  /** What may be only on its way is told after so many seconds. */
  readonly patience: number;
}

/** No checkpoint, and no proof, is longer. */
const MAX_ANSWER = 64 * 1024;

/**
 * Looks at one log of a peer: is what it shows signed, does it grow out of what was seen before, and does the ledger hold it? What is consistent is
 * remembered and cosigned, what is not is kept as a finding. Returns what was found. Throws DirectoryError when the peer does not answer.
 */
export async function lookAt(context: WatchContext, peer: Peer, log: Log): Promise<readonly LogFinding[]> {
  const { database } = context;
  const of = { organization: peer.id, log };
  const before = await readMemory(database, peer.id, log);
  const shown = await fetchCheckpoint(context, peer, log);
  // The checkpoint first: the log only grows, so it can never have fewer leaves than it showed.
  const leaves = await fetchSize(context, peer, log);
  if (leaves === null) return [];
  const { seen } = before;
  const grown =
    shown && seen && shown.size > seen.size && seen.size > 0 ? await fetchGrowth(context, peer, seen, shown) : null;
  const posted = {
    latest: await latestCheckpoint(database, peer.id, log),
    ofShown: shown && (await postedRoot(context, peer.id, log, shown.size)),
    ofSeen: seen && (await postedRoot(context, peer.id, log, seen.size)),
  };
  const now = Math.floor(context.clock() / 1000);
  const patience = context.isLedgerStale() ? Number.POSITIVE_INFINITY : context.patience;
  const { memory, findings } = judgeLog(before, { now, shown, leaves, grown, posted }, patience);
  await database.transaction(async (tx) => {
    const last = await lockSeen(tx, context, of);
    // Somebody brought a checkpoint meanwhile: what was compared here is out of date, and the next look comes.
    if ((last?.size ?? null) !== (seen?.size ?? null) || (last?.root ?? null) !== (seen?.root ?? null)) return;
    if (shown && memory.seen === shown) await keepSeen(tx, context, shown);
    await keepMemory(tx, of, memory, context.clock());
    await noteFindings(
      tx,
      context,
      of,
      findings,
      [last?.note, shown?.note].filter((note) => note !== undefined),
    );
    await endFindings(tx, of, findings, context.clock());
  });
  return findings;
}

async function keepMemory(
  tx: Parameters<typeof lockSeen>[0],
  { organization, log }: { readonly organization: number; readonly log: Log },
  { waiting, absentSince }: LogMemory,
  now: number,
): Promise<void> {
  await tx.query(
    `update witnessed set waiting_size = $3, waiting_since = $4, absent_since = $5, looked_at = $6
     where organization = $1 and log = $2`,
    [organization, log, waiting?.size ?? null, waiting?.since ?? null, absentSince, now],
  );
}

async function postedRoot(
  { database }: WatchContext,
  organization: number,
  log: Log,
  size: number,
): Promise<Hex | null> {
  const [row] = await database.query<{ root: Hex }>(
    'select root from ledger_checkpoint where organization = $1 and stream = $2 and size = $3',
    [organization, streamOf(log), size],
  );
  return row?.root ?? null;
}

/** The checkpoint that a peer shows, verified; null when it shows none that is its own. */
async function fetchCheckpoint(context: WatchContext, peer: Peer, log: Log): Promise<Verified | null> {
  const answer = await get(context, peer, `/tlog/${log}/checkpoint`);
  if (answer === null) return null;
  try {
    const shown = await verifyNote(context, fromUtf8(answer));
    return shown.organization === peer.id && shown.log === log ? shown : null;
  } catch {
    return null; // Unsigned, malformed, of another log: nothing that it could be held to.
  }
}

async function fetchSize(context: WatchContext, peer: Peer, log: Log): Promise<number | null> {
  const { size } = (await getJson(context, peer, `/logs/${log}`)) ?? {};
  return typeof size === 'number' && Number.isSafeInteger(size) && size >= 0 ? size : null;
}

async function fetchGrowth(
  context: WatchContext,
  peer: Peer,
  seen: { readonly size: number; readonly root: Hex },
  shown: Verified,
): Promise<boolean | null> {
  const answer = await getJson(context, peer, `/logs/${shown.log}/consistency?from=${seen.size}&to=${shown.size}`);
  const path = answer?.path;
  // No answer is no proof of anything; an answer that does not hold is.
  if (!Array.isArray(path) || path.length > 128 || !path.every((hash) => isHex(hash) && hash.length === 66))
    return null;
  return provesGrowth(
    seen,
    shown,
    (path as Hex[]).map((hash) => hexToBytes(hash)),
  );
}

async function getJson(context: WatchContext, peer: Peer, path: string): Promise<Record<string, unknown> | null> {
  const bytes = await get(context, peer, path);
  if (bytes === null) return null;
  try {
    const value: unknown = JSON.parse(fromUtf8(bytes));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** The body of a 200, or null for any other answer. */
async function get({ limits }: WatchContext, peer: Peer, path: string): Promise<Uint8Array | null> {
  const { status, bytes } = await ask(`${peer.profile.endpoints.api}${path}`, { ...limits, maxBytes: MAX_ANSWER });
  return status === 200 ? bytes : null;
}
