import type { Hex } from 'viem';
import type { AccessAction, AccessEntry } from '../audit/index.ts';
import type { Requester } from './context.ts';

/** An entry of the access log about consent itself: a grant, a refusal, a login, a request that was refused. */
export function consentEntry(
  requester: Requester,
  entry: {
    readonly at: number;
    readonly action: AccessAction;
    readonly basis: string;
    readonly purpose: string;
    readonly patients: readonly string[];
    readonly outcome?: 'success' | 'refused';
    readonly entities?: readonly string[];
    readonly query?: string;
    readonly consentId?: Hex;
  },
): AccessEntry {
  const { actor, display, organization, automatic, requestId } = requester;
  return { outcome: 'success', entities: [], ...entry, actor, display, organization, automatic, requestId };
}
