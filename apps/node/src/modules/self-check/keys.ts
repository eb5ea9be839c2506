import { AnamnesisError } from '@anamnesis/protocol';
import type { ContentKey, Queryable } from '../../storage/index.ts';
import type { ExchangeContext } from '../exchange/index.ts';

/** The keys with these ids that are there and can be unwrapped: one that was changed is as if it were gone. */
export async function openableKeys(
  { keys }: ExchangeContext,
  q: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ContentKey>> {
  try {
    return await keys.presentOf(q, ids);
  } catch (error) {
    if (!(error instanceof AnamnesisError)) throw error;
  }
  const found = new Map<string, ContentKey>();
  for (const id of new Set(ids)) {
    try {
      for (const [one, key] of await keys.presentOf(q, [id])) found.set(one, key);
    } catch (error) {
      if (!(error instanceof AnamnesisError)) throw error;
    }
  }
  return found;
}
