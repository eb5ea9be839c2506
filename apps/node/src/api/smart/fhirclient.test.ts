import { randomUUID } from 'node:crypto';
import smart from 'fhirclient';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AppServer, serveApp } from '../../testing/app-server.ts';
import { allow, askToken, pickPatient, registerApp, signInAs } from '../../testing/smart-app.ts';
import { fillSmartNode, type SmartNode, startSmartNode } from '../../testing/smart-world.ts';
import { newVisitor } from '../../testing/visitor.ts';
import { startWorld, type World } from '../../testing/world.ts';

/** The library's types leave it out. */
const { FhirClient } = smart as unknown as {
  FhirClient: new (base: string) => { fhirRequest(path: string, options: object): Promise<unknown> };
};

let world: World;
let node: SmartNode;
let keys: { readonly publicKey: JWK; readonly privateKey: JWK };

beforeAll(async () => {
  world = await startWorld();
  node = await startSmartNode(world);
  await fillSmartNode(node);
  const pair = await generateKeyPair('ES384', { extractable: true });
  keys = {
    publicKey: { ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'ES384', key_ops: ['verify'] },
    privateKey: { ...(await exportJWK(pair.privateKey)), kid: 'k1', alg: 'ES384', key_ops: ['sign'] },
  };
}, 120_000);
afterAll(async () => {
  await node?.stop();
  await world?.stop();
});

interface Seen {
  readonly patient: string | null;
  readonly family: string;
  readonly observations: string[];
  readonly user: string | null;
  readonly scope: string;
}

/** An app whose server works with the public fhirclient library: `/launch` begins, `/callback` ends and answers what it saw. */
async function appWith(
  settings: Record<string, unknown>,
): Promise<AppServer & { register(client: Record<string, unknown>): void }> {
  const kept = new Map<string, unknown>();
  const storage = {
    get: async (key: string) => kept.get(key),
    set: async (key: string, value: unknown) => kept.set(key, value) && value,
    unset: async (key: string) => kept.delete(key),
  };
  let client: Record<string, unknown> = {};
  const api = (request: unknown, response: unknown) => smart(request as never, response as never, storage as never);
  const server = await serveApp({
    '/launch': async (request, response) => {
      await api(request, response).authorize({ ...settings, ...client, redirectUri: '/callback' } as never);
    },
    '/callback': async (request, response) => {
      const ready = await api(request, response).ready();
      const patient = (await ready.patient.read()) as Awaited<ReturnType<typeof ready.patient.read>> & {
        name: { family: string }[];
      };
      const observations = (await ready.request(`Observation?patient=${ready.patient.id}`, { flat: true })) as {
        id: string;
      }[];
      const seen: Seen = {
        patient: ready.patient.id,
        family: patient.name[0]?.family ?? '',
        observations: observations.map(({ id }) => id).sort(),
        user: ready.user.fhirUser,
        scope: ready.state.tokenResponse?.scope ?? '',
      };
      const fresh = ready.state.tokenResponse?.refresh_token === undefined ? null : await ready.refresh();
      const again = fresh === null ? null : await ready.request<{ id: string }>(`Patient/${ready.patient.id}`);
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ ...seen, again: again?.id ?? null }));
    },
  });
  const register = (given: Record<string, unknown>): void => {
    client = given;
  };
  return { ...server, register };
}

