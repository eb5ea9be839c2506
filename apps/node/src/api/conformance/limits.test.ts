import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { NodeConfig } from '../../config/index.ts';
import { openTestPGlite } from '../../testing/databases.ts';
import { type HttpNode, startHttpNode } from '../../testing/http-node.ts';
import { admitOrganization, type Identity, startWorld, type World } from '../../testing/world.ts';
import { prettyJson } from '../pretty.ts';
import { RateLimiter } from '../rate-limit.ts';
import { created, identifierOf, patient, refusal } from './suite.fixture.ts';

/** What a node puts up with, and what it can be told. Each test starts a node of its own. */
vi.setConfig({ testTimeout: 60_000 });

let world: World;
let who: Identity;
const nodes: HttpNode[] = [];

beforeAll(async () => {
  world = await startWorld();
  who = await admitOrganization(world, 1, 'St. Aldhelm Hospital', 'https://aldhelm.example');
}, 60_000);
afterAll(async () => {
  for (const node of nodes) await node.stop();
  await world.stop();
}, 60_000);

async function start(settings: Partial<NodeConfig>): Promise<HttpNode> {
  const node = await startHttpNode(world, who, await openTestPGlite(), settings);
  nodes.push(node);
  return node;
}

describe('rate limits', () => {
  test('default: a bucket empties, refills with time, and no client takes from another', () => {
    let now = 0;
    const limiter = new RateLimiter(2, () => now);
    expect(Array.from({ length: 11 }, () => limiter.take('a'))).toEqual([...Array(10).fill(0), 1]);
    expect(limiter.take('b')).toBe(0);
    now = 1000;
    expect([limiter.take('a'), limiter.take('a'), limiter.take('a')]).toEqual([0, 0, 1]);
    now = 100_000;
    expect(Array.from({ length: 11 }, () => limiter.take('a'))).toEqual([...Array(10).fill(0), 1]);
    limiter.charge('c', 20);
    expect(limiter.take('c', 0)).toBe(5);
    expect(Array.from({ length: 1000 }, () => new RateLimiter(0).take('a')).every((wait) => wait === 0)).toBe(true);
  });

  test('behavior: 429 with Retry-After as an OperationOutcome, for that client alone', async () => {
    const node = await start({ rateLimit: 1 });
    const ask = (token: string) => node.send('GET', '/Patient?_count=1', { token });
    const answers = [];
    for (let count = 0; count < 12; count++) answers.push(await ask(node.tokens.clinician));
    const refused = answers.find(({ status }) => status === 429);
    expect(answers[0]?.status).toBe(200);
    expect(refused && refusal(refused)).toBe('429 throttled');
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await ask(node.tokens.integrator)).status).toBe(200);
    // Made-up tokens are charged to their address.
    const guesses = [];
    for (let count = 0; count < 5; count++) guesses.push((await ask(`ana_client_guess${count}`)).status);
    expect(guesses).toContain(429);
    expect((await ask(node.tokens.registrar)).status).toBe(429);
  });
});

