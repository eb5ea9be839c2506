import type { Database, Transaction } from '../../storage/index.ts';
import type { Audience, EventKind } from './event.ts';
import { wakeListeners } from './hub.ts';

/** How long a passing event can be caught up on, and a notice stays, in milliseconds. */
const EVENT_LIFE = 86_400_000;
const NOTICE_LIFE = 400 * 86_400_000;

/**
 * Tells an audience what happened, in the transaction in which it happens. `notice: true` keeps it until it was seen; the same notice again (audience, kind and
 * ref) is the same one.
 */
export async function announce(
  context: { readonly database: Database; readonly clock: () => number },
  tx: Transaction,
  event: { readonly audience: Audience; readonly kind: EventKind; readonly ref: string; readonly notice?: boolean },
): Promise<void> {
  const { audience, kind, ref, notice = false } = event;
  const now = context.clock();
  await tx.query(
    `insert into event (audience, kind, ref, notice, at) select $1::text, $2::text, $3::text, $4::boolean, $5::bigint
     where not $4::boolean or not exists (select from event where audience = $1 and kind = $2 and ref = $3 and notice)
     on conflict do nothing`,
    [audience, kind, ref, notice, now],
  );
  tx.onCommit(() => wakeListeners(context.database));
}

/** Removes what is too old to be of use. */
export async function pruneEvents(context: {
  readonly database: Database;
  readonly clock: () => number;
}): Promise<void> {
  const now = context.clock();
  await context.database.query('delete from event where at < $1 or (not notice and at < $2)', [
    now - NOTICE_LIFE,
    now - EVENT_LIFE,
  ]);
}
