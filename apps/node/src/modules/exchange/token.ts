import { AnamnesisError, decodeGrant, type Grant, isNameOf, PURPOSES } from '@anamnesis/protocol';
import { appendAccess } from '../audit/index.ts';
import {
  type ConsentDecision,
  ConsentError,
  consentEntry,
  decide,
  hashSecret,
  newSecret,
  patientOf,
  type Requester,
  receiveGrant,
} from '../consent/index.ts';
import { activeOrganization, DirectoryError, lower, type Organization, type Peer } from '../directory/index.ts';
import { announce } from '../events/index.ts';
import { ASSERTION_LIFE, type Assertion, claimedIssuer, verifyAssertion } from './assertion.ts';
import type { ExchangeContext } from './context.ts';
import { decodeEmergency, openEmergency } from './emergencies/open.ts';
import { asExchangeError, ExchangeError } from './errors.ts';
import { logRefusal } from './refusal.ts';

/** The longest life of an access token, in seconds. */
const TOKEN_LIFE = 300;
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** A practitioner at the grantee, as the consent names her. */
const PRACTITIONER = /^(Practitioner|PractitionerRole)\/[A-Za-z0-9.-]{1,64}$/;
const DISPLAY = /^\P{Cc}{0,200}$/u;

/** A successful answer of the token endpoint (RFC 6749, 5.1; SMART App Launch: `patient` is the launch context). */
export interface TokenAnswer {
  readonly access_token: string;
  readonly token_type: 'bearer';
  readonly expires_in: number;
  readonly scope: string;
  /** Id of the Patient here whose records the token opens. */
  readonly patient: string;
}

/**
 * The token endpoint for other organisations' nodes (SMART Backend Services). Form parameters: `grant_type` client_credentials,
 * `client_assertion_type`, `client_assertion` (ES384, by a key in the profile that the Directory pins), `consent` (the signed terms,
 * `encodeGrant`), `purpose` (HL7 v3 PurposeOfUse), and where a person asks `practitioner` (FHIR reference, as the consent names her)
 * and `practitioner_name` (what the patient sees in her access log). The organisation must be active and be the consent's grantee.
 *
 * Throws ExchangeError: `invalid-request`, `unsupported-grant-type`, `invalid-client`, `invalid-grant` (with the reason of the
 * decision in `detail`). A refusal by consent is in the access log before it is told.
 */
