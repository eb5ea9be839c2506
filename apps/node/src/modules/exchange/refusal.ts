import type { Hex } from 'viem';
import { appendAccess } from '../audit/index.ts';
import { consentEntry, type Requester } from '../consent/index.ts';
import type { ExchangeContext } from './context.ts';

/** Writes into the access log that somebody asked and was refused, and why: the patient sees that, too. */
export async function logRefusal(
  context: ExchangeContext,
  requester: Requester,
  refusal: {
    readonly patient: string | null;
    readonly purpose: string;
    readonly reason: string;
    readonly consentId?: Hex;
  },
): Promise<void> {
  const { patient, purpose, reason, consentId } = refusal;
  const entry = consentEntry(requester, {
    ...{ at: context.clock(), action: 'refusal', outcome: 'refused', basis: 'consent', purpose },
    ...{ patients: patient === null ? [] : [patient], query: `reason=${reason}` },
    ...(consentId !== undefined && { consentId }),
  });
  await context.database.transaction((tx) => appendAccess(context, tx, [entry]));
}
