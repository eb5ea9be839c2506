import type { Address, TransactionReceipt } from 'viem';
import { type Intention, requestOf } from '../call.ts';
import type { LedgerReader, Settlement } from '../client.ts';
import { ledgerError, toldError } from '../errors.ts';

/**
 * What a mined transaction failed of. Receipts do not say, so it is asked once more: on the state before its block, or, where
 * that is gone, on the newest.
 */
export async function whyReverted(
  { client }: LedgerReader,
  from: Address,
  call: Intention,
  receipt: TransactionReceipt,
): Promise<NonNullable<Settlement['error']>> {
  for (const place of [{ blockNumber: receipt.blockNumber }, { blockNumber: receipt.blockNumber - 1n }, {}]) {
    try {
      await client.call({ account: from, ...requestOf(call), ...place });
    } catch (error) {
      const told = toldError(ledgerError(error));
      if (told.code !== 'ledger-unreachable' && told.code !== 'ledger-error') return told;
    }
  }
  return { code: 'ledger-reverted', message: 'A contract refused the transaction.' };
}
