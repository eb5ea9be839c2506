import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { startNode } from '../../node.ts';
import { type Hook, startHook, type Told } from '../../testing/hook.ts';
import { createPostgresDatabase } from '../../testing/postgres.ts';
import { askToken, launchApp, registerApp } from '../../testing/smart-app.ts';
import { fillSmartNode, type SmartNode, startSmartNode } from '../../testing/smart-world.ts';
import { startWorld, type World } from '../../testing/world.ts';

/** Subscriptions of apps: what an app is told is what its user may see and its scopes let through, at the moment of each delivery. */
let world: World;
let node: SmartNode;
let hook: Hook;

beforeAll(async () => {
  // On PostgreSQL; the conformance suite has PGlite too.
  const databaseUrl = await createPostgresDatabase(inject('postgres'));
  world = await startWorld();
  [node, hook] = await Promise.all([startSmartNode(world, { subscriptionRetryMs: 50, databaseUrl }), startHook()]);
  await fillSmartNode(node);
}, 120_000);
afterAll(async () => {
  await node?.stop();
  await hook?.stop();
  await world?.stop();
});

const IG = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-';
const wish = (path: string, filter = 'Observation') => ({
  resourceType: 'Subscription',
  status: 'requested',
  reason: 'A test',
  criteria: 'https://anamnesis.example/SubscriptionTopic/record-changed',
  _criteria: { extension: [{ url: `${IG}filter-criteria`, valueString: filter }] },
  channel: {
    type: 'rest-hook',
    endpoint: hook.url + path,
    payload: 'application/fhir+json',
    _payload: { extension: [{ url: `${IG}payload-content`, valueCode: 'id-only' }] },
  },
});
const subscribe = async (token: string, path: string, filter?: string): Promise<{ status: number; id: string }> => {
  const answer = await node.fhir('Subscription', { method: 'POST', body: wish(path, filter), token });
  return { status: answer.status, id: ((await answer.json()) as { id: string }).id };
};
const observe = async (patient: string, category: 'laboratory' | 'vital-signs'): Promise<string> => {
  const answer = await node.fhir('Observation', {
    method: 'POST',
    body: {
      resourceType: 'Observation',
      status: 'final',
      category: [
        { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: category }] },
      ],
      code: { coding: [{ system: 'http://loinc.org', code: '718-7' }] },
      subject: { reference: `Patient/${patient}` },
    },
  });
  return ((await answer.json()) as { id: string }).id;
};
/** Ids of the records that a path was told of, and the numbers that they were told under. */
const toldOf = (path: string): [string[], string[]] => {
  const bundles = hook.told.filter((told) => told.path === path);
  const ids = bundles.flatMap(({ json }) =>
    json.entry.slice(1).map((entry: { fullUrl: string }) => entry.fullUrl.split('/').at(-1)),
  );
  const numbers = bundles.flatMap(({ text }) =>
    [...text.matchAll(/"event-number","valueString":"(\d+)"/g)].map(([, number]) => number ?? ''),
  );
  return [ids, numbers];
};
const at = (path: string) => (told: Told) => told.path === path;
const eventually = (look: () => void | Promise<void>) => vi.waitFor(look, { timeout: 10_000, interval: 25 });
const becomes = (id: string, status: string) =>
  eventually(async () => {
    const rows = await node.running.context.database.query('select status from subscription where id = $1', [id]);
    expect(rows).toEqual([{ status }]);
  });

