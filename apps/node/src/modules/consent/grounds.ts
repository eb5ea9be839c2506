import type { Hex } from 'viem';
import type { Database, Queryable } from '../../storage/index.ts';
import type { ConsentContext } from './context.ts';
import { NEWEST_DIRECTIVE } from './directives/held.ts';
import { findConsent, type StoredConsent } from './grants.ts';
import { type FoundState, readState } from './state.ts';

/** What a decision rests on besides the request, the time and how old the view of the ledger is: the terms, and what ledger and refusals say of them. */
export interface Grounds {
  readonly consent: StoredConsent;
  readonly state: FoundState;
}

/**
 * How things stood when a statement looked: the number of `consent_state`, which every change of a consent, a refusal, a subject or the ledger's word on them
 * raises in its own transaction (migration 020), and the newest directive. What was read after a number was seen holds for as long as it is seen again.
 */
export interface Sight {
  readonly version: number | null;
  readonly newest: number | null;
}

/** SQL: columns of a {@link Sight}, for a statement that asks for something else as well, such as who holds a token. */
export const SIGHT = `(select version from consent_state) as version, ${NEWEST_DIRECTIVE} as newest`;

/** The grounds as they are now, or null for a consent that is not held here. */
export async function findGrounds(context: ConsentContext, q: Queryable, id: Hex): Promise<Grounds | null> {
  const consent = await findConsent(context, q, id);
  return consent && { consent, state: await readState(context, q, consent.grant) };
}

interface Remembered {
  readonly version: number;
  readonly grounds: Promise<Grounds | null>;
}

/** Consents of which grounds are remembered; all are forgotten when there are more. */
const LIMIT = 10_000;
const remembered = new WeakMap<Database, Map<Hex, Remembered>>();

/**
 * The grounds at a sight, which this request has seen: from memory when nothing has changed since they were read, in this process or another. A refusal raises
 * the number with its commit, so it is in the next request's answer; without a number nothing is remembered.
 */
export async function groundsAt(context: ConsentContext, id: Hex, { version }: Sight): Promise<Grounds | null> {
  const { database } = context;
  if (version === null) return findGrounds(context, database, id);
  const own = remembered.get(database) ?? new Map<Hex, Remembered>();
  remembered.set(database, own);
  const known = own.get(id);
  if (known?.version === version) return known.grounds;
  const grounds = findGrounds(context, database, id);
  if (own.size >= LIMIT) own.clear();
  own.set(id, { version, grounds });
  grounds.then(
    (found) => found === null && own.delete(id),
    () => own.delete(id),
  );
  return grounds;
}

/** Forgets consents that were erased: nothing relies on them any more, and their terms must not stay in memory. */
export function forgetGrounds({ database }: ConsentContext, erased: readonly { readonly id: Hex }[]): void {
  for (const { id } of erased) remembered.get(database)?.delete(id);
}
