import { cosignatureTime, cosignerKey, noteVerifierKey, openNote, parseNote } from '@anamnesis/crypto';
import { checkpointOrigin, fromUtf8, type Log, parseCheckpoint, type TreeState, toBase64 } from '@anamnesis/protocol';
import { bytesToHex } from 'viem';
import { consistency } from '../../storage/index.ts';
import { ask, type Peer } from '../directory/index.ts';
import { type SignedCheckpoint, signedCheckpoint } from './sign.ts';
import type { WatchContext } from './watch.ts';

/** A witness's answer is a line or two, or the note that it keeps. */
const MAX_ANSWER = 64 * 1024;

/** What a peer keeps of this node's own log and this node signed: more than the log has, or another. */
export type SelfWitness = TreeState & { readonly log: Log };

/**
 * Shows the newest checkpoint of an own log to a peer and keeps its cosignature (C2SP `tlog-witness`). Returns what the peer has seen of this log when it
 * goes beyond what is shown: signed by this node, or it does not count. Throws DirectoryError when the peer does not answer.
 */
export async function showTo(context: WatchContext, peer: Peer, log: Log): Promise<SelfWitness | null> {
  const checkpoint = await signedCheckpoint(context, log);
  let answer = await submit(context, peer, log, checkpoint, await lastShown(context, peer.id, log));
  if (answer.status === 409) {
    const known = Number(answer.body.trim());
    if (!Number.isSafeInteger(known) || known < 0) return null;
    if (known > checkpoint.size) return heldBy(context, peer, log);
    answer = await submit(context, peer, log, checkpoint, known);
    // It has seen another root for this very size, and says so by refusing a second time.
    if (answer.status === 409) return heldBy(context, peer, log);
  }
  if (answer.status !== 200 || peer.profile.logKey === undefined) return null;
  const line = cosignatureOf(checkpoint, answer.body, peer.profile.logKey);
  if (line === null) return null;
  await context.database.query(
    `insert into cosignature (log, witness, size, line) values ($1, $2, $3, $4)
     on conflict (log, witness) do update set size = excluded.size, line = excluded.line`,
    [log, peer.id, checkpoint.size, line],
  );
  return null;
}

/** The size up to which a peer cosigned before; 0 when it never did. */
async function lastShown({ database }: WatchContext, witness: number, log: Log): Promise<number> {
  const [row] = await database.query<{ size: number }>('select size from cosignature where log = $1 and witness = $2', [
    log,
    witness,
  ]);
  return row?.size ?? 0;
}

async function submit(
  context: WatchContext,
  peer: Peer,
  log: Log,
  { size, note }: SignedCheckpoint,
  old: number,
): Promise<{ readonly status: number; readonly body: string }> {
  const from = Math.min(old, size);
  const path = from === 0 || from === size ? [] : await consistency(context.database, log, from, size);
  const body = `old ${from}\n${path.map((hash) => `${toBase64(hash)}\n`).join('')}\n${note}`;
  const limits = { ...context.limits, maxBytes: MAX_ANSWER };
  const headers = { 'content-type': 'text/plain; charset=utf-8' };
  const address = `${peer.profile.endpoints.api}/witness/add-checkpoint`;
  const { status, bytes } = await ask(address, limits, { method: 'POST', headers, body });
  return { status, body: fromUtf8(bytes) };
}

/** The line among those of an answer that the witness's key made over this checkpoint; null when there is none. */
function cosignatureOf({ note }: SignedCheckpoint, answer: string, logKey: string): string | null {
  try {
    const { text } = parseNote(note);
    const key = cosignerKey(logKey);
    return answer.split('\n').find((line) => line !== '' && cosignatureTime(text, line, key) !== null) ?? null;
  } catch {
    return null;
  }
}

/** What a peer has seen of this node's log, if this node signed it: nobody else's word stops it. */
async function heldBy(context: WatchContext, peer: Peer, log: Log): Promise<SelfWitness | null> {
  const { ledger, note } = context;
  const address = `${peer.profile.endpoints.api}/witness/${ledger.organization}/${log}`;
  const { status, bytes } = await ask(address, { ...context.limits, maxBytes: MAX_ANSWER });
  if (status !== 200) return null;
  try {
    const origin = checkpointOrigin({ ...ledger, log });
    const {
      origin: named,
      size,
      root,
    } = parseCheckpoint(openNote(fromUtf8(bytes), noteVerifierKey({ ...note, name: origin })));
    return named === origin ? { log, size, root: bytesToHex(root) } : null;
  } catch {
    return null;
  }
}
