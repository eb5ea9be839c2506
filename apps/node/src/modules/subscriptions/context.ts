import type { ExchangeContext } from '../exchange/index.ts';
import type { SmartContext } from '../smart/index.ts';

/** What subscriptions need besides the request: the same for every request of a node. */
export interface SubscriptionsContext extends ExchangeContext {
  readonly smart: SmartContext;
  /** How long a delivery that failed is waited with the first time, in milliseconds; doubled with every further failure, up to an hour. */
  readonly retryMs: number;
  /** Is aborted when the node stops: what is under way then is told again after the next start. */
  readonly stopping: AbortSignal;
  /** Throws while the node's logs are not known to be intact: then nothing is delivered. */
  readonly requireIntact: () => void;
}