export async function issueToken(
  context: ExchangeContext,
  parameters: URLSearchParams,
  requestId: string,
): Promise<TokenAnswer> {
  if (parameters.has('emergency')) return issueEmergencyToken(context, parameters, requestId);
  const request = readRequest(parameters);
  const { terms } = request.grant;
  const assertion = await authenticate(context, terms.grantee, request.assertion);
  await useOnce(context, terms.grantee, assertion);
  const { peer } = assertion;
  const requester = requesterOf(peer, request.practitioner, request.display, requestId);
  const decision = await decideOnGrant(context, request, requester);
  const { consent } = decision;
  const now = Math.floor(context.clock() / 1000);
  const expiresAt = Math.min(now + TOKEN_LIFE, terms.validUntil);
  await noticeReader(context, consent.patient, terms.grantee);
  const token = newSecret('peer');
  await context.database.transaction(async (tx) => {
    await tx.query('delete from access_token where expires_at < $1', [now]);
    await tx.query(
      `insert into access_token (token_hash, consent_id, subject, organization, purpose, practitioner, actor, display, expires_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        hashSecret(token),
        consent.id,
        lower(terms.subject),
        terms.grantee,
        request.purpose,
        request.practitioner,
        requester.actor,
        requester.display,
        expiresAt,
      ],
    );
    const what = { action: 'token', basis: 'consent', purpose: request.purpose, consentId: consent.id } as const;
    const entry = { ...what, at: context.clock(), patients: [consent.patient] };
    await appendAccess(context, tx, [consentEntry(requester, entry)]);
  });
  const { patient } = consent;
  return { access_token: token, token_type: 'bearer', expires_in: expiresAt - now, scope: 'patient/*.rs', patient };
}

/**
 * In a declared emergency: `emergency` (`encodeEmergency`) stands in place of `consent`, and a practitioner must be named. What it gives ends with the box, and each
 * use of it is judged anew.
 */
async function issueEmergencyToken(
  context: ExchangeContext,
  parameters: URLSearchParams,
  requestId: string,
): Promise<TokenAnswer> {
  const asked = readClient(parameters);
  const request = decodeEmergency(asked.one('emergency') ?? '');
  const { organization, subject } = request.opened.statement;
  const assertion = await authenticate(context, organization, asked.assertion);
  await useOnce(context, organization, assertion);
  const requester = requesterOf(assertion.peer, asked.practitioner, asked.display, requestId);
  const { id, patient, set, until } = await openEmergency(context, requester, asked.practitioner, request);
  const now = Math.floor(context.clock() / 1000);
  const expiresAt = Math.min(now + TOKEN_LIFE, until);
  const token = newSecret('peer');
  await context.database.transaction(async (tx) => {
    await tx.query(
      `insert into access_token (token_hash, consent_id, subject, organization, purpose, practitioner, actor, display, expires_at, emergency)
       values ($1, $2, $3, $4, 'ETREAT', $5, $6, $7, $8, $9)`,
      [
        ...[hashSecret(token), id, lower(subject), organization, asked.practitioner],
        ...[requester.actor, requester.display, expiresAt, set],
      ],
    );
    const entry = { action: 'token', basis: 'emergency', purpose: 'ETREAT', at: context.clock() } as const;
    await appendAccess(context, tx, [consentEntry(requester, { ...entry, patients: [patient] })]);
  });
  return { access_token: token, token_type: 'bearer', expires_in: expiresAt - now, scope: 'patient/*.rs', patient };
}

/** The patient is told when an organisation reads for the first time. */
async function noticeReader(context: ExchangeContext, patient: string, grantee: number): Promise<void> {
  await context.database.transaction((tx) =>
    announce(context, tx, { audience: `Patient/${patient}`, kind: 'new-reader', ref: String(grantee), notice: true }),
  );
}

interface TokenRequest {
  readonly assertion: string;
  readonly grant: Grant;
  readonly purpose: string;
  readonly practitioner: string | null;
  readonly display: string | null;
}

/** Who asks, as far as it is the same whatever it rests on. */
interface ClientRequest extends Pick<TokenRequest, 'assertion' | 'practitioner' | 'display'> {
  one(name: string): string | null;
}

function readClient(parameters: URLSearchParams): ClientRequest {
  const one = (name: string): string | null => {
    const values = parameters.getAll(name);
    if (values.length > 1) throw new ExchangeError('invalid-request', `the parameter ${name} is given more than once`);
    return values[0] ?? null;
  };
  if (one('grant_type') !== 'client_credentials') {
    throw new ExchangeError('unsupported-grant-type', 'grant_type must be client_credentials');
  }
  const assertion = one('client_assertion');
  if (one('client_assertion_type') !== ASSERTION_TYPE || assertion === null || assertion.length > 8192) {
    throw new ExchangeError(
      'invalid-request',
      `client_assertion_type must be ${ASSERTION_TYPE}, with a client_assertion`,
    );
  }
  const practitioner = one('practitioner');
  if (practitioner !== null && !PRACTITIONER.test(practitioner)) {
    throw new ExchangeError('invalid-request', 'practitioner must be a reference such as Practitioner/7');
  }
  const display = one('practitioner_name');
  if (display !== null && !DISPLAY.test(display)) {
    throw new ExchangeError('invalid-request', 'practitioner_name must be a line of at most 200 characters');
  }
  return { assertion, practitioner, display, one };
}

function readRequest(parameters: URLSearchParams): TokenRequest {
  const { assertion, practitioner, display, one } = readClient(parameters);
  const purpose = one('purpose') ?? '';
  if (!isNameOf(PURPOSES, purpose))
    throw new ExchangeError('invalid-request', 'purpose must be a known PurposeOfUse code');
  try {
    return { assertion, grant: decodeGrant(one('consent') ?? ''), purpose, practitioner, display };
  } catch (cause) {
    const message = cause instanceof AnamnesisError ? cause.message : 'the consent cannot be read';
    throw new ExchangeError('invalid-grant', message, { cause });
  }
}

/**
 * Which organisation a node is that presents a client assertion: verified by the key in the profile that the organisation pinned in the Directory, and used up.
 * Throws ExchangeError `invalid-client`, or what asking for its profile throws.
 */
export async function authenticateOrganization(
  context: ExchangeContext,
  organization: number,
  assertion: string,
): Promise<Peer> {
  const verified = await authenticate(context, organization, assertion);
  await useOnce(context, organization, verified);
  return verified.peer;
}

/** Verifies that the assertion was signed by the grantee itself, by the key in the profile that it pinned in the Directory. */
async function authenticate(
  context: ExchangeContext,
  grantee: number,
  assertion: string,
): Promise<Assertion & { readonly peer: Peer }> {
  const issuer = claimedIssuer(assertion);
  const foreign = () =>
    new ExchangeError('invalid-client', 'the caller is not the organisation that the consent names');
  let organization: Organization;
  try {
    organization = await activeOrganization(context.database, grantee);
  } catch (cause) {
    if (cause instanceof DirectoryError) throw foreign();
    throw cause;
  }
  // Before its profile is asked for: a stranger must not make us fetch anything.
  if (organization.profileUrl !== issuer) throw foreign();
  let peer: Peer;
  try {
    peer = await context.directory.peer(grantee);
  } catch (error) {
    throw asExchangeError(error);
  }
  const now = Math.floor(context.clock() / 1000);
  const keys = { keys: peer.profile.jwks.keys.map((key) => ({ ...key })) };
  return { ...(await verifyAssertion(assertion, { issuer, keys, tokenUrl: context.tokenUrl, now })), peer };
}

/** An assertion counts once: its jti is remembered for as long as it could be used again. */
async function useOnce(context: ExchangeContext, organization: number, { jti, expiresAt }: Assertion): Promise<void> {
  const now = Math.floor(context.clock() / 1000);
  await context.database.query('delete from assertion_jti where expires_at < $1', [now - ASSERTION_LIFE]);
  const fresh = await context.database.query(
    'insert into assertion_jti (organization, jti, expires_at) values ($1, $2, $3) on conflict do nothing returning jti',
    [organization, jti, expiresAt],
  );
  if (fresh.length === 0) throw new ExchangeError('invalid-client', 'the client assertion was used before');
}

/** Takes the grant in and decides on it. A no is logged where the patient sees it. */
async function decideOnGrant(
  context: ExchangeContext,
  { grant, purpose, practitioner }: TokenRequest,
  requester: Requester,
): Promise<Extract<ConsentDecision, { effect: 'permit' }>> {
  const refused = async (patient: string | null, reason: string, cause?: unknown): Promise<never> => {
    await logRefusal(context, requester, { patient, purpose, reason });
    throw new ExchangeError('invalid-grant', `the consent does not allow this: ${reason}`, { cause, detail: reason });
  };
  try {
    const { id } = await receiveGrant(context, requester, grant);
    const { grantee } = grant.terms;
    const { actor } = requester;
    const request = { consent: id, grantee, practitioner, actor, purpose, action: 'read' } as const;
    const decision = await decide(context, context.database, request);
    if (decision.effect === 'permit') return decision;
    return await refused(
      decision.effect === 'deny' ? decision.consent.patient : null,
      decision.effect === 'deny' ? decision.reason : 'unknown',
    );
  } catch (error) {
    if (!(error instanceof ConsentError)) throw error;
    if (error.code === 'subject-unknown')
      throw new ExchangeError('invalid-grant', error.message, { detail: error.code });
    return refused(await patientOf(context.database, grant.terms.subject), error.reason ?? error.code, error);
  }
}

/** Who asks from another organisation, as our access log names her: by an absolute reference, since ids are theirs. */
export function requesterOf(
  peer: Peer,
  practitioner: string | null,
  display: string | null,
  requestId: string,
): Requester {
  const { endpoints, organization } = peer.profile;
  const automatic = practitioner === null;
  return {
    actor: automatic ? peer.profileUrl : `${endpoints.fhir}/${practitioner}`,
    display: (automatic ? null : display) ?? organization.name,
    organization: peer.id,
    automatic,
    requestId,
  };
}
