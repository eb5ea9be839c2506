import type { Address, Hex } from 'viem';
import { hexToBytes } from 'viem/utils';
import { withoutAddedLabels } from './addedLabels.ts';
import { checks } from './check.ts';
import type { Kind, Log } from './codes.ts';
import { commitmentOf } from './commitments.ts';
import { canonicalize } from './json/index.ts';
import { leafHash, type Sha256, verifyInclusion } from './merkle/index.ts';

/** A checkpoint that stands on the ledger: the log's size and root, the second and the block of its posting. */
export interface PostedCheckpoint {
  readonly root: Hex;
  readonly size: number;
  readonly time: number;
  readonly block: number;
}

/**
 * Proof that a record version or an access entry is in an organisation's log. `size` and `root` are those of the smallest checkpoint on
 * the ledger that covers the leaf; `checkpoint` is null while there is none, and then they are the node's word alone.
 */
export interface RecordProof {
  readonly kind: Kind;
  readonly chainId: number;
  /** Address of the Checkpoints contract. */
  readonly checkpoints: Address;
  /** Directory id of the organisation whose log it is. */
  readonly organization: number;
  readonly log: Log;
  readonly salt: Hex;
  readonly index: number;
  readonly size: number;
  readonly path: readonly Hex[];
  readonly root: Hex;
  readonly checkpoint: PostedCheckpoint | null;
}

const { address, fail, hex, list, nullable, object, oneOf, whole } = checks('proof-malformed');
const count = whole(0, Number.MAX_SAFE_INTEGER);

const readProof = object<RecordProof>({
  kind: oneOf('record', 'access'),
  chainId: count,
  checkpoints: address,
  organization: whole(1, 2 ** 32 - 1),
  log: oneOf('records', 'access'),
  salt: hex(32),
  index: count,
  size: count,
  path: list(hex(32), 64),
  root: hex(32),
  checkpoint: nullable(object<PostedCheckpoint>({ root: hex(32), size: count, time: count, block: count })),
});

/**
 * A proof from outside: every field of its type. It is not verified here (see `verifyRecordProof`).
 * @throws AnamnesisError `proof-malformed`, naming the field.
 */
export function checkProof(value: unknown): RecordProof {
  const proof = readProof(value, 'proof');
  if (proof.log !== (proof.kind === 'record' ? 'records' : 'access')) fail('proof.log', 'the log of its kind');
  return proof;
}

/** Why a proof was refused. */
export type ProofFailure =
  /** Not a proof at all, or fields that contradict one another. */
  | 'malformed'
  /** A proof about another chain, contract, organisation or log than was asked for. */
  | 'other-log'
  /** Its checkpoint is not the tree that the path leads to. */
  | 'other-checkpoint'
  /** The content, with this salt at this place, is not under the root: content, salt, path or root was changed. */
  | 'not-included';

export type ProofResult = { readonly ok: true } | { readonly ok: false; readonly reason: ProofFailure };

/** What the verifier knows on its own, and a proof must agree with. */
export type ExpectedLog = Partial<Pick<RecordProof, 'kind' | 'chainId' | 'checkpoints' | 'organization'>>;

/**
 * Checks that the content is in the log under the proof's root. It trusts nothing in the proof, but it cannot know the ledger: the caller
 * compares `checkpoint` with the Checkpoints contract, and gives in `expected` whose log it believes to read.
 * @param content the resource or entry, or its canonical text. Labels that a node added to a resource are left out.
 */
export function verifyRecordProof(
  proof: RecordProof,
  content: string | object,
  expected: ExpectedLog = {},
  hash?: Sha256,
): ProofResult {
  const refused = (reason: ProofFailure): ProofResult => ({ ok: false, reason });
  let checked: RecordProof;
  let text: string;
  try {
    checked = checkProof(proof);
    text = typeof content === 'string' ? content : canonicalize(withoutAddedLabels(content));
  } catch {
    return refused('malformed');
  }
  if (!agrees(checked, expected)) return refused('other-log');
  const { checkpoint, size, root } = checked;
  if (checkpoint && (checkpoint.size !== size || checkpoint.root.toLowerCase() !== root.toLowerCase())) {
    return refused('other-checkpoint');
  }
  const leaf = leafHash(commitmentOf(checked, checked.salt, text, hash), hash);
  const path = checked.path.map((element) => hexToBytes(element));
  const inclusion = { leafHash: leaf, index: checked.index, size, path, root: hexToBytes(root) };
  return verifyInclusion(inclusion, hash) ? { ok: true } : refused('not-included');
}

function agrees(proof: RecordProof, expected: ExpectedLog): boolean {
  return (
    (expected.kind ?? proof.kind) === proof.kind &&
    (expected.chainId ?? proof.chainId) === proof.chainId &&
    (expected.organization ?? proof.organization) === proof.organization &&
    (expected.checkpoints ?? proof.checkpoints).toLowerCase() === proof.checkpoints.toLowerCase()
  );
}
