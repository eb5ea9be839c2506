import { randomUUID } from 'node:crypto';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppServer, serveApp } from '../../testing/app-server.ts';
import { authorization, registerApp } from '../../testing/smart-app.ts';
import { fillSmartNode, type SmartNode, startSmartNode } from '../../testing/smart-world.ts';
import { newVisitor, type Page, type Visitor } from '../../testing/visitor.ts';
import { startWorld, type World } from '../../testing/world.ts';

/** An OpenID provider of the tests: whoever comes is `staff-7`, unless the next answer is set otherwise. */
interface Upstream extends AppServer {
  readonly issuer: string;
  /** What the next sign-in answers. */
  readonly state: { next: { claims?: Record<string, unknown>; iss?: string; unsigned?: boolean } };
  readonly asked: URLSearchParams[];
}

let world: World;
let node: SmartNode;
let app: string;
let upstream: Upstream;

async function startUpstream(): Promise<Upstream> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid: 'u1', alg: 'ES256' };
  const codes = new Map<string, { nonce: string; challenge: string }>();
  const asked: URLSearchParams[] = [];
  const state: Upstream['state'] = { next: {} };
  const issuerOf = (host: string | undefined): string => `http://${host}`;
  const server = await serveApp({
    '/.well-known/openid-configuration': (request, response) => {
      const issuer = issuerOf(request.headers.host);
      response.end(
        JSON.stringify({
          issuer,
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          jwks_uri: `${issuer}/jwks`,
        }),
      );
    },
    '/jwks': (_request, response) => void response.end(JSON.stringify({ keys: [jwk] })),
    '/authorize': (request, response) => {
      const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
      const code = randomUUID();
      codes.set(code, { nonce: searchParams.get('nonce') ?? '', challenge: searchParams.get('code_challenge') ?? '' });
      const back = new URL(searchParams.get('redirect_uri') ?? '');
      back.searchParams.set('code', code);
      back.searchParams.set('state', searchParams.get('state') ?? '');
      if (state.next.iss !== undefined) back.searchParams.set('iss', state.next.iss);
      response.writeHead(302, { location: back.href }).end();
    },
    '/token': async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      const form = new URLSearchParams(body);
      asked.push(form);
      const { nonce } = codes.get(form.get('code') ?? '') ?? { nonce: '' };
      const now = Math.floor(Date.now() / 1000);
      const claims = {
        iss: issuerOf(request.headers.host),
        aud: 'anamnesis',
        sub: 'staff-7',
        nonce,
        iat: now,
        exp: now + 60,
        ...state.next.claims,
      };
      const idToken = state.next.unsigned ? new UnsecuredJWT(claims).encode() : await signed(claims, privateKey);
      response.end(JSON.stringify({ access_token: 'x', token_type: 'Bearer', id_token: idToken }));
    },
  });
  return { ...server, issuer: server.origin, asked, state };
}

const signed = (claims: Record<string, unknown>, key: CryptoKey): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'u1' }).sign(key);

beforeAll(async () => {
  world = await startWorld();
  upstream = await startUpstream();
  node = await startSmartNode(world, {
    demoUsers: [],
    upstream: { issuer: upstream.issuer, clientId: 'anamnesis', claim: 'sub' },
  });
  await fillSmartNode(node);
  app = (await registerApp(node)).id;
  const made = await node.api(
    'users',
    { name: 'Dr Hale', fhirUser: 'Practitioner/hale', external: 'staff-7' },
    'operator',
  );
  expect(made.status).toBe(201);
}, 120_000);
afterAll(async () => {
  await node?.stop();
  await upstream?.close();
  await world?.stop();
});

/** Signs in at the other provider, as far as it goes. */
async function signInElsewhere(visitor: Visitor): Promise<Page> {
  const at = await visitor.open(authorization(node, app).url);
  return visitor.open(`${at.url}/upstream`);
}

describe('an upstream provider', () => {
  test('default: who signs in there is known here by the claim', async () => {
    upstream.state.next = {};
    const at = await signInElsewhere(newVisitor());
    expect(at.text).toContain('Choose a patient');
    const [form] = upstream.asked.slice(-1);
    expect(form?.get('code_verifier')).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  test('error: somebody who is nobody here', async () => {
    upstream.state.next = { claims: { sub: 'stranger' } };
    const at = await signInElsewhere(newVisitor());
    expect([at.status, at.text.includes('not known here')]).toEqual([401, true]);
  });

  test('error: an id token of another provider, for another client, of another sign-in, too old, or unsigned', async () => {
    for (const claims of [
      { iss: 'https://evil.example' },
      { aud: 'other' },
      { nonce: 'other' },
      { exp: Math.floor(Date.now() / 1000) - 600 },
      { sub: undefined },
    ]) {
      upstream.state.next = { claims };
      expect((await signInElsewhere(newVisitor())).status).toBe(400);
    }
    upstream.state.next = { unsigned: true };
    expect((await signInElsewhere(newVisitor())).status).toBe(400);
  });

  test('error: an answer that names another provider', async () => {
    upstream.state.next = { iss: 'https://evil.example' };
    expect((await signInElsewhere(newVisitor())).status).toBe(400);
    upstream.state.next = { iss: upstream.issuer };
    expect((await signInElsewhere(newVisitor())).text).toContain('Choose a patient');
  });

  test('error: an answer that nobody asked for, or that another browser brings', async () => {
    upstream.state.next = {};
    const made = `${node.url}/oauth/upstream/callback?code=x&state=made-up`;
    expect((await newVisitor().open(made)).status).toBe(400);
    const victim = newVisitor();
    const at = await victim.open(authorization(node, app).url);
    const callback = await victim.open(`${at.url}/upstream`, `${node.url}/oauth/upstream/callback`);
    // The answer of one sign-in, opened elsewhere: it ends at the sign-in's own page, which asks for its cookie.
    expect((await newVisitor().open(callback.url)).status).toBe(400);
  });
});
