import {
  consentDomain,
  type Grant,
  NO_PARENT,
  type ProxyLink,
  type ProxyTerms,
  proxyId,
  proxySpace,
} from '@anamnesis/protocol';
import type { Address, Hex } from 'viem';
import type { Queryable } from '../../storage/index.ts';
import { lower } from '../directory/subjects.ts';
import type { ConsentContext } from './context.ts';
import { isSignedBy, signerOf } from './signatures.ts';

/**
 * Why a chain of proxies does not stand: `proxy-refused` (the subject, or the proxy that made it, refused a link or what it signed), `proxy-broader` (a link or the
 * consent goes beyond what it stands on, or holds at other times), `proxy-invalid` (another subject, epoch or parent, or not signed by who had to).
 */
export type ProxyDenial = 'proxy-refused' | 'proxy-broader' | 'proxy-invalid';

/** A refusal's place: the number of a bit of a subject, or of the space of a proxy. */
export interface RefusalBit {
  readonly space: Address;
  readonly index: number;
}

/** A link, its id, and where what its proxy signs is refused. */
interface NamedLink extends ProxyLink {
  readonly id: Hex;
  readonly space: Address;
}

type Bounds = Pick<ProxyTerms, 'categories' | 'sensitive' | 'purposes' | 'actions' | 'validFrom' | 'validUntil'>;

function named(context: ConsentContext, chain: readonly ProxyLink[]): NamedLink[] {
  const domain = consentDomain(context.ledger.chainId, context.reader.deployment.consents);
  return chain.map((link) => {
    const id = proxyId(link.terms, domain);
    return { ...link, id, space: lower(proxySpace(link.terms.proxy, id)) };
  });
}

/** The bits that end a chain, or what its last proxy signed with `index`: of the subject, and of each proxy for what it signed. */
export function bitsOfChain(
  context: ConsentContext,
  { terms: { subject, index } }: { readonly terms: { readonly subject: Address; readonly index: number } },
  chain: readonly ProxyLink[],
): RefusalBit[] {
  const links = named(context, chain);
  return links.flatMap(({ terms, space }, at) => [
    { space: lower(subject), index: terms.index },
    { space, index: links[at + 1]?.terms.index ?? index },
  ]);
}

/** Whether one of these bits is set: on the ledger, or by a refusal that was received here. */
export async function isAnyRefused(q: Queryable, bits: readonly RefusalBit[]): Promise<boolean> {
  if (bits.length === 0) return false;
  const rows = await q.query(
    `select 1 from unnest($1::text[], $2::bigint[]) as bit (space, index)
     where exists (select from ledger_revocation l where l.subject = bit.space and l.index = bit.index)
       or exists (select from refusal r where r.subject = bit.space and r.index = bit.index) limit 1`,
    [bits.map(({ space }) => space), bits.map(({ index }) => index)],
  );
  return rows.length > 0;
}

/**
 * Follows a chain from the subject's controller to its last proxy, as `Consents.checkByProxy` does: each link stands, and within the one before it; the last proxy
 * signed what has this id, within its own terms. Refusals are the caller's to have looked up (`isAnyRefused`).
 */
export async function followChain(
  context: ConsentContext,
  { terms, signature, chain = [] }: Grant,
  id: Hex,
  { controller, epoch }: { readonly controller: Address; readonly epoch: number },
): Promise<Exclude<ProxyDenial, 'proxy-refused'> | null> {
  let signer = controller;
  let parent: Hex = NO_PARENT;
  let bounds: Bounds | null = null;
  for (const link of named(context, chain)) {
    const { subject } = link.terms;
    if (lower(subject) !== lower(terms.subject) || link.terms.epoch !== epoch) return 'proxy-invalid';
    if (link.terms.parent.toLowerCase() !== parent.toLowerCase()) return 'proxy-invalid';
    if (bounds !== null && !isWithin(link.terms, bounds)) return 'proxy-broader';
    if (!(await isSigned(context, signer, link.id, link.signature))) return 'proxy-invalid';
    signer = link.terms.proxy;
    parent = link.id;
    bounds = link.terms;
  }
  if (bounds === null) return 'proxy-invalid';
  if (!isWithin(terms, bounds)) return 'proxy-broader';
  return (await isSigned(context, signer, id, signature)) ? null : 'proxy-invalid';
}

/** Narrower or equal in every dimension and in time. */
function isWithin(inner: Bounds, outer: Bounds): boolean {
  const masks = (['categories', 'sensitive', 'purposes', 'actions'] as const).every(
    (name) => (inner[name] & ~outer[name]) === 0,
  );
  return masks && inner.validFrom >= outer.validFrom && inner.validUntil <= outer.validUntil;
}

async function isSigned(context: ConsentContext, by: Address, hash: Hex, signature: Hex): Promise<boolean> {
  return isSignedBy(context.reader, by, hash, signature, await signerOf(hash, signature));
}
