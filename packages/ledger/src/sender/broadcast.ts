import { BaseError, type Hash, type PublicClient } from 'viem';
import { ledgerError } from '../errors.ts';
import type { Attempt } from './outbox.ts';

/** Puts signed transactions on the wire, one at a time: nodes gossip bursts and batches badly. */
export interface Broadcaster {
  first(attempt: Attempt): Promise<void>;
  /** Sends once more when this process has not sent it yet, when the node has forgotten it, or after a while. */
  again(attempt: Attempt): Promise<void>;
}

/** What nodes say when the transaction, or another of the same nonce, is there already. The next round sees which. */
const HARMLESS = /already known|already imported|known transaction|nonce too low|replacement transaction underpriced/i;

export function createBroadcaster(client: PublicClient, resendAfterMs: number): Broadcaster {
  const sent = new Map<Hash, number>();

  async function send({ hash, raw }: Attempt): Promise<void> {
    try {
      await client.sendRawTransaction({ serializedTransaction: raw });
    } catch (error) {
      const text = error instanceof BaseError ? `${error.shortMessage} ${error.details}` : String(error);
      if (!HARMLESS.test(text)) throw ledgerError(error);
    }
    if (sent.size > 10_000) sent.clear();
    sent.set(hash, Date.now());
  }

  return {
    first: send,
    async again(attempt) {
      const last = sent.get(attempt.hash);
      if (last !== undefined && Date.now() - last < resendAfterMs) return;
      await send(attempt);
    },
  };
}
