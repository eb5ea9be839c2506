import type { Queryable } from '../../storage/index.ts';
import type { Audience, PortalEvent } from './event.ts';

/** Something that somebody should see. `seenAt`: milliseconds since 1970; null while nobody did. */
export interface Notice extends PortalEvent {
  readonly id: string;
  readonly seenAt: number | null;
}

const MOST = 200;

/** The notices of some audiences after a place, newest first, at most 200. */
export async function listNotices(
  q: Queryable,
  audiences: readonly Audience[],
  since = 0,
): Promise<{ readonly notices: readonly Notice[]; readonly last: number }> {
  const rows = await q.query<PortalEvent & { seq: number; seen_at: number | null }>(
    `select seq, kind, ref, at, seen_at from event
     where notice and audience = any($1::text[]) and seq > $2 order by seq desc limit ${MOST}`,
    [audiences, since],
  );
  const notices = rows.map(({ seq, kind, ref, at, seen_at: seenAt }) => ({ id: String(seq), kind, ref, at, seenAt }));
  return { notices, last: rows[0]?.seq ?? since };
}

/** Marks a notice as seen. Returns whether there is such a notice of these audiences. Twice is the same as once. */
export async function seeNotice(
  q: Queryable,
  audiences: readonly Audience[],
  id: string,
  now: number,
): Promise<boolean> {
  if (!/^\d{1,15}$/.test(id)) return false;
  const rows = await q.query(
    `update event set seen_at = coalesce(seen_at, $3) where notice and audience = any($1::text[]) and seq = $2 returning seq`,
    [audiences, Number(id), now],
  );
  return rows.length === 1;
}
