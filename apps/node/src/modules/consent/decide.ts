import {
  ACTIONS,
  ANYONE,
  CARE_OPEN_END,
  CARE_OPEN_START,
  type ConsentTerms,
  type DenialReason,
  isNameOf,
  maskOf,
  maskOfAll,
  PURPOSES,
  recipientOf,
  SENSITIVE,
} from '@anamnesis/protocol';
import type { Hex } from 'viem';
import type { Queryable } from '../../storage/index.ts';
import type { ProxyDenial } from './chain.ts';
import type { ConsentContext } from './context.ts';
import { underDirectives } from './directives/apply-directives.ts';
import type { StoredConsent } from './grants.ts';
import { findGrounds, type Grounds, groundsAt, type Sight } from './grounds.ts';
import { type Provision, type Scope, UNCLASSIFIED, type WholeScope } from './scope.ts';
import { denialOf, type FoundState, readState } from './state.ts';

/** What somebody of another organisation wants, under which consent. */
export interface ConsentRequest {
  /** The consent that is relied on; others are not looked for, so what one refuses no other lets through unasked. */
  readonly consent: Hex;
  /** Directory id of the organisation that asks. */
  readonly grantee: number;
  /** FHIR reference of the person, as the grantee names her, such as `Practitioner/7`; null when none is named. */
  readonly practitioner: string | null;
  /** FHIR reference of who asks, as the access log names her: what directives know her by. */
  readonly actor: string;
  /** HL7 v3 PurposeOfUse code. */
  readonly purpose: string;
  readonly action: 'read' | 'contribute';
}

/** What a permit obliges the one who lets in to do. */
export type Obligation =
  /** Records of these sensitive classes (bits) are left out, without a word that they exist. */
  | { readonly kind: 'withhold-sensitive'; readonly classes: number }
  /** Only care within the period is shown. */
  | { readonly kind: 'limit-period' }
  /** What is received may not be passed on. */
  | { readonly kind: 'no-onward-disclosure' };

/** Reasons beside those of the terms: the view of the ledger is too old; a directive of the patient or of this organisation denies it all. */
export type RefusalReason = DenialReason | ProxyDenial | 'ledger-stale' | 'directive';

/** One of three: allowed within a scope; denied for a reason; or there is nothing here that speaks of it. */
export type ConsentDecision =
  | {
      readonly effect: 'permit';
      readonly scope: Scope;
      readonly obligations: readonly Obligation[];
      readonly consent: StoredConsent;
    }
  | { readonly effect: 'deny'; readonly reason: RefusalReason; readonly consent: StoredConsent }
  | { readonly effect: 'not-applicable' };

/**
 * The one place where this node decides whether another organisation may see a patient's records: from the opened terms, refusals
 * received here, the ledger as followed, how old that view is, and the time. Asked again at every request, so a refusal stops the
 * very next one. Fails closed: without a recent view of the ledger nothing is permitted.
 */
export async function decide(context: ConsentContext, q: Queryable, request: ConsentRequest): Promise<ConsentDecision> {
  return decideOn(context, q, await findGrounds(context, q, request.consent), request);
}

/** The decision of {@link decide}, where a statement of this request has looked already (`SIGHT`): then who asks and whether she may is one look at the database. */
export async function decideAt(
  context: ConsentContext,
  request: ConsentRequest,
  sight: Sight,
): Promise<ConsentDecision> {
  const grounds = await groundsAt(context, request.consent, sight);
  return decideOn(context, context.database, grounds, request, sight.newest);
}

async function decideOn(
  context: ConsentContext,
  q: Queryable,
  grounds: Grounds | null,
  request: ConsentRequest,
  newest?: number | null,
): Promise<ConsentDecision> {
  if (grounds === null) return { effect: 'not-applicable' };
  const { consent, state } = grounds;
  const reason = await denialAt(context, consent, state, request);
  if (reason !== null) return { effect: 'deny', reason, consent };
  const { terms } = consent.grant;
  const asked = { actor: request.actor, organization: request.grantee, purpose: request.purpose, emergency: false };
  const scope = await underDirectives(context, q, scopeOf(terms, consent.patient), asked, newest);
  if (scope.kind === 'ruled' && withholdsAll(scope)) return { effect: 'deny', reason: 'directive', consent };
  return { effect: 'permit', scope, obligations: obligationsOf(terms), consent };
}

