import { randomUUID } from 'node:crypto';
import { OutcomeError } from '@anamnesis/protocol';
import type { Transaction } from '../../storage/index.ts';
import { nowOf } from '../records/context.ts';
import type { SubscriptionsContext } from './context.ts';
import { findEvents, tellEvents } from './events.ts';
import { notificationOf, type ToldEvent } from './notification.ts';
import { DeliveryFailed, sendNotification, sendPlain } from './send.ts';
import type { Sockets } from './sockets.ts';
import { decideStanding } from './standing.ts';
import { type Subscription, type SubscriptionStatus, selectSubscriptions } from './store.ts';

/** Failures in a row after which a subscription is in error, and after which it is given up: with the pauses between, more than two days. */
const IN_ERROR = 3;
const GIVEN_UP = 60;
const LONGEST_PAUSE_MS = 3_600_000;

/** What one step did: there may be more at once, or nothing for now. */
export type Step = 'more' | 'idle';

/** What is to be sent, put together in one transaction with its access entries. */
interface Prepared {
  readonly subscription: Subscription;
  readonly type: 'handshake' | 'heartbeat' | 'event-notification';
  readonly told: readonly ToldEvent[];
  /** Number of the last event that is done with once this has been sent. */
  readonly upTo: number;
}

/**
 * One step of one subscription: decide on its standing anew, find what happened, tell it, and note that it was taken. Nothing is held while the other side
 * is waited for, and what was not noted is told again, so each event is told at least once and in order, whatever is killed when.
 */
export async function step(context: SubscriptionsContext, sockets: Sockets, id: string): Promise<Step> {
  const prepared = await prepare(context, id);
  if (prepared === 'more' || prepared === 'idle') return prepared;
  const { subscription, type, told, upTo } = prepared;
  try {
    await send(context, sockets, subscription, type, told);
  } catch (error) {
    if (!(error instanceof DeliveryFailed)) throw error;
    await noteFailure(context, subscription, error.message);
    return 'idle';
  }
  const beat = subscription.terms.heartbeat;
  await context.database.query(
    `update subscription set delivered = $3, status = 'active', shaken = true, failures = 0, error = null, try_at = 0, beat_at = $4
     where id = $1 and version = $2 and status <> 'off'`,
    [id, subscription.version, upTo, beat === null ? null : nowOf(context) + beat * 1000],
  );
  return 'more';
}

async function prepare(context: SubscriptionsContext, id: string): Promise<Prepared | Step> {
  const [known] = await selectSubscriptions(context, context.database, `id = $1 and status <> 'off'`, [id]);
  if (known === undefined) return 'idle';
  const now = nowOf(context);
  if (known.terms.end !== null && known.terms.end <= now) return end(context, known, 'its time is over');
  const decision = await decideStanding(context, known.standing, randomUUID());
  if (decision.is === 'ended') return end(context, known, `what it stood on has ended: ${decision.reason}`);
  if (decision.is === 'later') return postpone(context, known);
  const { authority } = decision;
  try {
    return await context.database.transaction(async (tx): Promise<Prepared | Step> => {
      const [subscription] = await selectSubscriptions(
        context,
        tx,
        `id = $1 and version = $2 and status <> 'off' for update`,
        [id, known.version],
      );
      if (subscription === undefined) return 'idle';
      const { terms, shaken, delivered } = subscription;
      if (!authority.actions.has('read')) throw new Ended('its owner may not read');
      if (!shaken) return { subscription, type: 'handshake', told: [], upTo: delivered };
      const pending = subscription.events > delivered;
      const { found, atEnd } = pending
        ? { found: subscription, atEnd: false }
        : await findEvents(context, tx, subscription, authority);
      if (found.events === delivered) return atEnd ? heartbeat(found, now) : 'more';
      const upTo = Math.min(found.events, delivered + terms.maxCount);
      const part = { from: delivered + 1, to: upTo, content: terms.content, at: now };
      const told = await tellEvents(context, tx, found, authority, part);
      await noteLogged(tx, found, upTo);
      return { subscription: found, type: 'event-notification', told, upTo };
    });
  } catch (error) {
    if (error instanceof Ended) return end(context, known, error.message);
    // Its scope has nothing of this kind any more.
    if (error instanceof OutcomeError && error.status === 403) return end(context, known, 'its scope ended');
    throw error;
  }
}

class Ended extends Error {}

function heartbeat(subscription: Subscription, now: number): Prepared | Step {
  if (subscription.beatAt === null || subscription.beatAt > now) return 'idle';
  return { subscription, type: 'heartbeat', told: [], upTo: subscription.delivered };
}

async function noteLogged(tx: Transaction, { id, logged }: Subscription, upTo: number): Promise<void> {
  if (upTo > logged) await tx.query('update subscription set logged = $2 where id = $1', [id, upTo]);
}

async function send(
  context: SubscriptionsContext,
  sockets: Sockets,
  subscription: Subscription,
  type: Prepared['type'],
  told: readonly ToldEvent[],
): Promise<void> {
  // All that it was about is no longer to be seen: there is nothing to tell.
  if (type === 'event-notification' && told.length === 0) return;
  const { terms } = subscription;
  if (terms.topic === null && terms.channel === 'rest-hook') {
    // R4 knows neither handshake nor heartbeat, and of a record that is gone says nothing.
    for (const event of told) if (event.method !== 'DELETE') await sendPlain(context, subscription, event);
    return;
  }
  const status: SubscriptionStatus = type === 'handshake' ? 'requested' : 'active';
  const at = nowOf(context);
  await sendNotification(
    context,
    sockets,
    subscription,
    notificationOf(context.base, { ...subscription, error: null }, status, type, { at, told }),
  );
}

async function noteFailure(
  context: SubscriptionsContext,
  { id, version, failures, status }: Subscription,
  error: string,
): Promise<void> {
  const count = failures + 1;
  const pause = Math.min(context.retryMs * 2 ** Math.min(count - 1, 30), LONGEST_PAUSE_MS);
  const next: SubscriptionStatus = count >= GIVEN_UP ? 'off' : count >= IN_ERROR ? 'error' : status;
  await context.database.query(
    `update subscription set failures = $3, error = $4, try_at = $5, status = $6 where id = $1 and version = $2 and status <> 'off'`,
    [id, version, count, error, nowOf(context) + pause, next],
  );
}

/** The ledger cannot be heard: nothing is told, and nothing is lost. */
async function postpone(context: SubscriptionsContext, { id, version }: Subscription): Promise<Step> {
  await context.database.query('update subscription set try_at = $3 where id = $1 and version = $2', [
    id,
    version,
    nowOf(context) + context.retryMs,
  ]);
  return 'idle';
}

async function end(context: SubscriptionsContext, { id, version }: Subscription, error: string): Promise<Step> {
  await context.database.query(`update subscription set status = 'off', error = $3 where id = $1 and version = $2`, [
    id,
    version,
    error,
  ]);
  return 'idle';
}
