import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { claimedIssuer, signAssertion, verifyAssertion } from './assertion.ts';

const ISSUER = 'https://luz.example/.well-known/anamnesis';
const TOKEN_URL = 'https://aldhelm.example/auth/token';
const NOW = 1_790_000_000;

let key: JWK;
let keys: { keys: JWK[] };
let stranger: JWK;

async function makeKey(): Promise<{ secret: JWK; open: JWK }> {
  const pair = await generateKeyPair('ES384', { extractable: true });
  return {
    secret: { ...(await exportJWK(pair.privateKey)), kid: 'k1', alg: 'ES384' },
    open: { ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'ES384' },
  };
}

beforeAll(async () => {
  const pair = await makeKey();
  key = pair.secret;
  keys = { keys: [pair.open] };
  stranger = (await makeKey()).secret;
});

const verify = (assertion: string, now = NOW) =>
  verifyAssertion(assertion, { issuer: ISSUER, keys, tokenUrl: TOKEN_URL, now });

describe('assertion', () => {
  test('default', async () => {
    const assertion = await signAssertion(key, { issuer: ISSUER, tokenUrl: TOKEN_URL, now: NOW });
    expect(claimedIssuer(assertion)).toBe(ISSUER);
    const verified = await verify(assertion);
    expect(verified.issuer).toBe(ISSUER);
    expect(verified.jti).toMatch(/^[0-9a-f-]{36}$/);
    expect(verified.expiresAt).toBeLessThanOrEqual(NOW + 330);
  });

  test('behavior: no two assertions share a jti', async () => {
    const of = async () =>
      (await verify(await signAssertion(key, { issuer: ISSUER, tokenUrl: TOKEN_URL, now: NOW }))).jti;
    expect(await of()).not.toBe(await of());
  });

  test('error: another key, another audience, another issuer, expired', async () => {
    const good = { issuer: ISSUER, tokenUrl: TOKEN_URL, now: NOW };
    for (const [secret, options] of [
      [stranger, good],
      [key, { ...good, tokenUrl: 'https://elsewhere.example/auth/token' }],
      [key, { ...good, issuer: 'https://other.example/.well-known/anamnesis' }],
      [key, { ...good, now: NOW - 400 }],
      [key, { ...good, now: NOW + 400 }],
    ] as const) {
      await expect(verify(await signAssertion(secret, options))).rejects.toMatchObject({ code: 'invalid-client' });
    }
  });

  test('error: lives too long, has no jti, or is signed with another algorithm', async () => {
    const privateKey = await importJWK(key, 'ES384');
    const base = (alg = 'ES384') =>
      new SignJWT().setProtectedHeader({ alg }).setIssuer(ISSUER).setSubject(ISSUER).setAudience(TOKEN_URL);
    const long = await base()
      .setJti('a')
      .setExpirationTime(NOW + 3600)
      .sign(privateKey);
    const nameless = await base()
      .setExpirationTime(NOW + 60)
      .sign(privateKey);
    const symmetric = await base('HS256')
      .setJti('a')
      .setExpirationTime(NOW + 60)
      .sign(new TextEncoder().encode(JSON.stringify(keys.keys[0])));
    for (const assertion of [long, nameless, symmetric, 'a.b.c', '']) {
      await expect(verify(assertion)).rejects.toMatchObject({ code: 'invalid-client' });
    }
    expect(() => claimedIssuer('a.b.c')).toThrow('not a JWT');
  });
});
