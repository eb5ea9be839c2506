import type { Hex } from 'viem';
import { keccak256 } from 'viem/utils';
import { fromBase64Url, fromUtf8, utf8 } from './bytes.ts';
import { type Check, checks } from './check.ts';
import { AnamnesisError } from './errors.ts';
import { parseJson } from './json/index.ts';

/** A public ES384 key that signs an organisation's client assertions (RFC 7517, RFC 7518 section 6.2.1). */
export interface SigningKey {
  readonly kty: 'EC';
  readonly crv: 'P-384';
  readonly x: string;
  readonly y: string;
  readonly kid?: string;
  readonly alg?: 'ES384';
  readonly use?: 'sig';
}

/**
 * What an organisation publishes about itself at `/.well-known/anamnesis`. The Directory pins keccak256 of the bytes, set by the
 * organisation's own operator key: that is its signature.
 */
export interface OrganizationProfile {
  readonly anamnesis: 1;
  /** FHIR R4 Organization. */
  readonly organization: Readonly<Record<string, unknown>> & {
    readonly resourceType: 'Organization';
    readonly name: string;
  };
  /** Absolute http(s) URLs without a trailing slash. */
  readonly endpoints: { readonly fhir: string; readonly token: string; readonly api: string };
  readonly jwks: { readonly keys: readonly SigningKey[] };
  /** X25519 public key to which answers may be sealed (HPKE), base64url; absent where the organisation takes none. */
  readonly hpke?: string;
  /** Ed25519 key of its logs as a C2SP note verifier key; absent where it signs no notes. */
  readonly logKey?: string;
}

/** A profile is at most this long, in bytes: everyone fetches everyone's. */
export const MAX_PROFILE_LENGTH: number = 256 * 1024;

const { fail, list, object, oneOf, text } = checks('profile-malformed');

const url: Check<string> = (value, path) => {
  const address = text(1, 2000)(value, path);
  const parsed = URL.canParse(address) ? new URL(address) : null;
  const plain = parsed && /^https?:$/.test(parsed.protocol) && parsed.username === '' && parsed.password === '';
  return plain && !address.endsWith('/') && parsed.hash === ''
    ? address
    : fail(path, 'an http(s) URL without trailing slash');
};

const publicKey: Check<string> = (value, path) => {
  const key = text(43, 43)(value, path);
  return fromBase64Url(key)?.length === 32 ? key : fail(path, '32 bytes as base64url');
};

const coordinate: Check<string> = (value, path) => {
  const key = text(64, 64)(value, path);
  return fromBase64Url(key)?.length === 48 ? key : fail(path, '48 bytes as base64url');
};

const organization: Check<OrganizationProfile['organization']> = (value, path) => {
  const resource = value as Partial<OrganizationProfile['organization']> | null;
  if (typeof resource !== 'object' || resource?.resourceType !== 'Organization')
    return fail(path, 'a FHIR Organization');
  text(1, 1000)(resource.name, `${path}.name`);
  return resource as OrganizationProfile['organization'];
};

// A private key has a property `d`; `object` refuses it with every other property that is not named here.
const signingKey = object<SigningKey>(
  {
    kty: oneOf('EC'),
    crv: oneOf('P-384'),
    x: coordinate,
    y: coordinate,
    kid: text(1, 200),
    alg: oneOf('ES384'),
    use: oneOf('sig'),
  },
  ['kid', 'alg', 'use'],
);

const readProfile = object<OrganizationProfile>(
  {
    anamnesis: (value, path) => (value === 1 ? 1 : fail(path, '1, the version that is understood')),
    organization,
    endpoints: object<OrganizationProfile['endpoints']>({ fhir: url, token: url, api: url }),
    jwks: object<OrganizationProfile['jwks']>({ keys: list(signingKey, 16) }),
    hpke: publicKey,
    logKey: text(1, 400),
  },
  ['hpke', 'logKey'],
);

/**
 * An organisation's profile from outside: every part of its form, no other, no private key, at least one key.
 * @throws AnamnesisError `profile-malformed`, naming the part.
 */
export function checkProfile(value: unknown): OrganizationProfile {
  const profile = readProfile(value, 'profile');
  if (profile.jwks.keys.length === 0) fail('profile.jwks.keys', 'at least one key');
  return profile;
}

/** The bytes that are served and pinned. Every call with the same profile gives the same bytes. */
export function encodeProfile(profile: OrganizationProfile): Uint8Array {
  return utf8(`${JSON.stringify(checkProfile(profile), null, 2)}\n`);
}

/**
 * Reads a profile's bytes.
 * @throws AnamnesisError `profile-malformed`.
 */
export function decodeProfile(bytes: Uint8Array): OrganizationProfile {
  if (bytes.length > MAX_PROFILE_LENGTH) fail('profile', `at most ${MAX_PROFILE_LENGTH} bytes`);
  let value: unknown;
  try {
    value = parseJson(fromUtf8(bytes));
  } catch (cause) {
    throw new AnamnesisError('profile-malformed', 'profile must be JSON', { cause });
  }
  return checkProfile(value);
}

/** keccak256 of a profile's bytes: `Directory.profileHash`. */
export function profileHash(bytes: Uint8Array): Hex {
  return keccak256(bytes);
}
