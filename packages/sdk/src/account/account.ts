import type { Address } from 'viem';
import type { SealedContents } from './accountFile.ts';
import type { Lock } from './locks.ts';

/** A patient's account as the home organisation hands it out: locked. */
export interface LockedAccount {
  readonly id: string;
  /** Her subject at the home organisation. */
  readonly subject: Address;
  readonly locks: readonly Lock[];
  readonly file: SealedContents;
  /** Of the file: the ETag under which it is written back. */
  readonly version: number;
}

/** A locked account, with the secrets (base64url, by lock) that the organisation keeps and gave out. */
export interface HandedAccount {
  readonly account: LockedAccount;
  readonly secrets: Readonly<Record<string, string>>;
}
