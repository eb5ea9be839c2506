import type { Log } from '@anamnesis/protocol';
import { compactVerify, importJWK } from 'jose';
import type { Queryable } from '../../storage/index.ts';
import { readReceipt } from '../erasure/index.ts';
import type { ExchangeContext } from '../exchange/index.ts';
import type { Finding } from './index.ts';

/**
 * The places of a log whose contents an erasure took away: those that a receipt names which this node signed. A row that says so without such a receipt hides
 * something, and is told.
 */
export async function erasedPlaces(
  { signingKey }: ExchangeContext,
  q: Queryable,
  log: Log,
): Promise<{ readonly places: ReadonlySet<number>; readonly findings: readonly Finding[] }> {
  const { d: _private, ...publicKey } = signingKey;
  const key = await importJWK(publicKey, 'ES384');
  const findings: Finding[] = [];
  const places = new Set<number>();
  for (const { id, receipt } of await q.query<{ id: string; receipt: string }>('select id, receipt from erasure')) {
    try {
      await compactVerify(receipt, key);
      for (const place of readReceipt(receipt).leaves[log]) places.add(place);
    } catch {
      findings.push({
        where: `erasure ${id}`,
        reason: 'receipt-invalid',
        detail: 'its receipt is not signed by this node',
      });
    }
  }
  const rows = await q.query<{ leaf_index: number }>('select leaf_index from erased_leaf where log = $1', [log]);
  for (const { leaf_index: place } of rows) {
    if (places.has(place)) continue;
    findings.push({
      where: `${log} log, leaf ${place}`,
      reason: 'erasure-unproven',
      detail: 'no receipt says that it was erased',
    });
  }
  return { places, findings };
}