describe('subscriptions of apps', () => {
  test("default: a patient's app is told of what its scopes let through, and numbers tell of nothing else", async () => {
    const scope = 'launch/patient patient/Observation.rs?category=laboratory patient/Subscription.rs';
    const { id: app } = await registerApp(node, { scope });
    const { access_token: token } = await launchApp(node, app, { user: 'Maria Santos', scope });
    const { status, id } = await subscribe(token, '/patient');
    expect(status).toBe(201);
    await becomes(id, 'active');
    await observe('maria', 'vital-signs');
    await observe('john', 'laboratory');
    const first = await observe('maria', 'laboratory');
    await eventually(() => expect(toldOf('/patient')).toEqual([[first], ['1']]));
    await observe('maria', 'vital-signs');
    const second = await observe('maria', 'laboratory');
    await eventually(() =>
      expect(toldOf('/patient')).toEqual([
        [first, second],
        ['1', '2'],
      ]),
    );
    // The app is ended: the next result is told to nobody.
    const disabled = await fetch(`${node.url}/api/v1/apps/${app}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${node.tokens.operator}` },
    });
    expect(disabled.ok).toBe(true);
    await observe('maria', 'laboratory');
    await becomes(id, 'off');
    expect(toldOf('/patient')).toEqual([
      [first, second],
      ['1', '2'],
    ]);
  });

  test('behavior: a token that is revoked ends it; another one of the same grant does not', async () => {
    const scope = 'launch/patient offline_access patient/*.rs user/Subscription.cruds';
    const { id: app } = await registerApp(node, { scope });
    const { access_token: token, refresh_token: refresh = '' } = await launchApp(node, app, { scope, pick: 'Okafor' });
    const { id } = await subscribe(token, '/staff');
    await becomes(id, 'active');
    const first = await observe('john', 'laboratory');
    await observe('maria', 'laboratory');
    await eventually(() => expect(toldOf('/staff')[0]).toEqual([first]));
    const refreshed = await askToken(node, { grant_type: 'refresh_token', refresh_token: refresh, client_id: app });
    expect(refreshed.status).toBe(200);
    const second = await observe('john', 'laboratory');
    await eventually(() => expect(toldOf('/staff')[0]).toEqual([first, second]));
    const form = new URLSearchParams({ token: refreshed.body.refresh_token ?? '', client_id: app });
    expect((await fetch(`${node.url}/oauth/revoke`, { method: 'POST', body: form })).status).toBe(200);
    await observe('john', 'laboratory');
    await becomes(id, 'off');
    expect(toldOf('/staff')[0]).toEqual([first, second]);
  });

  test('behavior: a backend service goes on after its token, while it is registered', async () => {
    const pair = await generateKeyPair('ES384');
    const key = { ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'ES384' };
    const scope = 'system/Observation.rs system/Subscription.cruds';
    const { id: app } = await registerApp(node, {
      name: 'Registry',
      kind: 'backend',
      redirectUris: [],
      scope,
      jwks: { keys: [key] },
    });
    const now = Math.floor(Date.now() / 1000);
    const assertion = await new SignJWT({
      iss: app,
      sub: app,
      aud: `${node.url}/oauth/token`,
      jti: randomUUID(),
      exp: now + 240,
    })
      .setProtectedHeader({ alg: 'ES384', kid: 'k1', typ: 'JWT' })
      .sign(pair.privateKey);
    const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
    const { body } = await askToken(node, {
      grant_type: 'client_credentials',
      scope,
      client_assertion_type: type,
      client_assertion: assertion,
    });
    const { id } = await subscribe(body.access_token, '/service');
    await becomes(id, 'active');
    expect((await subscribe(body.access_token, '/service', 'Patient')).status).toBe(403);
    // Five minutes later.
    await node.running.context.database.query(`delete from smart_entry where kind = 'ClientCredentials'`);
    const first = await observe('john', 'laboratory');
    await eventually(() => expect(toldOf('/service')[0]).toEqual([first]));
    await node.running.context.database.query(
      `update smart_app set registration = replace(registration, 'Observation', 'Patient') where id = $1`,
      [app],
    );
    await observe('john', 'laboratory');
    await eventually(async () => {
      const [row] = await node.running.context.database.query<{ next_leaf: number; size: number }>(
        `select next_leaf, (select size from log where name = 'records') as size from subscription where id = $1`,
        [id],
      );
      expect(row?.next_leaf).toBe(row?.size);
    });
    expect(toldOf('/service')[0]).toEqual([first]);
  });

  test('error: an app without the scope', async () => {
    const scope = 'launch/patient patient/Observation.rs';
    const { id: app } = await registerApp(node, { scope });
    const { access_token: token } = await launchApp(node, app, { user: 'Maria Santos', scope });
    expect((await subscribe(token, '/none')).status).toBe(403);
    expect((await node.fhir('Subscription', { token })).status).toBe(403);
  });

  test('behavior: what was not taken is told after a restart, in order, and again where that was cut off', async () => {
    const { id } = await subscribe(node.tokens.integrator, '/restart');
    await becomes(id, 'active');
    hook.answer = ({ path }) => (path === '/restart' ? null : 200);
    const first = await observe('john', 'laboratory');
    await hook.until(2, at('/restart'));
    const second = await observe('maria', 'laboratory');
    await node.stop();
    hook.answer = () => 200;
    const cut = hook.told.length;
    const running = await startNode(node.running.config);
    node = { ...node, running, stop: () => running.stop() };
    await eventually(() => expect(hook.told.slice(cut).some(({ text }) => text.includes(second))).toBe(true));
    const [ids, numbers] = toldOf('/restart');
    expect([[...new Set(ids)], [...new Set(numbers)]]).toEqual([
      [first, second],
      ['1', '2'],
    ]);
    expect(ids.filter((one) => one === first).length).toBeGreaterThan(1);
    await becomes(id, 'active');
  });
});
