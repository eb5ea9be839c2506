import { type AccessRequest, type DenialReason, type Grant, permits } from '@anamnesis/protocol';
import type { Address, Hex } from 'viem';
import type { Queryable } from '../../storage/index.ts';
import { lower } from '../directory/subjects.ts';
import { bitsOfChain, followChain, isAnyRefused, type ProxyDenial } from './chain.ts';
import type { ConsentContext } from './context.ts';
import { isSignedBy, signerOf } from './signatures.ts';

/** What ledger and this node's own refusals say about a consent: one statement, so that no change falls between two looks. */
export interface FoundState {
  readonly controller: Address;
  readonly epoch: number;
  readonly revoked: boolean;
  readonly granteeActive: boolean;
  /** Whether a link of the chain of proxies was refused, or what the last of them signed. */
  readonly chainRefused: boolean;
}

/** Reads the present state of a consent. A refusal counts from the moment that it reached this node, on the ledger or not. */
export async function readState(
  context: ConsentContext,
  q: Queryable,
  { terms, chain = [] }: Pick<Grant, 'terms' | 'chain'>,
): Promise<FoundState> {
  const subject = lower(terms.subject);
  const [row] = await q.query<{
    controller: Address | null;
    epoch: number | null;
    revoked: boolean;
    active: boolean | null;
  }>(
    `select known.controller, known.epoch,
       exists (select 1 from ledger_revocation where subject = $1 and index = $2)
         or exists (select 1 from refusal where subject = $1 and index = $2)
         or exists (select 1 from refusal_of_all where subject = $1 and epoch >= $3) as revoked,
       (select active from ledger_organization where id = $4 order by block desc, log_index desc limit 1) as active
     from (select 1) as one left join lateral
       (select controller, epoch from ledger_subject where subject = $1 order by block desc, log_index desc limit 1) as known on true`,
    [subject, terms.index, terms.epoch, terms.grantee],
  );
  return {
    controller: row?.controller ?? subject,
    epoch: row?.epoch ?? 0,
    // Without an answer there is nothing to rely on.
    revoked: row?.revoked ?? true,
    granteeActive: row?.active ?? false,
    chainRefused: await isAnyRefused(q, bitsOfChain(context, { terms }, chain)),
  };
}

/**
 * Why a consent does not hold for a request, or null when it does: the protocol's own rules (the same as the contract's) over what
 * was found. A request without its own categories asks for all that the terms name.
 */
export async function denialOf(
  context: ConsentContext,
  id: Hex,
  grant: Grant,
  found: FoundState,
  request: Pick<AccessRequest, 'grantee' | 'recipient' | 'time'> & {
    readonly purpose?: number;
    readonly action?: number;
  },
): Promise<DenialReason | ProxyDenial | null> {
  const { terms, signature, chain } = grant;
  const state = { ...found, controllerMatches: true };
  const anyPurpose = terms.purposes & -terms.purposes;
  const { reason } = permits(terms, state, {
    ...{ categories: terms.categories, sensitive: terms.sensitive, action: terms.actions, purpose: anyPurpose >>> 0 },
    ...request,
  });
  if (reason !== null) return reason;
  if (chain !== undefined) return found.chainRefused ? 'proxy-refused' : followChain(context, grant, id, found);
  // The signature last: it costs most.
  const signed = await isSignedBy(context.reader, found.controller, id, signature, await signerOf(id, signature));
  return signed ? null : 'invalid-signature';
}