/** Directives that deny whatever the record is: then the answer is no, and not an empty list. */
function withholdsAll({ directives, policy }: Extract<Scope, { kind: 'ruled' }>): boolean {
  const own = directives.flatMap(({ provisions }) => provisions);
  return own.some(deniesAll) || (!own.some(mayPermit) && policy.some(deniesAll));
}

/** Of exceptions that apply one that denies wins, so one that denies everything is enough. */
function deniesAll({ effect, about, except }: Provision): boolean {
  if (Object.keys(about).length > 0) return false;
  return except.some(deniesAll) || (effect === 'deny' && !except.some(mayPermit));
}

function mayPermit(provision: Provision): boolean {
  return !deniesAll(provision) && (provision.effect === 'permit' || provision.except.some(mayPermit));
}

/** Why a consent does not allow the request now, or null when it does. Grantees ask it of themselves before showing what they received. */
export async function refusalOf(
  context: ConsentContext,
  q: Queryable,
  consent: Pick<StoredConsent, 'id' | 'grant'>,
  request: Omit<ConsentRequest, 'consent' | 'actor'>,
): Promise<RefusalReason | null> {
  return denialAt(context, consent, await readState(context, q, consent.grant), request);
}

async function denialAt(
  context: ConsentContext,
  { id, grant }: Pick<StoredConsent, 'id' | 'grant'>,
  state: FoundState,
  request: Omit<ConsentRequest, 'consent' | 'actor'>,
): Promise<RefusalReason | null> {
  const reason = await denialOf(context, id, grant, state, {
    grantee: request.grantee,
    recipient: request.practitioner === null ? ANYONE : recipientOf(request.practitioner),
    purpose: isNameOf(PURPOSES, request.purpose) ? maskOf(PURPOSES, [request.purpose]) : 0,
    action: maskOf(ACTIONS, [request.action]),
    time: Math.floor(context.clock() / 1000),
  });
  if (reason !== null) return reason;
  return context.isLedgerStale() ? 'ledger-stale' : null;
}

/**
 * Whether a consent is in force, apart from who asks and what for: null, or why not. For lists, so that a patient sees which of her
 * consents still open anything. It does not ask how old the view of the ledger is.
 */
export async function standingOf(
  context: ConsentContext,
  q: Queryable,
  { id, grant }: Pick<StoredConsent, 'id' | 'grant'>,
): Promise<DenialReason | ProxyDenial | null> {
  const { grantee, recipient } = grant.terms;
  const time = Math.floor(context.clock() / 1000);
  return denialOf(context, id, grant, await readState(context, q, grant), { grantee, recipient, time });
}

/** What terms open of a patient's records. Terms end before `careUntil`, a scope includes its last second. */
export function scopeOf(terms: ConsentTerms, patient: string): WholeScope {
  return {
    kind: 'limited',
    patients: [patient],
    categories: terms.categories,
    sensitive: sensitiveOf(terms),
    careFrom: terms.careFrom === CARE_OPEN_START ? -Infinity : terms.careFrom,
    careUntil: terms.careUntil === CARE_OPEN_END ? Infinity : terms.careUntil - 1,
  };
}

/** Who names every sensitive class has named what cannot be classified, too. */
function sensitiveOf({ sensitive }: ConsentTerms): number {
  return (maskOfAll(SENSITIVE) & ~sensitive) === 0 ? sensitive | UNCLASSIFIED : sensitive;
}

function obligationsOf(terms: ConsentTerms): Obligation[] {
  const obligations: Obligation[] = [{ kind: 'no-onward-disclosure' }];
  const withheld = maskOfAll(SENSITIVE) & ~terms.sensitive;
  if (withheld !== 0) obligations.push({ kind: 'withhold-sensitive', classes: withheld });
  if (terms.careFrom !== CARE_OPEN_START || terms.careUntil !== CARE_OPEN_END)
    obligations.push({ kind: 'limit-period' });
  return obligations;
}
