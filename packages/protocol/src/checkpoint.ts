import { type Address, bytesToHex, type Hex } from 'viem';
import { fromBase64, toBase64 } from './bytes.ts';
import { type Log, streamOf } from './codes.ts';
import { AnamnesisError } from './errors.ts';
import { HASH_LENGTH } from './merkle/index.ts';

/** Size and root of a log, and whose log it is, as in the body of a C2SP checkpoint (https://c2sp.org/tlog-checkpoint). */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

/** A log on the ledger: chain, Checkpoints contract, organisation and stream. */
export interface LogAddress {
  readonly chainId: number;
  readonly checkpoints: Address;
  readonly organization: number;
  readonly log: Log;
}

/** The origin line of a log's checkpoints: `anamnesis/<chainId>/<Checkpoints address, lower case>/<organisation>/<log>`. */
export function checkpointOrigin({ chainId, checkpoints, organization, log }: LogAddress): string {
  return `anamnesis/${chainId}/${checkpoints.toLowerCase()}/${organization}/${log}`;
}

/**
 * Whose log an origin names; null for one of another form.
 */
export function parseOrigin(origin: string): LogAddress | null {
  const [, chainId, checkpoints, organization, log] =
    /^anamnesis\/([1-9]\d{0,14})\/(0x[0-9a-f]{40})\/([1-9]\d{0,9})\/(records|access)$/.exec(origin) ?? [];
  if (log === undefined) return null;
  return {
    chainId: Number(chainId),
    checkpoints: checkpoints as Address,
    organization: Number(organization),
    log: log as Log,
  };
}

/** The body of a checkpoint note: origin, size and base64 root, a line each. A signed note adds the signatures (see crypto). */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  if (origin === '' || /[\s+]/.test(origin) || !Number.isSafeInteger(size) || size < 0 || root.length !== HASH_LENGTH) {
    throw malformed();
  }
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

/**
 * Reads the body of a checkpoint note. Lines after the root are extensions that other tools may add; they are passed over.
 * @throws AnamnesisError `checkpoint-malformed`.
 */
export function parseCheckpoint(body: string): Checkpoint {
  const lines = body.split('\n');
  if (lines.pop() !== '' || lines.length < 3 || lines.includes('')) throw malformed();
  const [origin = '', size = '', root = ''] = lines;
  const bytes = fromBase64(root);
  const count = Number(size);
  if (!/^(?:0|[1-9]\d*)$/.test(size) || !Number.isSafeInteger(count) || bytes?.length !== HASH_LENGTH)
    throw malformed();
  return { origin, size: count, root: bytes };
}

/** What an operator signs to state its log off the ledger (EIP-712), for viem's `signTypedData`: the form that the Checkpoints contract takes as evidence. */
export function checkpointTypedData(
  { organization, log, root, size }: { organization: number; log: Log; root: Hex; size: number },
  domain: Pick<LogAddress, 'chainId' | 'checkpoints'>,
) {
  return {
    domain: {
      name: 'Anamnesis Checkpoints',
      version: '1',
      chainId: domain.chainId,
      verifyingContract: domain.checkpoints,
    },
    types: {
      Checkpoint: [
        { name: 'organization', type: 'uint32' },
        { name: 'stream', type: 'uint8' },
        { name: 'root', type: 'bytes32' },
        { name: 'size', type: 'uint64' },
      ],
    },
    primaryType: 'Checkpoint',
    message: { organization, stream: streamOf(log), root, size: BigInt(size) },
  } as const;
}

function malformed(): AnamnesisError {
  return new AnamnesisError('checkpoint-malformed', 'A checkpoint must be three lines: origin, size and base64 root');
}

/** Size and root that a note's text tells, nothing verified; null for what is no checkpoint. */
export function openCheckpointText(note: string): { readonly size: number; readonly root: Hex } | null {
  try {
    const { size, root } = parseCheckpoint(note.slice(0, note.lastIndexOf('\n\n') + 1));
    return { size, root: bytesToHex(root) };
  } catch {
    return null;
  }
}