describe('other origins', () => {
  test('default: a configured origin may call, another may not', async () => {
    const node = await start({ corsOrigins: ['https://app.example'] });
    const ask = (method: string, headers: Record<string, string>) =>
      node.send(method, '/Patient?_count=1', { headers });
    const preflight = { 'access-control-request-method': 'PATCH', 'access-control-request-headers': 'authorization' };
    const allowed = await ask('OPTIONS', { origin: 'https://app.example', ...preflight });
    expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([204, 'https://app.example']);
    expect(allowed.headers.get('access-control-allow-methods')).toContain('PATCH');
    expect(allowed.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('authorization');
    const answered = await ask('GET', { origin: 'https://app.example' });
    expect([answered.status, answered.headers.get('access-control-expose-headers')]).toEqual([
      200,
      expect.stringContaining('ETag'),
    ]);
    expect(answered.headers.get('vary')).toBe('Origin');
    // An error too must be readable by the application.
    const unknown = await node.send('GET', '/Nonsense', { headers: { origin: 'https://app.example' } });
    expect([unknown.status, unknown.headers.get('access-control-allow-origin')]).toEqual([404, 'https://app.example']);
    for (const headers of [{ origin: 'https://evil.example' }, {}]) {
      expect((await ask('GET', headers)).headers.get('access-control-allow-origin')).toBeNull();
    }
    expect((await node.send('GET', '/metadata')).json.rest[0].security.cors).toBe(true);
  });

  test('behavior: any origin by default, none where so configured', async () => {
    const open = await start({});
    const headers = { origin: 'https://any.example' };
    expect((await open.send('GET', '/metadata', { headers })).headers.get('access-control-allow-origin')).toBe('*');
    const closed = await start({ corsOrigins: [] });
    const answer = await closed.send('GET', '/metadata', { headers });
    expect([answer.headers.get('access-control-allow-origin'), answer.json.rest[0].security.cors]).toEqual([
      null,
      false,
    ]);
  });
});

describe('limits', () => {
  test('behavior: several records are deleted by condition where that is declared', async () => {
    const node = await start({ conditionalDelete: 'multiple' });
    const body = patient();
    const ids = [await created(node, body), await created(node, body), await created(node, body)];
    const { json } = await node.send('GET', '/metadata');
    expect(json.rest[0].resource[0].conditionalDelete).toBe('multiple');
    const headers = { prefer: 'return=OperationOutcome' };
    const answer = await node.send('DELETE', `/Patient?identifier=${identifierOf(body)}`, { headers });
    expect([answer.status, answer.json.issue[0].diagnostics]).toEqual([200, 'Deleted: 3']);
    for (const id of ids) expect((await node.send('GET', `/Patient/${id}`)).status).toBe(410);
    const more = patient();
    for (let count = 0; count < 2; count++) await created(node, more);
    const entry = [{ request: { method: 'DELETE', url: `Patient?identifier=${identifierOf(more)}` } }];
    const bundle = await node.send('POST', '', { body: { resourceType: 'Bundle', type: 'transaction', entry } });
    expect(bundle.json.entry[0].response.status).toBe('204');
    expect((await node.send('GET', `/Patient?identifier=${identifierOf(more)}&_summary=count`)).json.total).toBe(0);
    expect((await node.send('DELETE', '/Patient?_count=1000')).status).toBe(400);
  });

  test('error: bodies, addresses and headers that are too large or broken, each with its outcome', async () => {
    const node = await start({ bodyLimit: 2_000 });
    const large = { resourceType: 'Patient', name: [{ text: 'x'.repeat(3_000) }] };
    expect(refusal(await node.send('POST', '/Patient', { body: large }))).toBe('413 too-long');
    expect(
      refusal(
        await node.send('POST', '/Binary', { body: 'x'.repeat(3_000), headers: { 'content-type': 'text/plain' } }),
      ),
    ).toBe('413 too-long');
    expect(refusal(await node.send('GET', '/Patient/%E0%A4%A'))).toBe('400 invalid');
    expect(refusal(await node.send('GET', `/Patient/${'x'.repeat(300)}`))).toBe('414 invalid');
    expect((await node.send('GET', `/Patient?name=${'x'.repeat(20_000)}`).catch(() => ({ status: 431 }))).status).toBe(
      431,
    );
    const deep = `{"resourceType":"Patient","extension":${'['.repeat(500)}${']'.repeat(500)}}`;
    const headers = { 'content-type': 'application/fhir+json' };
    expect(refusal(await node.send('POST', '/Patient', { body: deep, headers }))).toBe('400 structure');
  });

  test('error: who sends slowly is cut off with 408, and others are served meanwhile', async () => {
    const node = await start({ requestTimeoutMs: 200 });
    const { hostname, port } = new URL(node.url);
    const slow = connect(Number(port), hostname);
    const answer = new Promise<string>((resolve) => {
      let text = '';
      slow.on('data', (data: Buffer) => {
        text += data.toString();
      });
      slow.on('close', () => resolve(text));
    });
    slow.write(
      'POST /fhir/R4/Patient HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    );
    expect((await node.send('GET', '/metadata')).status).toBe(200);
    expect(await answer).toContain('408');
  });
});

test('behavior: JSON as lines is the same JSON', () => {
  for (const value of [null, 1, 'a"\\', [], {}, [[], {}], { a: [], b: {}, c: [1, { d: '{,:}\\"' }] }, ['\\\\', '"']]) {
    expect(prettyJson(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2));
  }
});
