import { createHash, randomBytes } from 'node:crypto';
import { AnamnesisError, fromUtf8 } from '@anamnesis/protocol';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { ask } from '../directory/http.ts';
import type { SmartContext, UpstreamConfig } from './context.ts';
import type { User } from './users.ts';

/** How long signing in elsewhere may take, in seconds. */
const FLOW_LIFE = 600;
const ALGORITHMS = ['RS256', 'RS384', 'PS256', 'ES256', 'ES384', 'EdDSA'];

interface Discovery {
  readonly issuer: string;
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
  readonly jwks_uri: string;
}

interface Flow {
  /** Of the sign-in at this node that it is for. */
  readonly interaction: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** A sign-in elsewhere that cannot be used. */
export class UpstreamError extends AnamnesisError {
  override readonly name = 'UpstreamError';
}

/** Where the upstream provider sends people back to. */
export function upstreamCallback(smart: SmartContext): string {
  return `${smart.issuer}/upstream/callback`;
}

/** The address at which somebody signs in at the upstream provider (authorization code with PKCE, state and nonce). */
export async function startUpstream(
  smart: SmartContext,
  upstream: UpstreamConfig,
  interaction: string,
): Promise<string> {
  const found = await discover(smart, upstream);
  const [state, nonce, verifier] = [secret(), secret(), secret()];
  await smart.store.put('Upstream', state, { interaction, nonce, verifier } satisfies Flow, FLOW_LIFE);
  const url = new URL(found.authorization_endpoint);
  const parameters = {
    response_type: 'code',
    client_id: upstream.clientId,
    redirect_uri: upstreamCallback(smart),
    scope: 'openid profile email',
    state,
    nonce,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

/**
 * Finishes a sign-in elsewhere: whom it is here, and of which sign-in at this node. Null when that person is nobody here.
 *
 * Throws UpstreamError `upstream-invalid`: an answer of another provider (RFC 9207), one that nobody asked for, or an id token that does not verify.
 */
export async function finishUpstream(
  smart: SmartContext,
  upstream: UpstreamConfig,
  answer: URLSearchParams,
): Promise<{ readonly interaction: string; readonly user: User | null }> {
  const flow = (await smart.store.take('Upstream', answer.get('state') ?? '')) as Flow | null;
  const code = answer.get('code');
  if (flow === null || code === null) throw new UpstreamError('upstream-invalid', 'The answer was not asked for');
  const found = await discover(smart, upstream);
  const named = answer.get('iss');
  if (named !== null && named !== found.issuer)
    throw new UpstreamError('upstream-invalid', 'The answer is of another provider');
  const form = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    redirect_uri: upstreamCallback(smart),
    code_verifier: flow.verifier,
    client_id: upstream.clientId,
  });
  const headers: Record<string, string> = {
    'content-type': 'application/x-www-form-urlencoded',
    accept: 'application/json',
  };
  if (upstream.clientSecret !== undefined) {
    const basic = `${encodeURIComponent(upstream.clientId)}:${encodeURIComponent(upstream.clientSecret)}`;
    headers.authorization = `Basic ${Buffer.from(basic).toString('base64')}`;
  }
  const tokens = await json(smart, found.token_endpoint, { method: 'POST', headers, body: form.toString() });
  const { id_token: idToken } = tokens as { id_token?: unknown };
  if (typeof idToken !== 'string') throw new UpstreamError('upstream-invalid', 'The provider gave no id token');
  const keys = (await json(smart, found.jwks_uri)) as JSONWebKeySet;
  const who = await verify(
    idToken,
    keys,
    { issuer: found.issuer, audience: upstream.clientId, nonce: flow.nonce },
    smart,
    upstream.claim,
  );
  return { interaction: flow.interaction, user: await smart.users.findExternal(who) };
}

async function verify(
  idToken: string,
  keys: JSONWebKeySet,
  { issuer, audience, nonce }: { issuer: string; audience: string; nonce: string },
  smart: SmartContext,
  claim: string,
): Promise<string> {
  try {
    const { payload } = await jwtVerify(idToken, createLocalJWKSet(keys), {
      issuer,
      audience,
      algorithms: ALGORITHMS,
      clockTolerance: 30,
      requiredClaims: ['exp', 'iat', 'nonce'],
      currentDate: new Date(smart.context.clock()),
    });
    const who = payload[claim];
    if (payload.nonce !== nonce || typeof who !== 'string' || who === '') throw new Error('nonce or claim');
    return who;
  } catch (cause) {
    throw new UpstreamError('upstream-invalid', 'The id token does not verify', { cause });
  }
}

async function discover(smart: SmartContext, { issuer }: UpstreamConfig): Promise<Discovery> {
  const found = (await json(
    smart,
    `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
  )) as Partial<Discovery>;
  const { authorization_endpoint, token_endpoint, jwks_uri } = found;
  const texts = [authorization_endpoint, token_endpoint, jwks_uri].every((value) => typeof value === 'string');
  if (found.issuer !== issuer || !texts)
    throw new UpstreamError('upstream-invalid', 'The provider is not the one that was set');
  return found as Discovery;
}

async function json(smart: SmartContext, address: string, request: Parameters<typeof ask>[2] = {}): Promise<object> {
  const limits = { ...smart.context.limits, maxBytes: 1024 * 1024 };
  const { status, bytes } = await ask(address, limits, request);
  try {
    const value: unknown = JSON.parse(fromUtf8(bytes));
    if (status === 200 && typeof value === 'object' && value !== null) return value;
  } catch {
    // Said below: what a provider answers is nobody's to read in our logs.
  }
  throw new UpstreamError('upstream-invalid', `The provider answered with status ${status}`);
}

function secret(): string {
  return randomBytes(32).toString('base64url');
}
