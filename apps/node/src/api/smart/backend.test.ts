import { randomUUID } from 'node:crypto';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LOCATIONS } from '../../testing/databases.ts';
import { askToken, registerApp } from '../../testing/smart-app.ts';
import { fillSmartNode, type SmartNode, startSmartNode } from '../../testing/smart-world.ts';
import { startWorld, type World } from '../../testing/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
}, 120_000);
afterAll(() => world?.stop());

describe.each(LOCATIONS)('on $name', ({ at }) => {
  let node: SmartNode;
  let service: string;
  let key: CryptoKey;
  let publicKey: JWK;

  beforeAll(async () => {
    node = await startSmartNode(world, await at());
    await fillSmartNode(node);
    const pair = await generateKeyPair('ES384');
    key = pair.privateKey;
    publicKey = { ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'ES384' };
    const scope = 'system/Observation.rs system/Patient.r';
    service = (
      await registerApp(node, {
        name: 'Registry',
        kind: 'backend',
        redirectUris: [],
        scope,
        jwks: { keys: [publicKey] },
      })
    ).id;
  }, 120_000);
  afterAll(() => node?.stop());

  const claims = (over: Record<string, unknown> = {}) => {
    const now = Math.floor(Date.now() / 1000);
    return {
      iss: service,
      sub: service,
      aud: `${node.url}/oauth/token`,
      jti: randomUUID(),
      iat: now,
      exp: now + 240,
      ...over,
    };
  };
  const sign = (payload: Record<string, unknown>, header: Record<string, unknown> = {}) =>
    new SignJWT(payload).setProtectedHeader({ alg: 'ES384', kid: 'k1', typ: 'JWT', ...header }).sign(key);
  const ask = (assertion: string, scope = 'system/*.rs') =>
    askToken(node, {
      grant_type: 'client_credentials',
      scope,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    });
  const REFUSED = { status: 401, body: { error: 'invalid_client' } };

  describe('backend services', () => {
    test('default: a registered service reads within its registration, whatever wildcard it asks for', async () => {
      const { status, body, headers } = await ask(await sign(claims()));
      expect([status, body.scope, body.expires_in, headers.get('cache-control')]).toEqual([
        200,
        'system/Observation.rs system/Patient.r',
        300,
        'no-store',
      ]);
      const observations = await node.fhir('Observation', { token: body.access_token });
      expect(((await observations.json()) as { entry: unknown[] }).entry).toHaveLength(4);
      expect((await node.fhir('Patient/john', { token: body.access_token })).status).toBe(200);
      expect((await node.fhir('Patient', { token: body.access_token })).status).toBe(403);
      expect((await node.fhir('Condition', { token: body.access_token })).status).toBe(403);
      const observation = { resourceType: 'Observation', status: 'final', code: { text: 'x' } };
      expect(
        (await node.fhir('Observation', { method: 'POST', body: observation, token: body.access_token })).status,
      ).toBe(403);
    });

    test('behavior: RS384 as well', async () => {
      const pair = await generateKeyPair('RS384');
      const jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'r1', alg: 'RS384' }] };
      const { id } = await registerApp(node, { kind: 'backend', redirectUris: [], scope: 'system/*.cruds', jwks });
      const assertion = await new SignJWT(claims({ iss: id, sub: id }))
        .setProtectedHeader({ alg: 'RS384', kid: 'r1' })
        .sign(pair.privateKey);
      expect(await ask(assertion, 'system/Condition.read')).toMatchObject({
        status: 200,
        body: { scope: 'system/Condition.read' },
      });
    });

    test('error: without a scope that it may have', async () => {
      for (const scope of ['system/Condition.rs', 'patient/*.rs', 'user/*.rs', 'openid', 'nonsense', '']) {
        expect(await ask(await sign(claims()), scope)).toMatchObject({
          status: 400,
          body: { error: expect.stringMatching(/invalid_(scope|request|target)/) },
        });
      }
    });

    test('error: an assertion used again, also at the same moment', async () => {
      const assertion = await sign(claims());
      expect((await ask(assertion)).status).toBe(200);
      expect(await ask(assertion)).toMatchObject(REFUSED);
      const other = await sign(claims());
      const answers = await Promise.all([1, 2, 3, 4].map(() => ask(other)));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    });

    test('error: an assertion that has ended, or lives too long', async () => {
      const now = Math.floor(Date.now() / 1000);
      for (const over of [{ exp: now - 60 }, { exp: now + 3600 }, { exp: undefined }]) {
        expect(await ask(await sign(claims(over)))).toMatchObject(REFUSED);
      }
    });
  });

  /** A node of its own: failures are counted for an address, and ten are the most. */
  describe('forged assertions', () => {
    test('error: unsigned, of a shared secret, by another key, for another place, of another name', async () => {
      const unsigned = new UnsecuredJWT(claims()).encode();
      const secret = new TextEncoder().encode(JSON.stringify(publicKey));
      const shared = await new SignJWT(claims()).setProtectedHeader({ alg: 'HS256' }).sign(secret);
      const stranger = await generateKeyPair('ES384');
      const forged = await new SignJWT(claims())
        .setProtectedHeader({ alg: 'ES384', kid: 'k1' })
        .sign(stranger.privateKey);
      expect(await ask(unsigned)).toMatchObject({ status: expect.toBeOneOf([400, 401]) });
      for (const assertion of [
        shared,
        forged,
        await sign(claims({ aud: 'https://other.example/oauth/token' })),
        await sign(claims({ iss: 'somebody' })),
      ]) {
        expect(await ask(assertion)).toMatchObject({ status: expect.toBeOneOf([401, 429]) });
      }
      const elsewhere = await sign(claims(), { jku: 'https://evil.example/jwks' });
      expect((await ask(elsewhere)).status).not.toBe(200);
    });

    test('error: registering with a private key, a foreign scheme or scopes of people', async () => {
      const bad = [
        { kind: 'backend', redirectUris: [], scope: 'system/*.rs', jwks: { keys: [{ ...publicKey, d: 'x' }] } },
        { kind: 'backend', redirectUris: [], scope: 'patient/*.rs', jwks: { keys: [publicKey] } },
        { kind: 'public', redirectUris: ['javascript:alert(1)'], scope: 'patient/*.rs' },
        { kind: 'public', redirectUris: ['http://app.example/callback'], scope: 'patient/*.rs' },
        { kind: 'public', redirectUris: ['https://app.example/*'], scope: 'patient/*.rs' },
        { kind: 'public', redirectUris: ['https://app.example/'], scope: 'system/*.rs' },
        { kind: 'public', redirectUris: ['https://app.example/'], scope: 'patient/Nonsense.rs' },
        { kind: 'public', redirectUris: [], scope: 'patient/*.rs' },
      ];
      for (const one of bad) expect((await node.api('apps', { name: 'Bad', ...one }, 'operator')).status).toBe(400);
      const good = { name: 'Good', kind: 'public', redirectUris: ['https://app.example/'], scope: 'patient/*.rs' };
      for (const role of ['clinician', 'integrator', 'registrar'] as const)
        expect((await node.api('apps', good, role)).status).toBe(403);
    });
  });
});
