import { randomUUID } from 'node:crypto';
import {
  type CryptoKey,
  createLocalJWKSet,
  decodeJwt,
  importJWK,
  type JSONWebKeySet,
  type JWK,
  jwtVerify,
  SignJWT,
} from 'jose';
import { ExchangeError } from './errors.ts';

/** The longest life of a client assertion, in seconds (SMART Backend Services: no more than five minutes). */
export const ASSERTION_LIFE = 300;
/** How far the clocks of two organisations may differ, in seconds. */
const SKEW = 30;
/** A jti is a key in a table: short, and of plain characters. */
const JTI = /^[ -~]{1,128}$/;

/** What a verified assertion says. */
export interface Assertion {
  /** The profile URL under which the caller stands in the Directory. */
  readonly issuer: string;
  readonly jti: string;
  /** Seconds since 1970; the jti has to be remembered that long. */
  readonly expiresAt: number;
}

/**
 * Signs a client assertion with this organisation's ES384 key (SMART App Launch 2.2, Backend Services; RFC 7523).
 * `issuer` is our profile URL as the Directory names it, `tokenUrl` that of the peer; `now` in seconds.
 */
export async function signAssertion(
  key: JWK,
  options: { issuer: string; tokenUrl: string; now: number },
): Promise<string> {
  const privateKey = await importJWK(key, 'ES384');
  return new SignJWT()
    .setProtectedHeader({ alg: 'ES384', typ: 'JWT', ...(key.kid === undefined ? {} : { kid: key.kid }) })
    .setIssuer(options.issuer)
    .setSubject(options.issuer)
    .setAudience(options.tokenUrl)
    .setJti(randomUUID())
    .setIssuedAt(options.now)
    .setExpirationTime(options.now + ASSERTION_LIFE - SKEW)
    .sign(privateKey as CryptoKey);
}

/** Who an assertion claims to come from, unverified: only to find the key that it must be verified with. */
export function claimedIssuer(assertion: string): string {
  try {
    const { iss } = decodeJwt(assertion);
    if (typeof iss === 'string' && iss.length <= 2048) return iss;
  } catch {
    // The one message below serves both.
  }
  throw new ExchangeError('invalid-client', 'the client assertion is not a JWT that names its issuer');
}

/**
 * Verifies a client assertion against the key set in the caller's pinned profile: ES384, `iss` = `sub` = `issuer`, `aud` = our
 * token URL, at most five minutes to live, a `jti`. Replay is the caller's to refuse (the jti table). `now` in seconds.
 *
 * Throws `invalid-client` for anything else, without telling which check failed beyond what the caller sent.
 */
export async function verifyAssertion(
  assertion: string,
  options: { issuer: string; keys: JSONWebKeySet; tokenUrl: string; now: number },
): Promise<Assertion> {
  try {
    const { payload } = await jwtVerify(assertion, createLocalJWKSet(options.keys), {
      algorithms: ['ES384'],
      issuer: options.issuer,
      subject: options.issuer,
      audience: options.tokenUrl,
      requiredClaims: ['exp', 'jti'],
      clockTolerance: SKEW,
      currentDate: new Date(options.now * 1000),
    });
    const { exp, jti } = payload;
    if (exp === undefined || exp > options.now + ASSERTION_LIFE + SKEW)
      throw new Error('lives longer than five minutes');
    if (typeof jti !== 'string' || !JTI.test(jti)) throw new Error('has no usable jti');
    return { issuer: options.issuer, jti, expiresAt: exp + SKEW };
  } catch (cause) {
    throw new ExchangeError('invalid-client', 'the client assertion does not verify', { cause });
  }
}
