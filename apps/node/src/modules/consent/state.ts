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

/** The part of a {@link FoundState} that a statement with `stateOf` gives. */
export interface StateRow {
  readonly controller: Address | null;
  readonly epoch: number | null;
  readonly revoked: boolean;
  readonly active: boolean | null;
}

/** SQL for the present state of terms whose parts are these expressions: columns of a {@link StateRow}, and what has to be joined for them. */
export function stateOf(of: Readonly<Record<'subject' | 'index' | 'epoch' | 'grantee', string>>): {
  readonly columns: string;
  readonly join: string;
} {
  return {
    columns: `known.controller, known.epoch,
       exists (select 1 from ledger_revocation where subject = ${of.subject} and index = ${of.index})
         or exists (select 1 from refusal where subject = ${of.subject} and index = ${of.index})
         or exists (select 1 from refusal_of_all where subject = ${of.subject} and epoch >= ${of.epoch}) as revoked,
       (select active from ledger_organization where id = ${of.grantee} order by block desc, log_index desc limit 1) as active`,
    join: `left join lateral
       (select controller, epoch from ledger_subject where subject = ${of.subject} order by block desc, log_index desc limit 1) as known on true`,
  };
}

/** The state that a row tells of, or that nothing tells of: then there is nothing to rely on. Refusals of the chain have to be asked for where there is one. */
export async function stateFrom(
  context: ConsentContext,
  q: Queryable,
  row: StateRow | undefined,
  { terms, chain = [] }: Pick<Grant, 'terms' | 'chain'>,
): Promise<FoundState> {
  return {
    controller: row?.controller ?? lower(terms.subject),
    epoch: row?.epoch ?? 0,
    revoked: row?.revoked ?? true,
    granteeActive: row?.active ?? false,
    chainRefused: chain.length > 0 && (await isAnyRefused(q, bitsOfChain(context, { terms }, chain))),
  };
}

const BY_TERMS = stateOf({ subject: '$1', index: '$2', epoch: '$3', grantee: '$4' });

/** Reads the present state of a consent. A refusal counts from the moment that it reached this node, on the ledger or not. */
export async function readState(
  context: ConsentContext,
  q: Queryable,
  grant: Pick<Grant, 'terms' | 'chain'>,
): Promise<FoundState> {
  const { subject, index, epoch, grantee } = grant.terms;
  const [row] = await q.query<StateRow>(`select ${BY_TERMS.columns} from (select 1) as one ${BY_TERMS.join}`, [
    lower(subject),
    index,
    epoch,
    grantee,
  ]);
  return stateFrom(context, q, row, grant);
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
