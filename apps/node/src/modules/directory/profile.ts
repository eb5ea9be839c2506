import type { JSONWebKeySet } from 'jose';
import { type Hex, keccak256 } from 'viem';
import { DirectoryError } from './errors.ts';
import { ask, checkAddress, type PeerLimits } from './http.ts';

/** A profile is at most this long: everyone fetches everyone's. */
const MAX_PROFILE = 256 * 1024;

/**
 * What an organisation publishes about itself at `/.well-known/anamnesis`. The Directory pins keccak256 of the bytes, set by the
 * organisation's own operator key: that is its signature.
 */
export interface Profile {
  readonly anamnesis: 1;
  /** FHIR R4 Organization. */
  readonly organization: Readonly<Record<string, unknown>> & {
    readonly resourceType: 'Organization';
    readonly name: string;
  };
  /** Absolute URLs without a trailing slash. */
  readonly endpoints: { readonly fhir: string; readonly token: string; readonly api: string };
  /** Public keys (ES384) that sign this organisation's client assertions. */
  readonly jwks: JSONWebKeySet;
  /** X25519 public key to which answers may be sealed (HPKE), base64url; absent where the organisation takes none. */
  readonly hpke?: string;
  /** Ed25519 key of its logs as a C2SP note verifier key; absent where it signs no notes. */
  readonly logKey?: string;
}

/** The bytes that are served and pinned. Every call with the same profile gives the same bytes. */
export function encodeProfile(profile: Profile): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(profile, null, 2)}\n`);
}

/** keccak256 of a profile's bytes: `Directory.profileHash`. */
export function profileHash(bytes: Uint8Array): Hex {
  return keccak256(bytes);
}

/** Reads a profile. Throws `profile-malformed` unless it has a name, usable endpoints and at least one ES384 key. */
export function decodeProfile(bytes: Uint8Array, limits: Pick<PeerLimits, 'allowLoopback'>): Profile {
  const profile = parse(bytes);
  const { organization, endpoints, jwks } = profile;
  if (profile.anamnesis !== 1) throw malformed('is of an unknown version');
  if (organization?.resourceType !== 'Organization' || typeof organization.name !== 'string')
    throw malformed('names no Organization');
  for (const name of ['fhir', 'token', 'api'] as const) {
    const url = endpoints?.[name];
    if (typeof url !== 'string' || url.endsWith('/')) throw malformed(`has no usable ${name} endpoint`);
    checkAddress(url, limits);
  }
  const keys = Array.isArray(jwks?.keys) ? jwks.keys : [];
  if (!keys.some((key) => key?.kty === 'EC' && key.crv === 'P-384') || keys.some((key) => key !== null && 'd' in key)) {
    throw malformed('has no usable ES384 public key');
  }
  return profile;
}

/**
 * Fetches an organisation's profile and accepts it only as the bytes that the Directory pins.
 * Throws `profile-mismatch` for any other bytes, `profile-malformed`, or what {@link ask} throws.
 */
export async function fetchProfile(
  url: string,
  hash: Hex,
  limits: PeerLimits,
): Promise<{ profile: Profile; bytes: Uint8Array }> {
  const { status, bytes } = await ask(url, { ...limits, maxBytes: Math.min(limits.maxBytes, MAX_PROFILE) });
  if (status !== 200)
    throw new DirectoryError('status', `the profile at ${url} answered with status ${status}`, { status });
  if (profileHash(bytes) !== hash) {
    throw new DirectoryError('profile-mismatch', `the profile at ${url} is not the one that the Directory pins`);
  }
  return { profile: decodeProfile(bytes, limits), bytes };
}

function parse(bytes: Uint8Array): Profile {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof value === 'object' && value !== null) return value as Profile;
  } catch {
    // Not JSON, not UTF-8: said below.
  }
  throw malformed('is not a JSON object');
}

function malformed(what: string): DirectoryError {
  return new DirectoryError('profile-malformed', `the profile ${what}`);
}
