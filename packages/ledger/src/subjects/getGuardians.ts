import type { Address, Hex } from 'viem';
import type { LedgerReader } from '../client.ts';
import { ledgerError } from '../errors.ts';
import { subjectsAbi } from '../generated/index.ts';

/** What the ledger knows of a subject's guardians. Times in seconds since 1970. */
export interface Guardians {
  /** The first 26 bytes of the commitment in force; null when there are no guardians. */
  readonly commitment: Hex | null;
  /** A change that waits: the first 26 bytes of its commitment (all zero: no guardians) and when it takes effect. */
  readonly next: { readonly commitment: Hex; readonly from: number } | null;
  /** A recovery that waits or is ready. */
  readonly recovery: { readonly newController: Address; readonly readyAt: number } | null;
}

/**
 * Reads a subject's guardians and recovery at the newest block.
 *
 * @throws AnamnesisError `ledger-unreachable`.
 */
export async function getGuardians(
  { client, deployment }: LedgerReader,
  { subject }: { readonly subject: Address },
): Promise<Guardians> {
  const contract = { address: deployment.subjects, abi: subjectsAbi, args: [subject] } as const;
  try {
    const [current, next, nextFrom] = await client.readContract({ ...contract, functionName: 'guardiansOf' });
    const [newController, readyAt] = await client.readContract({ ...contract, functionName: 'recoveryOf' });
    return {
      commitment: BigInt(current) === 0n ? null : current,
      next: nextFrom === 0 ? null : { commitment: next, from: nextFrom },
      recovery: readyAt === 0 ? null : { newController, readyAt },
    };
  } catch (error) {
    throw ledgerError(error);
  }
}
