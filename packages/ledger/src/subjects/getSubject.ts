import type { Address } from 'viem';
import type { LedgerReader } from '../client.ts';
import { ledgerError } from '../errors.ts';
import { subjectsAbi } from '../generated/index.ts';

/** The state of a subject on the ledger. */
export interface Subject {
  /** The key that decides for it: the subject's own until rotated. */
  readonly controller: Address;
  /** Consents count only if they name this number. */
  readonly epoch: number;
  /** What the next signed message must carry. */
  readonly nonce: bigint;
}

/**
 * Reads a subject at the newest block. A subject that never appeared on the ledger is its own controller, epoch 0.
 *
 * @throws AnamnesisError `ledger-unreachable`.
 */
export async function getSubject(
  { client, deployment }: LedgerReader,
  { subject }: { readonly subject: Address },
): Promise<Subject> {
  return client
    .readContract({ address: deployment.subjects, abi: subjectsAbi, functionName: 'subjectOf', args: [subject] })
    .catch((error: unknown) => {
      throw ledgerError(error);
    });
}
