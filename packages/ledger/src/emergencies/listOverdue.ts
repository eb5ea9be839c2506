import type { LedgerReader } from '../client.ts';
import { ledgerError } from '../errors.ts';
import { consentsAbi } from '../generated/index.ts';

/**
 * The slots of an organisation whose declaration was not reviewed within 72 hours, in ascending order.
 *
 * @throws AnamnesisError `ledger-unreachable`.
 */
export async function listOverdue(
  { client, deployment }: LedgerReader,
  { organization }: { readonly organization: number },
): Promise<number[]> {
  const slots = await client
    .readContract({ address: deployment.consents, abi: consentsAbi, functionName: 'overdue', args: [organization] })
    .catch((error: unknown) => {
      throw ledgerError(error);
    });
  return Array.from({ length: 256 }, (_, slot) => slot).filter((slot) => ((slots >> BigInt(slot)) & 1n) === 1n);
}
