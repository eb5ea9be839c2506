import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startNode } from '../../node.ts';
import {
  allow,
  answerIn,
  askToken,
  authorization,
  CALLBACK,
  launchApp,
  pickPatient,
  registerApp,
  signInAs,
} from '../../testing/smart-app.ts';
import { fillSmartNode, type SmartNode, startSmartNode } from '../../testing/smart-world.ts';
import { filled, formIn, newVisitor, userNamed } from '../../testing/visitor.ts';
import { startWorld, type World } from '../../testing/world.ts';

let world: World;
let node: SmartNode;
let app: string;

beforeAll(async () => {
  world = await startWorld();
  node = await startSmartNode(world);
  await fillSmartNode(node);
  app = (await registerApp(node)).id;
}, 120_000);
afterAll(async () => {
  await node?.stop();
  await world?.stop();
});

const statusWith = async (token: string, path = 'Observation'): Promise<number> =>
  (await node.fhir(path, { token })).status;
const exchange = (code: string, verifier: string, over: Record<string, string> = {}) =>
  askToken(node, {
    ...{ grant_type: 'authorization_code', code, redirect_uri: CALLBACK, client_id: app, code_verifier: verifier },
    ...over,
  });

/** A code that nobody has exchanged. */
async function freshCode(scope = 'launch/patient patient/*.rs'): Promise<{ code: string; verifier: string }> {
  const visitor = newVisitor();
  const { url, verifier } = authorization(node, app, { scope });
  const at = await signInAs(visitor, await visitor.open(url), 'Maria Santos');
  const { code = '' } = answerIn(await allow(visitor, at));
  return { code, verifier };
}