describe('fhirclient', () => {
  test('default: a standalone launch of a server with a secret, and a refresh', async () => {
    const scope = 'openid fhirUser launch/patient patient/Patient.rs patient/Observation.rs offline_access';
    const app = await appWith({ iss: node.base, scope });
    try {
      const { id, secret } = await registerApp(node, {
        kind: 'confidential',
        redirectUris: [`${app.origin}/callback`],
      });
      app.register({ clientId: id, clientSecret: secret });
      const visitor = newVisitor();
      const signedIn = await signInAs(visitor, await visitor.open(`${app.origin}/launch`), 'Dr Hale', 'none');
      const done = await allow(visitor, await pickPatient(visitor, signedIn, 'Okafor'), [], 'none');
      expect(JSON.parse(done.text)).toEqual({
        patient: 'john',
        family: 'Okafor',
        observations: ['laboratory-john', 'vital-signs-john'],
        user: 'Practitioner/hale',
        scope: 'openid fhirUser launch/patient offline_access patient/Patient.rs patient/Observation.rs',
        again: 'john',
      });
    } finally {
      await app.close();
    }
  });

  test('behavior: a launch from a record, by a server that signs with its key', async () => {
    const app = await appWith({ scope: 'openid fhirUser launch patient/*.read' });
    try {
      const { id } = await registerApp(node, {
        kind: 'confidential',
        auth: 'private_key_jwt',
        jwks: { keys: [keys.publicKey] },
        redirectUris: [`${app.origin}/callback`],
        launchUrl: `${app.origin}/launch`,
      });
      app.register({ clientId: id, clientPrivateJwk: keys.privateKey });
      const made = await node.api('launch', { patient: 'maria', app: id }, 'clinician');
      const { url } = (await made.json()) as { url: string };
      const visitor = newVisitor();
      const signedIn = await signInAs(visitor, await visitor.open(url), 'Dr Hale', 'none');
      const done = await allow(visitor, signedIn, [], 'none');
      expect(JSON.parse(done.text)).toMatchObject({
        patient: 'maria',
        family: 'Santos',
        scope: 'openid fhirUser launch patient/*.read',
      });
    } finally {
      await app.close();
    }
  });

  test('behavior: a backend service reads with it', async () => {
    const jwks = { keys: [keys.publicKey] };
    const { id } = await registerApp(node, { kind: 'backend', redirectUris: [], scope: 'system/Patient.rs', jwks });
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: id, sub: id, aud: `${node.url}/oauth/token`, jti: randomUUID(), exp: now + 200 };
    const assertion = await new SignJWT(claims).setProtectedHeader({ alg: 'ES384', kid: 'k1' }).sign(keys.privateKey);
    const { body } = await askToken(node, {
      grant_type: 'client_credentials',
      scope: 'system/Patient.rs',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    });
    const client = new FhirClient(node.base);
    const headers = { authorization: `Bearer ${body.access_token}` };
    const found = (await client.fhirRequest('Patient?_sort=_id', { headers })) as {
      entry: { resource: { id: string } }[];
    };
    expect(found.entry.map(({ resource }) => resource.id)).toEqual(['john', 'maria']);
  });

  test('behavior: discovery says what is served, to any origin', async () => {
    const { headers, body } = await fetch(`${node.base}/.well-known/smart-configuration`, {
      headers: { origin: 'https://app.example' },
    }).then(async (answer) => ({ headers: answer.headers, body: (await answer.json()) as Record<string, unknown> }));
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(body).toMatchObject({ code_challenge_methods_supported: ['S256'], issuer: `${node.url}/oauth` });
    const openid = await fetch(`${node.url}/oauth/.well-known/openid-configuration`).then(
      (answer) => answer.json() as Promise<Record<string, unknown>>,
    );
    for (const [name, value] of Object.entries(openid)) {
      if (name.endsWith('_endpoint') || name === 'issuer' || name === 'jwks_uri')
        expect([name, body[name]]).toEqual([name, value]);
    }
    const jwks = (await fetch(String(body.jwks_uri)).then((answer) => answer.json())) as { keys: JWK[] };
    expect(jwks.keys.map(({ kty, alg, d }) => [kty, alg, d])).toEqual([['RSA', 'RS256', undefined]]);
    const metadata = JSON.stringify(await fetch(`${node.base}/metadata`).then((answer) => answer.json()));
    for (const part of ['oauth-uris', `${node.url}/oauth/authorize`, 'SMART-on-FHIR']) expect(metadata).toContain(part);
  });

  test('behavior: CORS where apps in browsers ask', async () => {
    const origin = 'https://app.example';
    const { id } = await registerApp(node, { redirectUris: [`${origin}/callback`] });
    const preflight = (path: string, method: string) =>
      fetch(`${node.url}${path}`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': method,
          'access-control-request-headers': 'authorization,content-type',
        },
      });
    for (const [path, method] of [
      ['/fhir/R4/Patient/maria', 'GET'],
      ['/fhir/R4', 'POST'],
      ['/fhir/R4/Observation', 'POST'],
      ['/oauth/token', 'POST'],
      ['/oauth/introspect', 'POST'],
      ['/oauth/revoke', 'POST'],
      ['/oauth/jwks', 'GET'],
      ['/.well-known/smart-configuration', 'GET'],
    ] as const) {
      const { status, headers } = await preflight(path, method);
      expect([path, status, headers.get('access-control-allow-origin') !== null]).toEqual([path, 204, true]);
      expect(headers.get('access-control-allow-headers')?.toLowerCase()).toContain('authorization');
    }
    const ask = async (from: string) => {
      const form = new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: id,
        code: 'x',
        redirect_uri: `${origin}/callback`,
        code_verifier: 'a'.repeat(43),
      });
      return (
        await fetch(`${node.url}/oauth/token`, { method: 'POST', headers: { origin: from }, body: form })
      ).headers.get('access-control-allow-origin');
    };
    expect([await ask(origin), await ask('https://evil.example')]).toEqual([origin, null]);
    const read = await fetch(`${node.base}/Patient/maria`, { headers: { origin } });
    expect([
      read.status,
      read.headers.get('access-control-allow-origin'),
      read.headers.get('access-control-allow-credentials'),
    ]).toEqual([401, '*', null]);
  });
});
