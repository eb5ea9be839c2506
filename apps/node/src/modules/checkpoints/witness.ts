import { cosign, openNote, verifierKeyNamed } from '@anamnesis/crypto';
import {
  AnamnesisError,
  badRequest,
  checkpointOrigin,
  forbidden,
  fromBase64,
  HASH_LENGTH,
  type Log,
  type LogMemory,
  notFound,
  parseCheckpoint,
  parseOrigin,
  type TreeState,
  verifyConsistency,
} from '@anamnesis/protocol';
import { bytesToHex, type Hex, hexToBytes } from 'viem';
import type { Queryable, Transaction } from '../../storage/index.ts';
import { DirectoryError, type Peer } from '../directory/index.ts';
import { noteFindings } from './findings.ts';
import type { CheckpointSigner } from './sign.ts';

/** What a witness needs: its key, and who the others are. */
export interface WitnessContext extends CheckpointSigner {
  readonly directory: { peer(id: number): Promise<Peer> };
  readonly clock: () => number;
}

/** What this node last saw of a log and found consistent, with its own cosignature. */
export interface Witnessed extends TreeState {
  /** The signed checkpoint with the cosignature. */
  readonly note: string;
}

/** How a witness answers: C2SP `tlog-witness`. */
export type WitnessAnswer =
  | { readonly status: 200; readonly line: string }
  | { readonly status: 409; readonly size: number }
  | { readonly status: 422 };

/** A checkpoint of another organisation whose signature was verified. */
export interface Verified extends TreeState {
  readonly organization: number;
  readonly log: Log;
  readonly note: string;
  /** What was signed. */
  readonly text: string;
}

/**
 * Verifies that a note is a checkpoint of a log of this ledger, signed by the key in the profile that the Directory pins.
 * Errors: 404 for another origin or organisation, 403 for another signature, `checkpoint-malformed`, `note-malformed`.
 */
export async function verifyNote({ ledger, directory }: WitnessContext, note: string): Promise<Verified> {
  const of = parseOrigin(note.slice(0, Math.max(note.indexOf('\n'), 0)));
  const isOurs = of?.chainId === ledger.chainId && of.checkpoints === ledger.checkpoints.toLowerCase();
  if (of === null || !isOurs || of.organization === ledger.organization) throw notFound();
  const peer = await directory.peer(of.organization).catch((error: unknown) => {
    throw error instanceof DirectoryError ? notFound() : error;
  });
  const { logKey } = peer.profile;
  if (logKey === undefined) throw notFound();
  const origin = checkpointOrigin(of);
  let text: string;
  try {
    text = openNote(note, verifierKeyNamed(logKey, origin));
  } catch (error) {
    throw error instanceof AnamnesisError && error.code === 'note-unsigned' ? forbidden() : error;
  }
  const { size, root } = parseCheckpoint(text);
  return { organization: of.organization, log: of.log, note, text, size, root: bytesToHex(root) };
}

/**
 * `add-checkpoint` of C2SP `tlog-witness`: verifies that a checkpoint grows out of the last one that this node saw, keeps it, and only then
 * cosigns it. Errors: 400 for what is no request, and those of `verifyNote`.
 */
export async function addCheckpoint(context: WitnessContext, body: string): Promise<WitnessAnswer> {
  const { old, proof, note } = parseRequest(body);
  const shown = await verifyNote(context, note);
  if (old > shown.size) throw badRequest('The old size is above that of the checkpoint');
  return context.database.transaction(async (tx): Promise<WitnessAnswer> => {
    const seen = await lockSeen(tx, context, shown);
    if (old !== (seen?.size ?? 0)) return { status: 409, size: seen?.size ?? 0 };
    if (seen !== null && seen.size === shown.size && seen.root !== shown.root) {
      // Both are signed: whoever carried this here, the log did it.
      const detail = `it signed two roots for ${shown.size} leaves`;
      const finding = { kind: 'fork', size: shown.size, detail } as const;
      await noteFindings(tx, context, shown, [finding], [seen.note, shown.note]);
      return { status: 409, size: seen.size };
    }
    const grown = seen === null || seen.size === 0 ? proof.length === 0 : provesGrowth(seen, shown, proof);
    // Anyone can bring a true checkpoint and a false proof: that says nothing about the log.
    if (!grown) return { status: 422 };
    return { status: 200, line: await keepSeen(tx, context, shown) };
  });
}

