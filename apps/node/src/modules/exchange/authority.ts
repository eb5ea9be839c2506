import type { Address, Hex } from 'viem';
import { lookUpTogether } from '../../storage/index.ts';
import {
  type Authority,
  type ConsentDecision,
  ConsentError,
  type ConsentRequest,
  decide,
  decideAt,
  directed,
  type EmergencySet,
  emergencyScope,
  hashSecret,
  type Requester,
  SIGHT,
  type Sight,
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
  const { standing, sight } = await presented(context, token);
  const requester = requesterOf(standing, requestId);
  if (standing.emergency != null) return authorizeEmergency(context, standing, standing.emergency, requester);
  return authorityBy(context, await decideAt(context, requestOf(standing), sight), standing, requester);
}

/** Who holds a token. Throws ConsentError: `token-unknown`, `token-expired`. */
export async function peerStanding(context: ExchangeContext, token: string): Promise<PeerStanding> {
  return (await presented(context, token)).standing;
}

/** The decision of `authorizePeer` without a token: for what goes on after the request that had one. Errors as there. */
export async function authorizeConsent(
  context: ExchangeContext,
  standing: PeerStanding,
  requestId: string,
): Promise<Authority> {
  const requester = requesterOf(standing, requestId);
  if (standing.emergency != null) return authorizeEmergency(context, standing, standing.emergency, requester);
  return authorityBy(context, await decide(context, context.database, requestOf(standing)), standing, requester);
}

interface Presented {
  readonly standing: PeerStanding;
  /** How things stood when the token was looked up. */
  readonly sight: Sight;
}

type TokenRow = PeerStanding & Sight & { readonly token_hash: string; readonly expires_at: number };

/** Who asks, under what, and whether anything has changed for its decision: one statement for all requests that come in together. */
const findPresented = lookUpTogether(async (database, hashes: readonly string[]) => {
  const rows = await database.query<TokenRow>(
    `select token_hash, consent_id as "consentId", subject, organization, purpose, practitioner, actor, display, emergency, expires_at, ${SIGHT}
     from access_token where token_hash = any($1::text[])`,
    [[...new Set(hashes)]],
  );
  const found = new Map(rows.map((row) => [row.token_hash, row]));
  return (hash) => found.get(hash);
});

async function presented(context: ExchangeContext, token: string): Promise<Presented> {
  const row = await findPresented(context.database, hashSecret(token));
  if (row === undefined) throw new ConsentError('token-unknown', 'the bearer token is not known here');
  const { consentId, subject, organization, purpose, practitioner, actor, display, emergency = null } = row;
  if (row.expires_at * 1000 <= context.clock()) throw new ConsentError('token-expired', 'the access token has expired');
  const standing = { consentId, subject, organization, purpose, practitioner, actor, display, emergency };
  return { standing, sight: row };
}

function requesterOf({ actor, display, organization, practitioner }: PeerStanding, requestId: string): Requester {
  return { actor, display, organization, automatic: practitioner === null, requestId };
}

function requestOf({ consentId, organization, practitioner, actor, purpose }: PeerStanding): ConsentRequest {
  return { consent: consentId, grantee: organization, practitioner, actor, purpose, action: 'read' };
}

/** What a decision comes to. A no is logged where the patient sees it. */
async function authorityBy(
  context: ExchangeContext,
  decision: ConsentDecision,
  { consentId, subject, organization, purpose }: PeerStanding,
  requester: Requester,
): Promise<Authority> {
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
  return directed(context, authority, { emergency: true });
}
