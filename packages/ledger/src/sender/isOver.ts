import { type Address, recoverTransactionAddress, type TransactionSerialized } from 'viem';
import type { OutboxEntry, OutboxStore } from './outbox.ts';

/** Whether nothing is left that an account signed, or that it alone may sign: then its key is needed no more. */
export async function isOver(store: Pick<OutboxStore, 'pending'>, account: Address): Promise<boolean> {
  for (const entry of await store.pending(0)) {
    if (entry.call.from === account || (await signerOf(entry)) === account) return false;
  }
  return true;
}

/** Who signed an entry that is under way; null while nobody did. */
export async function signerOf({ attempts }: OutboxEntry): Promise<Address | null> {
  const last = attempts.at(-1);
  if (last === undefined) return null;
  return recoverTransactionAddress({ serializedTransaction: last.raw as TransactionSerialized });
}
