import { type Check, checks, type PostedCheckpoint, parseJson } from '@anamnesis/protocol';
import type { Address, Hex } from 'viem';
import type { Resource } from '../fhir/types.ts';
import type { ExportedAccess } from './exportFile.ts';

/** A stretch of an access log between two checkpoints, with every leaf in it. */
export interface AccountedRange {
  /** The last checkpoint before the stretch; null: it begins with the log. */
  readonly from: PostedCheckpoint | null;
  /** The first that covers its end; null: none does yet. */
  readonly to: PostedCheckpoint | null;
  /** Roots of the complete subtrees that make up `from`, from left to right. */
  readonly before: readonly Hex[];
  /** Hashes of all leaves of the stretch, in order. */
  readonly leaves: readonly Hex[];
}

/** Who saw or changed what of one patient in a period, with proofs, signed by the node: what `GET /api/v1/accounting` gives. */
export interface AccountingFile {
  readonly format: 'anamnesis-accounting/1';
  readonly chainId: number;
  readonly checkpoints: Address;
  readonly directory: Address;
  readonly organization: number;
  readonly patient: string;
  /** The period, by the entries' own times: ISO 8601, the end excluded. */
  readonly from: string;
  readonly until: string;
  readonly madeAt: string;
  /** Oldest first. */
  readonly entries: readonly ExportedAccess[];
  /** Places of entries that the node can no longer open. */
  readonly unreadable?: readonly number[];
  readonly range: AccountedRange;
  readonly profile: string;
  readonly notes: readonly string[];
  /** A C2SP note over the SHA-256 of the canonical JSON of everything else. */
  readonly signature: string;
}

const MANY = 10_000_000;
const { address, fail, hex, list, nullable, object, oneOf, text, whole } = checks('accounting-malformed');
const count = whole(0, Number.MAX_SAFE_INTEGER);
const posted = nullable(object<PostedCheckpoint>({ root: hex(32), size: count, time: count, block: count }));

/** The form of an accounting; a report's is the same but for a few parts. */
export const readAccounting = object<AccountingFile>(
  {
    format: oneOf('anamnesis-accounting/1'),
    chainId: count,
    checkpoints: address,
    directory: address,
    organization: whole(1, 2 ** 32 - 1),
    patient: text(1, 200),
    from: text(1, 40),
    until: text(1, 40),
    madeAt: text(1, 40),
    entries: list<ExportedAccess>((item, path) => {
      const access = item as ExportedAccess | null;
      const event = access?.event as Resource | undefined;
      // Proofs are judged one by one while they are verified, so that a damaged one is named.
      return typeof event?.resourceType === 'string'
        ? (access as ExportedAccess)
        : fail(`${path}.event`, 'a FHIR resource');
    }, MANY),
    unreadable: list(count, MANY) as Check<readonly number[]>,
    range: object<AccountedRange>({ from: posted, to: posted, before: list(hex(32), 64), leaves: list(hex(32), MANY) }),
    profile: text(1, 262_144),
    notes: list(text(1, 65_536), MANY),
    signature: text(1, 65_536),
  },
  ['unreadable'],
);

/**
 * An accounting from outside: every part of its form. It is not verified here (see `verifyAccounting`).
 * @throws AnamnesisError `accounting-malformed`, naming the part.
 */
export function checkAccountingFile(value: unknown): AccountingFile {
  return readAccounting(value, 'accounting');
}

/** Reads an accounting's text. Throws `json-malformed` or `accounting-malformed`. */
export function parseAccountingFile(content: string): AccountingFile {
  return checkAccountingFile(parseJson(content, { maxLength: Number.POSITIVE_INFINITY }));
}
