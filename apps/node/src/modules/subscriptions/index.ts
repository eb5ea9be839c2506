/** Subscriptions: who may read is told of what changes, as long as she may read it (R4 backport 1.1). */
export type { SubscriptionsContext } from './context.ts';
export { Deliveries } from './deliveries.ts';
export { type Listener, Sockets } from './sockets.ts';
export { MAX_OF_OWNER, type Subscriber, Subscriptions } from './subscriptions.ts';
export type { Content } from './terms.ts';
export { TOPICS } from './topics.ts';
