import type { Address } from 'viem';
import { listConsents, standingOf } from '../consent/index.ts';
import { announce } from '../events/index.ts';
import type { ExchangeContext } from '../exchange/index.ts';

/** A consent that ends within so many seconds is worth a notice, unless it was for less than twice as long altogether. */
const SOON = 2 * 86_400;

/** Makes a notice of each consent of a subject that is about to end; once for each. */
export async function noticeEndingConsents(context: ExchangeContext, subject: Address): Promise<void> {
  const { database } = context;
  const now = Math.floor(context.clock() / 1000);
  for (const consent of await listConsents(context, subject)) {
    const { validFrom, validUntil } = consent.grant.terms;
    if (validUntil <= now || validUntil > now + SOON || validUntil - validFrom < 2 * SOON) continue;
    if ((await standingOf(context, database, consent)) !== null) continue;
    const { id: ref, patient } = consent;
    await database.transaction((tx) =>
      announce(context, tx, { audience: `Patient/${patient}`, kind: 'consent-ending', ref, notice: true }),
    );
  }
}
