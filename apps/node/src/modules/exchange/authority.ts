import type { Address, Hex } from 'viem';
import {
  type Authority,
  ConsentError,
  decide,
  directed,
  type EmergencySet,
  emergencyScope,
  hashSecret,
  type Requester,
} from '../consent/index.ts';
import type { ExchangeContext } from './context.ts';
import { emergencyDenial } from './emergencies/open.ts';
import { logRefusal } from './refusal.ts';

/** Under which consent another organisation asks, who asks there and what for. */
export interface PeerStanding {
  readonly consentId: Hex;
  readonly subject: Address;
  readonly organization: number;
  readonly purpose: string;
  readonly practitioner: string | null;
  readonly actor: string;
  readonly display: string | null;
  /** In a declared emergency, whose id stands in place of a consent's: what of it was opened. */
  readonly emergency?: EmergencySet | null;
}

/**
 * The authority of another organisation's request: the token tells who asks under which consent, and the decision is made anew, so a
 * consent that was refused a moment ago opens nothing more. A refusal is in the access log before it is told.
 *
 * Throws ConsentError: `token-unknown`, `token-expired`, `consent-unknown` (erased since), or `consent-refused` with the reason.
 */
export async function authorizePeer(context: ExchangeContext, token: string, requestId: string): Promise<Authority> {
  return authorizeConsent(context, await peerStanding(context, token), requestId);
}

/** Who holds a token. Throws ConsentError: `token-unknown`, `token-expired`. */
export async function peerStanding(context: ExchangeContext, token: string): Promise<PeerStanding> {
  const [row] = await context.database.query<PeerStanding & { readonly expires_at: number }>(
    `select consent_id as "consentId", subject, organization, purpose, practitioner, actor, display, emergency, expires_at
     from access_token where token_hash = $1`,
    [hashSecret(token)],
  );
  if (row === undefined) throw new ConsentError('token-unknown', 'the bearer token is not known here');
  const { expires_at: expiresAt, ...standing } = row;
  if (expiresAt * 1000 <= context.clock()) throw new ConsentError('token-expired', 'the access token has expired');
  return standing;
}

/** The decision of `authorizePeer` without a token: for what goes on after the request that had one. Errors as there. */
export async function authorizeConsent(
  context: ExchangeContext,
  standing: PeerStanding,
  requestId: string,
): Promise<Authority> {
  const { consentId, subject, organization, purpose, practitioner, actor, display, emergency = null } = standing;
  const requester: Requester = { actor, display, organization, automatic: practitioner === null, requestId };
  if (emergency !== null) return authorizeEmergency(context, standing, emergency, requester);
  const request = { consent: consentId, grantee: organization, practitioner, actor, purpose, action: 'read' } as const;
  const decision = await decide(context, context.database, request);
  if (decision.effect === 'permit') {
    return {
      ...requester,
      purpose,
      basis: { kind: 'consent', id: consentId, subject, grantee: organization },
      scope: decision.scope,
      actions: new Set(['read']),
    };
  }
  if (decision.effect === 'not-applicable')
    throw new ConsentError('consent-unknown', 'the consent is no longer held here');
  const { reason } = decision;
  await logRefusal(context, requester, { patient: decision.consent.patient, purpose, reason, consentId });
  throw new ConsentError('consent-refused', `the consent does not allow this: ${reason}`, { reason });
}

/** In an emergency: as long as its box is open, by the ledger as followed now. Directives count that name emergencies. */
async function authorizeEmergency(
  context: ExchangeContext,
  { consentId: id, organization }: PeerStanding,
  set: EmergencySet,
  requester: Requester,
): Promise<Authority> {
  const { denial } = await emergencyDenial(context, context.database, organization, id);
  const [kept] = await context.database.query<{ patient: string }>(
    `select patient from emergency where id = $1 and side = 'asked' and patient is not null`,
    [id],
  );
  if (denial !== null || kept === undefined) {
    const reason = denial ?? 'emergency-unknown';
    await logRefusal(context, requester, { patient: kept?.patient ?? null, purpose: 'ETREAT', reason });
    throw new ConsentError('consent-refused', `the emergency does not allow this: ${reason}`, { reason });
  }
  const authority: Authority = {
    ...requester,
    purpose: 'ETREAT',
    basis: { kind: 'emergency', id },
    scope: emergencyScope(kept.patient, set),
    actions: new Set(['read']),
  };
  return directed(context, authority, true);
}
