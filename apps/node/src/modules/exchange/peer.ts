import { AnamnesisError, encodeGrant, fromUtf8, type Grant, parseJson } from '@anamnesis/protocol';
import { ask, type Peer, type PeerAnswer } from '../directory/index.ts';
import { signAssertion } from './assertion.ts';
import type { ExchangeContext } from './context.ts';
import { asExchangeError, ExchangeError } from './errors.ts';

/** An open line to a custodian: its access token and the patient whom it opens. */
export interface PeerLine {
  readonly peer: Peer;
  readonly token: string;
  /** Id of the Patient at the custodian. */
  readonly patient: string;
}

/** What a peer says of a refusal is shown only as far as it is a plain word or sentence. */
const PLAIN = /^[A-Za-z0-9 .,:'_-]{1,200}$/;
const ID = /^[A-Za-z0-9.-]{1,64}$/;
const TOKEN = /^[\x21-\x7e]{1,4096}$/;

/**
 * Authenticates at a custodian with our key and presents the consent.
 * Throws ExchangeError: `peer-refused` (with what it said), `peer-unreachable`, `peer-slow`, `peer-too-large` or `peer-answer`.
 */
export async function openLine(
  context: ExchangeContext,
  peer: Peer,
  request: {
    /** The consent that is relied on, or in an emergency what it shows (`encodeEmergency`). */
    readonly grant: Grant | { readonly emergency: string };
    readonly purpose: string;
    readonly practitioner: string | null;
    readonly display: string | null;
  },
): Promise<PeerLine> {
  const { grant, purpose, practitioner, display } = request;
  const tokenUrl = peer.profile.endpoints.token;
  const now = Math.floor(context.clock() / 1000);
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await signAssertion(context.signingKey, { issuer: context.profileUrl, tokenUrl, now }),
    scope: 'system/*.rs',
    ...('emergency' in grant ? { emergency: grant.emergency } : { consent: encodeGrant(grant) }),
    purpose,
    ...(practitioner !== null && { practitioner }),
    ...(display !== null && { practitioner_name: display }),
  });
  const answer = await send(context, tokenUrl, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
  });
  const body = readAnswer(peer, answer);
  const { access_token: token, patient } = body;
  if (typeof token !== 'string' || !TOKEN.test(token) || typeof patient !== 'string' || !ID.test(patient)) {
    throw new ExchangeError('peer-answer', `organisation ${peer.id} gave no usable access token`);
  }
  return { peer, token, patient };
}

/** Reads one JSON answer of a custodian. `url` must lie under one of its endpoints. Errors as {@link openLine}. */
export async function askPeer(
  context: ExchangeContext,
  line: PeerLine,
  url: string,
  body?: object,
): Promise<Record<string, unknown>> {
  const answer = await send(context, url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      accept: 'application/fhir+json, application/json',
      authorization: `Bearer ${line.token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return readAnswer(line.peer, answer);
}

async function send(context: ExchangeContext, url: string, request: Parameters<typeof ask>[2]): Promise<PeerAnswer> {
  try {
    return await ask(url, context.limits, request);
  } catch (error) {
    throw asExchangeError(error);
  }
}

function readAnswer(peer: Peer, { status, bytes }: PeerAnswer): Record<string, unknown> {
  let value: unknown;
  try {
    value = parseJson(fromUtf8(bytes));
  } catch (cause) {
    if (!(cause instanceof AnamnesisError) && !(cause instanceof TypeError)) throw cause;
    value = null;
  }
  const said = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  if (status < 200 || status > 299) {
    const detail = reasonOf(said) ?? `HTTP status ${status}`;
    const refused = status === 401 || status === 403 || (status === 400 && typeof said.error === 'string');
    const message = `organisation ${peer.id} ${refused ? 'refused' : 'failed'}: ${detail}`;
    throw new ExchangeError(refused ? 'peer-refused' : 'peer-answer', message, { detail: `${status}` });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ExchangeError('peer-answer', `organisation ${peer.id} answered with something that is not a JSON object`);
  }
  return said;
}

/** The reason in an OAuth error or an OperationOutcome. */
function reasonOf(said: Record<string, unknown>): string | null {
  const issue = Array.isArray(said.issue) ? (said.issue[0] as { diagnostics?: unknown } | null) : null;
  const text = said.error_description ?? issue?.diagnostics ?? said.error;
  return typeof text === 'string' && PLAIN.test(text) ? text : null;
}