/** Whether a consistency proof (RFC 6962 section 2.1.2) shows that one tree begins with the other. */
export function provesGrowth(seen: TreeState, shown: TreeState, path: readonly Uint8Array[]): boolean {
  const [fromRoot, toRoot] = [hexToBytes(seen.root), hexToBytes(shown.root)];
  return verifyConsistency({ from: seen.size, fromRoot, to: shown.size, toRoot, path: [...path] });
}

/** What this node last saw of a log, for whoever wants to compare; null when it saw nothing. */
export async function readWitnessed(q: Queryable, organization: number, log: Log): Promise<Witnessed | null> {
  const [row] = await q.query<{ size: number; root: Hex; note: string; cosignature: string }>(
    'select size, root, note, cosignature from witnessed where organization = $1 and log = $2 and note is not null',
    [organization, log],
  );
  return row === undefined ? null : { size: row.size, root: row.root, note: `${row.note}${row.cosignature}\n` };
}

/** What was last seen, locked until the transaction ends, so that two looks never pass each other. */
export async function lockSeen(
  tx: Transaction,
  { clock }: WitnessContext,
  { organization, log }: { readonly organization: number; readonly log: Log },
): Promise<(TreeState & { readonly note: string; readonly memory: LogMemory }) | null> {
  await tx.query(
    `insert into witnessed (organization, log, size, root, looked_at) values ($1, $2, 0, '', $3) on conflict do nothing`,
    [organization, log, clock()],
  );
  const [row] = await tx.query<Row>(`${SELECT} where organization = $1 and log = $2 for update`, [organization, log]);
  const memory = memoryOf(row);
  return memory.seen && row?.note ? { ...memory.seen, note: row.note, memory } : null;
}

/** Keeps a checkpoint as the last one seen and cosigns it. Returns the cosignature line. */
export async function keepSeen(tx: Transaction, context: WitnessContext, shown: Verified): Promise<string> {
  const line = cosign(shown.text, context.note, Math.floor(context.clock() / 1000));
  await tx.query(
    'update witnessed set size = $3, root = $4, note = $5, cosignature = $6 where organization = $1 and log = $2',
    [...[shown.organization, shown.log, shown.size, shown.root, shown.note, line]],
  );
  return line;
}

interface Row {
  size: number;
  root: Hex;
  note: string | null;
  waitingSize: number | null;
  waitingSince: number | null;
  absentSince: number | null;
}

const SELECT = `select size, root, note, waiting_size as "waitingSize", waiting_since as "waitingSince",
  absent_since as "absentSince" from witnessed`;

function memoryOf(row: Row | undefined): LogMemory {
  if (row === undefined) return { seen: null, waiting: null, absentSince: null };
  const { size, root, note, waitingSize, waitingSince, absentSince } = row;
  const waiting = waitingSize !== null && waitingSince !== null ? { size: waitingSize, since: waitingSince } : null;
  return { seen: note === null ? null : { size, root }, waiting, absentSince };
}

/** What is remembered of a log between two looks. */
export async function readMemory(q: Queryable, organization: number, log: Log): Promise<LogMemory> {
  const [row] = await q.query<Row>(`${SELECT} where organization = $1 and log = $2`, [organization, log]);
  return memoryOf(row);
}

const MAX_PROOF = 63;

/** Takes an `add-checkpoint` request apart. Errors: 400. */
function parseRequest(body: string): { old: number; proof: Uint8Array[]; note: string } {
  const end = body.indexOf('\n\n');
  const [first = '', ...lines] = body.slice(0, Math.max(end, 0)).split('\n');
  const [, size] = /^old (0|[1-9]\d{0,15})$/.exec(first) ?? [];
  const proof = lines.map((line) => fromBase64(line));
  const isProof = proof.every((hash) => hash?.length === HASH_LENGTH) && proof.length <= MAX_PROOF;
  if (size === undefined || !isProof) throw badRequest('The body is not one of add-checkpoint (c2sp.org/tlog-witness)');
  return { old: Number(size), proof: proof as Uint8Array[], note: body.slice(end + 2) };
}