describe('the authorization request', () => {
  const refusedWith = async (over: Record<string, string | null>) =>
    answerIn(await newVisitor().open(authorization(node, app, over).url, CALLBACK));

  test('error: without PKCE, or with a plain challenge', async () => {
    for (const over of [
      { code_challenge: null, code_challenge_method: null },
      { code_challenge_method: 'plain' },
      { code_challenge_method: null },
    ]) {
      expect(await refusedWith(over)).toMatchObject({ error: 'invalid_request', iss: `${node.url}/oauth` });
    }
  });

  test('error: for another FHIR server, or for none', async () => {
    for (const aud of ['https://evil.example/fhir', null]) {
      expect(await refusedWith({ aud })).toMatchObject({ error: 'invalid_request' });
    }
    expect(await refusedWith({ resource: 'https://evil.example/fhir' })).toMatchObject({ error: 'invalid_target' });
  });

  test('error: an answer of another kind, or in the fragment', async () => {
    const token = await newVisitor().open(authorization(node, app, { response_type: 'token' }).url, CALLBACK);
    expect(new URL(token.url).hash).toContain('error=unsupported_response_type');
    expect(await refusedWith({ response_mode: 'web_message' })).toMatchObject({ error: 'unsupported_response_mode' });
  });

  test('error: to an address that is not registered: a page says so, and nobody is sent anywhere', async () => {
    for (const redirect of [
      'https://evil.example/',
      `${CALLBACK}/../evil`,
      `${CALLBACK}?x=1`,
      'javascript:alert(1)',
      '//evil.example',
      null,
    ]) {
      const at = await newVisitor().open(authorization(node, app, { redirect_uri: redirect }).url);
      expect([at.status, new URL(at.url).origin]).toEqual([400, node.url]);
      expect(at.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(at.text).not.toContain('<script');
    }
  });

  test('error: of an app that nobody registered', async () => {
    const at = await newVisitor().open(authorization(node, 'nobody').url);
    expect([at.status, new URL(at.url).origin]).toEqual([400, node.url]);
  });

  test('error: with markup in what it says', async () => {
    const at = await newVisitor().open(`${node.url}/oauth/authorize?client_id=%3Cscript%3Ealert(1)%3C/script%3E`);
    expect(at.text).not.toContain('<script>alert');
  });
});

describe('scopes', () => {
  test('error: what the form adds to what was offered is not granted', async () => {
    const { id } = await registerApp(node, { scope: 'launch/patient patient/Observation.rs' });
    const visitor = newVisitor();
    const { url, verifier } = authorization(node, id, { scope: 'launch/patient patient/Observation.rs' });
    const at = await signInAs(visitor, await visitor.open(url), 'Maria Santos');
    const more = {
      p1: 'on',
      p7: 'on',
      'p0.Patient': 'on',
      openid: 'on',
      offline_access: 'on',
      scope: 'user/*.cruds',
      patient: 'john',
    };
    const { code = '' } = answerIn(await visitor.submit(filled(formIn(at, '/consent'), more), CALLBACK));
    const { body } = await exchange(code, verifier, { client_id: id });
    expect([body.scope, body.patient]).toEqual(['launch/patient patient/Observation.rs', 'maria']);
  });

  test('error: refreshing for more', async () => {
    const token = await launchApp(node, app, { scope: 'launch/patient patient/Observation.rs offline_access' });
    const form = { grant_type: 'refresh_token', refresh_token: token.refresh_token ?? '', client_id: app };
    expect(await askToken(node, { ...form, scope: 'patient/*.cruds' })).toMatchObject({
      status: 400,
      body: { error: 'invalid_scope' },
    });
  });

  test('error: a patient picks somebody else', async () => {
    const visitor = newVisitor();
    const at = await signInAs(visitor, await visitor.open(authorization(node, app).url), 'Maria Santos');
    const { action, fields } = formIn(at, '/consent');
    const after = await visitor.submit({
      action: action.replace(/consent$/, 'patient'),
      fields: new URLSearchParams([...fields, ['patient', 'john']]),
    });
    expect(after.text).not.toContain('john');
  });

  test('error: an app’s token outside the FHIR interface', async () => {
    const { access_token: token } = await launchApp(node, app, { scope: 'user/*.cruds' });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    for (const path of [
      'access-log?patient=maria',
      'export?patient=maria',
      'consents?subject=0x00000000000000000000000000000000000000aa',
      'apps',
    ]) {
      expect((await fetch(`${node.url}/api/v1/${path}`, { headers })).status).toBe(403);
    }
    const body = JSON.stringify({ patient: 'maria' });
    for (const path of ['launch', 'exchange/fetch', 'users']) {
      expect((await fetch(`${node.url}/api/v1/${path}`, { method: 'POST', headers, body })).status).toBe(403);
    }
  });
});

describe('codes and tokens', () => {
  test('error: a code used again ends what came of it', async () => {
    const { code, verifier } = await freshCode();
    const first = await exchange(code, verifier);
    expect([first.status, await statusWith(first.body.access_token)]).toEqual([200, 200]);
    expect(await exchange(code, verifier)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(await statusWith(first.body.access_token)).toBe(401);
  });

  test('error: a code used twice at one moment', async () => {
    const { code, verifier } = await freshCode();
    const answers = await Promise.all([1, 2, 3, 4].map(() => exchange(code, verifier)));
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
  });

  test('error: a code with another verifier, address or app', async () => {
    const other = await registerApp(node);
    for (const over of [
      { code_verifier: 'a'.repeat(43) },
      { redirect_uri: 'http://127.0.0.1:9/other' },
      { client_id: other.id },
    ]) {
      const { code, verifier } = await freshCode();
      expect(await exchange(code, verifier, over)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    }
  });

  test('error: a refresh token used again ends the whole family', async () => {
    const token = await launchApp(node, app, { scope: 'launch/patient patient/*.rs offline_access' });
    const refresh = (value = '') =>
      askToken(node, { grant_type: 'refresh_token', refresh_token: value, client_id: app });
    const second = await refresh(token.refresh_token);
    expect([second.status, await statusWith(second.body.access_token)]).toEqual([200, 200]);
    expect(second.body.refresh_token).not.toBe(token.refresh_token);
    expect(await refresh(token.refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(await refresh(second.body.refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(await statusWith(second.body.access_token)).toBe(401);
    expect(await statusWith(token.access_token)).toBe(401);
  });

  test('behavior: a revoked token opens nothing, and introspection says so', async () => {
    const token = await launchApp(node, app, { scope: 'openid fhirUser launch/patient patient/*.rs' });
    const post = (path: string) =>
      fetch(`${node.url}/oauth/${path}`, {
        method: 'POST',
        body: new URLSearchParams({ token: token.access_token, client_id: app }),
      });
    expect(await (await post('introspect')).json()).toMatchObject({
      active: true,
      client_id: app,
      patient: 'maria',
      scope: token.scope,
      fhirUser: `${node.base}/Practitioner/hale`,
    });
    expect((await post('revoke')).status).toBe(200);
    expect(await (await post('introspect')).json()).toEqual({ active: false });
    expect(await statusWith(token.access_token)).toBe(401);
  });

  test('error: another public app asks about a token, or revokes it', async () => {
    const token = await launchApp(node, app);
    const other = await registerApp(node);
    const post = (path: string) =>
      fetch(`${node.url}/oauth/${path}`, {
        method: 'POST',
        body: new URLSearchParams({ token: token.access_token, client_id: other.id }),
      });
    expect(await (await post('introspect')).json()).toEqual({ active: false });
    await post('revoke');
    expect(await statusWith(token.access_token)).toBe(200);
  });

  test('behavior: an app or a person that was ended opens nothing more, at once', async () => {
    const { id } = await registerApp(node);
    const token = await launchApp(node, id);
    const headers = { authorization: `Bearer ${node.tokens.operator}` };
    expect((await fetch(`${node.url}/api/v1/apps/${id}`, { method: 'DELETE', headers })).status).toBe(204);
    expect(await statusWith(token.access_token)).toBe(401);
    const bell = await launchApp(node, app, { user: 'Dr Bell' });
    const { database } = node.running.context;
    await database.query("update smart_user set disabled = true where fhir_user = 'Practitioner/bell'");
    expect(await statusWith(bell.access_token)).toBe(401);
    await database.query("update smart_user set disabled = false where fhir_user = 'Practitioner/bell'");
  });

  test('behavior: no token, code or secret stands in the database', async () => {
    const { id, secret = '' } = await registerApp(node, { kind: 'confidential' });
    expect(id).not.toBe('');
    const token = await launchApp(node, app, { scope: 'launch/patient patient/*.rs offline_access' });
    const rows: object[] = [];
    for (const table of ['smart_app', 'smart_entry', 'smart_user', 'smart_attempt']) {
      rows.push(...(await node.running.context.database.query<object>(`select * from ${table}`)));
    }
    const text = rows
      .flatMap((row) => Object.values(row) as unknown[])
      .map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value)))
      .join('\n');
    expect(secret).toMatch(/^ana_c_/);
    for (const hidden of [token.access_token, token.refresh_token ?? '', token.code, secret])
      expect(text).not.toContain(hidden);
  });
});

describe('launches', () => {
  const launchOf = async (patient: string, over: object = {}): Promise<string> => {
    const made = await node.api('launch', { patient, ...over }, 'clinician');
    return ((await made.json()) as { launch: string }).launch;
  };

  test('error: the launch of somebody else', async () => {
    const launch = await launchOf('john');
    for (const user of ['Dr Bell', 'Maria Santos']) {
      await expect(launchApp(node, app, { user, scope: 'launch patient/*.rs', launch })).rejects.toThrow(
        'access_denied',
      );
    }
  });

  test('error: a launch used again, made up, or of another app', async () => {
    const launch = await launchOf('john');
    await launchApp(node, app, { scope: 'launch patient/*.rs', launch });
    await expect(launchApp(node, app, { scope: 'launch patient/*.rs', launch })).rejects.toThrow('access_denied');
    await expect(launchApp(node, app, { scope: 'launch patient/*.rs', launch: 'made-up' })).rejects.toThrow(
      'access_denied',
    );
    const other = await registerApp(node);
    const bound = await launchOf('john', { app: other.id });
    await expect(launchApp(node, app, { scope: 'launch patient/*.rs', launch: bound })).rejects.toThrow(
      'access_denied',
    );
  });

  test('error: launching for somebody else, for a stranger’s visit, or without being staff', async () => {
    expect((await node.api('launch', { patient: 'john', user: 'Practitioner/bell' }, 'clinician')).status).toBe(403);
    expect((await node.api('launch', { patient: 'john', user: 'Practitioner/bell' }, 'integrator')).status).toBe(201);
    expect((await node.api('launch', { patient: 'john', encounter: 'visit-maria' }, 'clinician')).status).toBe(400);
    expect((await node.api('launch', { patient: 'nobody' }, 'clinician')).status).toBe(404);
    expect((await node.api('launch', { patient: 'john' }, 'operator')).status).toBe(403);
  });
});

describe('pages', () => {
  test('behavior: in nobody’s frame, with nothing from elsewhere', async () => {
    const visitor = newVisitor();
    const { url } = authorization(node, app);
    const signIn = await visitor.open(url);
    const consent = await signInAs(visitor, signIn, 'Maria Santos');
    for (const { headers } of [signIn, consent]) {
      const policy = headers.get('content-security-policy') ?? '';
      for (const part of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"])
        expect(policy).toContain(part);
      expect(policy).not.toContain('unsafe');
      expect([headers.get('x-frame-options'), headers.get('referrer-policy'), headers.get('cache-control')]).toEqual([
        'DENY',
        'same-origin',
        'no-store',
      ]);
    }
    expect(consent.headers.get('content-security-policy')).toContain("form-action 'self' http://127.0.0.1:9");
    expect(consent.text).not.toContain('<script');
  });

  test('error: a consent that another site sends', async () => {
    const visitor = newVisitor();
    const at = await signInAs(visitor, await visitor.open(authorization(node, app).url), 'Maria Santos');
    const form = formIn(at, '/consent');
    expect((await visitor.submit(filled(form, { form: null }))).status).toBe(403);
    expect((await visitor.submit(filled(form, { form: 'x'.repeat(43) }))).status).toBe(403);
    expect((await visitor.submit(form, CALLBACK, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await visitor.submit(form, CALLBACK, { origin: 'null' })).status).toBe(403);
    expect((await visitor.submit(form, CALLBACK, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    // Another browser, to which the address was sent.
    expect((await newVisitor().submit(form, CALLBACK)).status).toBe(400);
    expect(answerIn(await visitor.submit(form, CALLBACK)).code).toBeDefined();
  });

  test('error: the hidden field of another sign-in', async () => {
    const [one, two] = [newVisitor(), newVisitor()];
    const first = await signInAs(one, await one.open(authorization(node, app).url), 'Maria Santos');
    const second = await signInAs(two, await two.open(authorization(node, app).url), 'Maria Santos');
    const stolen = formIn(second, '/consent').fields.get('form');
    expect((await one.submit(filled(formIn(first, '/consent'), { form: stolen }))).status).toBe(403);
  });

  test('behavior: cookies are for our pages alone', async () => {
    const answer = await fetch(authorization(node, app).url, { redirect: 'manual' });
    for (const cookie of answer.headers.getSetCookie()) {
      expect(cookie).toMatch(/httponly/i);
      expect(cookie).toMatch(/samesite=lax/i);
    }
    expect(answer.headers.getSetCookie().length).toBeGreaterThan(0);
  });

  test('behavior: names of a Host header are not used', async () => {
    const { url } = authorization(node, app);
    const at = new URL(url);
    const { request } = await import('node:http');
    const location = await new Promise<string | undefined>((resolve) => {
      const options = {
        host: '127.0.0.1',
        port: at.port,
        path: at.pathname + at.search,
        headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example' },
      };
      request(options, (answer) => resolve(answer.resume().headers.location)).end();
    });
    expect(location).toMatch(new RegExp(`^${node.url}/oauth/interaction/`));
  });

  test('behavior: what staff search for stays out of addresses', async () => {
    const visitor = newVisitor();
    const at = await signInAs(visitor, await visitor.open(authorization(node, app).url), 'Dr Hale');
    const picked = await pickPatient(visitor, at, 'Okafor');
    expect(picked.url).not.toContain('Okafor');
    expect(picked.text).toContain('Okafor');
  });
});

describe('attempts', () => {
  test('error: guessing at the sign-in is slowed down', async () => {
    const own = await startSmartNode(world);
    try {
      const { id } = await registerApp(own);
      const visitor = newVisitor();
      const at = await visitor.open(authorization(own, id).url);
      const statuses: number[] = [];
      for (let tries = 0; tries < 12; tries++) {
        statuses.push((await visitor.submit(filled(formIn(at, '/demo'), { user: `nobody-${tries}` }))).status);
      }
      expect(statuses.slice(0, 10)).toEqual(Array(10).fill(401));
      const last = await visitor.submit(filled(formIn(at, '/demo'), { user: userNamed(at, 'Dr Hale') }));
      expect([last.status, last.headers.get('retry-after')]).toEqual([429, '300']);
    } finally {
      await own.stop();
    }
  }, 60_000);

  test('error: guessing at secrets of apps is slowed down', async () => {
    const own = await startSmartNode(world);
    try {
      const { id } = await registerApp(own, { kind: 'confidential' });
      const guess = () =>
        askToken(
          own,
          { grant_type: 'authorization_code', code: 'x', redirect_uri: CALLBACK, code_verifier: 'a'.repeat(43) },
          { authorization: `Basic ${Buffer.from(`${id}:guess`).toString('base64')}` },
        );
      const statuses: number[] = [];
      for (let tries = 0; tries < 52; tries++) statuses.push((await guess()).status);
      expect(statuses).toEqual([...Array(50).fill(401), 429, 429]);
    } finally {
      await own.stop();
    }
  }, 60_000);

  test('error: demo users in production', async () => {
    const config = {
      ...node.running.config,
      production: true,
      policy: { ...node.running.config.policy, name: 'consortium' },
    };
    await expect(startNode(config)).rejects.toMatchObject({ code: 'demo-users-in-production' });
  });
});
