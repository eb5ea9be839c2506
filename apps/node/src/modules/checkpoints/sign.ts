import { type NoteSigner, operatorLine, signNote } from '@anamnesis/crypto';
import { checkpointOrigin, emptyRoot, formatCheckpoint, type Log, type LogAddress } from '@anamnesis/protocol';
import { bytesToHex, type Hex, hexToBytes } from 'viem';
import type { LocalAccount } from 'viem/accounts';
import type { Database } from '../../storage/index.ts';
import { keptCheckpoint } from './decision.ts';

/** What a node signs its checkpoints with. */
export interface CheckpointSigner {
  readonly database: Database;
  readonly ledger: Omit<LogAddress, 'log'>;
  /** Ed25519 key of the organisation's profile, under the profile's name. */
  readonly note: NoteSigner;
  /** The operator of the Directory at the time: its signature makes contradictions provable to the ledger. */
  readonly operator: () => LocalAccount;
  /** Whether the logs are those that were sealed: a node that was rolled back signs nothing. */
  readonly isIntact: () => boolean;
}

/** A checkpoint that the node signed: a C2SP note. */
export interface SignedCheckpoint {
  readonly size: number;
  readonly root: Hex;
  readonly note: string;
}

/**
 * The newest checkpoint of a log, signed. The node signs what stands on the ledger and nothing else, so a signed checkpoint that the ledger
 * does not have is misconduct by itself. Before the first it is that of the empty log.
 */
export async function signedCheckpoint(signer: CheckpointSigner, log: Log): Promise<SignedCheckpoint> {
  const { database, ledger } = signer;
  const kept = await readSigned(signer, log);
  const posted = signer.isIntact() ? await keptCheckpoint(database, ledger.organization, log) : null;
  if (posted === null) return kept ?? sign(signer, log, { size: 0, root: bytesToHex(emptyRoot()) });
  if (kept !== null && kept.size >= posted.size) return kept;
  const made = await sign(signer, log, posted);
  await database.query(
    `insert into signed_checkpoint (log, size, root, note) values ($1, $2, $3, $4)
     on conflict (log) do update set size = excluded.size, root = excluded.root, note = excluded.note
     where signed_checkpoint.size < excluded.size`,
    [log, made.size, made.root, made.note],
  );
  return made;
}

async function readSigned({ database }: CheckpointSigner, log: Log): Promise<SignedCheckpoint | null> {
  const [row] = await database.query<SignedCheckpoint>(
    'select size, root, note from signed_checkpoint where log = $1',
    [log],
  );
  return row ?? null;
}

async function sign(
  { ledger, note, operator }: CheckpointSigner,
  log: Log,
  { size, root }: { readonly size: number; readonly root: Hex },
): Promise<SignedCheckpoint> {
  const of = { ...ledger, log };
  const origin = checkpointOrigin(of);
  const signed = signNote(formatCheckpoint({ origin, size, root: hexToBytes(root) }), { ...note, name: origin });
  return { size, root, note: `${signed}${await operatorLine(operator(), of, { root, size })}\n` };
}

/** The newest signed checkpoint with the cosignatures of those witnesses that have seen it. */
export async function servedCheckpoint(signer: CheckpointSigner, log: Log): Promise<string> {
  const { size, note } = await signedCheckpoint(signer, log);
  const lines = await signer.database.query<{ line: string }>(
    'select line from cosignature where log = $1 and size = $2 order by witness',
    [log, size],
  );
  return `${note}${lines.map(({ line }) => `${line}\n`).join('')}`;
}
