import type { Address } from 'viem';
import type { Transaction } from '../../storage/index.ts';
import { lower } from '../directory/index.ts';
import type { ExchangeContext } from './context.ts';

/**
 * Erases what was received from a custodian about a subject, with its key. @returns how many records there were.
 */
export async function eraseReceived(
  context: ExchangeContext,
  tx: Transaction,
  { custodian, subject }: { readonly custodian: number; readonly subject: Address },
): Promise<number> {
  const of = [custodian, lower(subject)];
  const keys = await tx.query<{ key_id: string }>(
    'select distinct key_id from received_grant where custodian = $1 and subject = $2',
    of,
  );
  const records = await tx.query(
    `delete from received where consent_id in (select consent_id from received_grant where custodian = $1 and subject = $2) returning id`,
    of,
  );
  await tx.query('delete from received_grant where custodian = $1 and subject = $2', of);
  await context.keys.erase(
    tx,
    keys.map((key) => key.key_id),
  );
  return records.length;
}
