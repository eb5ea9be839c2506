import type { Log, PostedCheckpoint } from '@anamnesis/protocol';
import type { Address, Hash, Hex } from 'viem';

/** What the Directory says about an organisation. `profileUrl` is null where it is not known: it stands in events only. */
export interface DirectoryEntry {
  readonly id: number;
  readonly active: boolean;
  readonly profileHash: Hash;
  readonly profileUrl: string | null;
}

/** A log on the ledger. */
export interface LogOf {
  readonly organization: number;
  readonly log: Log;
}

/**
 * What a verifier asks of the ledger, so that it need ask no node. `openTrustedLedger` makes one from RPC URLs; a node can give one over
 * the state that it follows. Every function throws `ledger-unreachable` when it cannot be answered.
 */
export interface TrustedLedger {
  readonly chainId: number;
  readonly contracts: {
    readonly directory: Address;
    readonly subjects: Address;
    readonly consents: Address;
    readonly checkpoints: Address;
  };
  /** Every organisation that was ever admitted, by id. */
  organizations(): Promise<readonly DirectoryEntry[]>;
  organization(id: number): Promise<DirectoryEntry | null>;
  /** Every checkpoint of a log, in the order of posting. */
  checkpoints(of: LogOf): Promise<readonly PostedCheckpoint[]>;
  /** Whether the contract's own word is this checkpoint (null: none yet), so that a list with its end cut off is noticed. */
  isLast(of: LogOf, checkpoint: Pick<PostedCheckpoint, 'root' | 'size' | 'time'> | null): Promise<boolean>;
  subject(subject: Address): Promise<{ readonly controller: Address; readonly epoch: number; readonly nonce: bigint }>;
  isRevoked(consent: { readonly subject: Address; readonly index: number }): Promise<boolean>;
  /** Whether a signature over a digest is the signer's, contract accounts included (ERC-1271). */
  isSignatureOf(signer: Address, digest: Hash, signature: Hex): Promise<boolean>;
}
