import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openTestPostgres } from '../../testing/databases.ts';
import { type HttpNode, startHttpNode } from '../../testing/http-node.ts';
import { admitOrganization, startWorld, type World } from '../../testing/world.ts';
import { created, patient, refusal, statusOf } from './suite.fixture.ts';

/** Attacks by what is sent, each by its name. Slow clients are in `limits.test.ts`, bodies that are no JSON in the testbed's `bad-input.test.ts`. */
vi.setConfig({ testTimeout: 120_000 });

let world: World;
let node: HttpNode;

beforeAll(async () => {
  world = await startWorld();
  const who = await admitOrganization(world, 1, 'St. Aldhelm Hospital', 'https://aldhelm.example');
  node = await startHttpNode(world, who, await openTestPostgres(), { bodyLimit: 1_000_000 });
  await created(node, patient());
}, 180_000);
afterAll(async () => {
  await node.stop();
  await world.stop();
});

const JSON_TYPE = { 'content-type': 'application/fhir+json' };
const post = (body: string | Uint8Array, headers: Record<string, string> = {}, path = '/Patient') =>
  node.send('POST', path, { body, headers: { ...JSON_TYPE, ...headers } });
/** A node that is well answers this. */
const serves = async (): Promise<void> =>
  expect((await node.send('GET', '/Patient?_summary=count')).json.total).toBe(1);

describe('bodies', () => {
  test('error: a JSON bomb: small, and a great deal of it', async () => {
    for (const body of [
      `{"resourceType":"Patient","name":[${'{},'.repeat(300_000)}{}]}`,
      `{"resourceType":"Patient",${Array.from({ length: 50_000 }, (_, n) => `"a${n}":1`).join()}}`,
      `{"resourceType":"Patient","multipleBirthInteger":${'9'.repeat(900_000)}}`,
      `{"resourceType":"Patient","id":"${'\\u0061'.repeat(150_000)}"}`,
    ]) {
      const answer = await post(body);
      expect([400, 413, 422]).toContain(answer.status);
      expect(answer.text.length).toBeLessThan(200_000);
    }
    await serves();
  });

  test('error: deep nesting, of lists, of objects and of resources', async () => {
    const bundle = '{"resourceType":"Bundle","type":"collection","entry":[{"resource":';
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
      [bundle, '}]}'],
    ] as const) {
      const depth = Math.floor(400_000 / (open.length + close.length));
      expect(refusal(await post(`{"resourceType":"Patient","x":${open.repeat(depth)}1${close.repeat(depth)}}`))).toBe(
        '400 structure',
      );
    }
    await serves();
  });

  test('error: a zip bomb: what is packed is not unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(200_000_000, 32), { level: 9 });
    expect(bomb.length).toBeLessThan(1_000_000);
    const before = process.memoryUsage().rss;
    for (const coding of ['gzip', 'deflate', 'br', 'gzip, gzip']) {
      expect([coding, (await post(bomb, { 'content-encoding': coding })).status]).toEqual([coding, 400]);
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000);
    await serves();
  });

  test('error: a transaction of more entries than are taken', async () => {
    const entry = '{"request":{"method":"GET","url":"x"}}';
    const body = `{"resourceType":"Bundle","type":"batch","entry":[${Array.from({ length: 10_001 }, () => entry).join()}]}`;
    expect(refusal(await post(body, {}, ''))).toBe('403 too-costly');
  });
});

describe('searches', () => {
  /** What makes a backtracking expression run for years. */
  const SLOW = [
    'a'.repeat(5_000),
    `${'a'.repeat(5_000)}!`,
    '(a+)+$',
    `${'%5C%2C'.repeat(800)}`,
    `${' '.repeat(4_000)}x`,
    '9'.repeat(5_000),
    '0.'.repeat(2_000),
    `2020${'-01'.repeat(1_500)}`,
  ];

  test('error: ReDoS: strings that slow expressions choke on, in every kind of parameter', async () => {
    for (const slow of SLOW) {
      const value = slow.startsWith('%') ? slow : encodeURIComponent(slow);
      for (const query of [
        ...[
          `Patient?name=${value}`,
          `Patient?name:contains=${value}`,
          `Patient?identifier=${value}`,
          `Patient?birthdate=${value}`,
        ],
        ...[
          `Observation?value-quantity=${value}`,
          `Observation?subject=${value}`,
          `ValueSet?url:below=${value}`,
          `Patient?_lastUpdated=${value}`,
        ],
        ...[
          `Observation?code-value-quantity=${value}`,
          `Patient?_has:${value}:x=1`,
          `Patient?${value}=1`,
          `Patient?_sort=${value}`,
        ],
        ...[
          `Patient?_include=${value}`,
          `Patient?_elements=${value}`,
          `Patient?_cursor=${value}`,
          `Patient/_history?_since=${value}`,
        ],
      ]) {
        const { status } = await node.send('GET', `/${query}`).catch(() => ({ status: 431 }));
        expect([200, 400, 403, 404, 414, 431]).toContain(status);
      }
    }
    // What is not linear takes longer than the test may.
    await serves();
  });

  test('error: ReDoS: headers and paths', async () => {
    for (const slow of SLOW.filter((one) => !one.startsWith('%'))) {
      const text = slow.slice(0, 3_000).trim();
      for (const name of [
        'accept',
        'prefer',
        'if-match',
        'if-none-match',
        'if-none-exist',
        'if-modified-since',
        'authorization',
        'x-security-context',
      ])
        expect(
          (await node.send('POST', '/Patient', { body: '{', headers: { ...JSON_TYPE, [name]: text } })).status,
        ).toBeLessThan(500);
      expect((await node.send('GET', `/Patient/${encodeURIComponent(text)}`)).status).toBeLessThan(500);
    }
    await serves();
  });

  test('error: SQL metacharacters in every search parameter that the CapabilityStatement names', async () => {
    const rest = (await node.send('GET', '/metadata')).json.rest[0];
    const parameters = new Map<string, string>();
    for (const { type, searchParam = [] } of rest.resource)
      for (const { name, type: kind } of searchParam)
        if (!parameters.has(`${name} ${kind}`)) parameters.set(`${name} ${kind}`, `${type}?${name}`);
    expect(parameters.size).toBeGreaterThan(300);
    const VALUES = [
      `' or '1'='1`,
      `'; drop table resource; --`,
      `\\' or 1=1 -- $1 $$ %_`,
      `x|' or true or ''='`,
      `Patient/1') or (true`,
      `eq2020' or true--`,
      `1|u'||(select 1)||'|v`,
    ];
    const asked = [...parameters.values()].map(
      (parameter, at) => `/${parameter}=${encodeURIComponent(VALUES[at % VALUES.length] ?? '')}`,
    );
    const answers: [string, number, number][] = [];
    for (let at = 0; at < asked.length; at += 16) {
      const some = asked.slice(at, at + 16);
      answers.push(
        ...(await Promise.all(
          some.map(async (path): Promise<[string, number, number]> => {
            const { status, json } = await node.send('GET', path);
            const matches = (json.entry ?? []).filter(
              (entry: { search?: { mode: string } }) => entry.search?.mode === 'match',
            );
            return [path, status, matches.length];
          }),
        )),
      );
    }
    expect(answers.filter(([, status]) => status !== 200 && status !== 400 && status !== 403)).toEqual([]);
    // `:not` apart nothing here matches anything.
    expect(answers.filter(([, , found]) => found > 0)).toEqual([]);
    await serves();
  });

  test('error: oversized pages are cut, or refused', async () => {
    for (const [count, expected] of [
      ['1000000000', 400],
      ['999999999', 200],
      ['-1', 400],
    ] as const)
      expect([count, (await node.send('GET', `/Patient?_count=${count}`)).status]).toEqual([count, expected]);
    expect((await node.send('GET', '/Patient?_count=999999999')).json.link[0].url).toContain('_count=1000');
    expect(refusal(await node.send('GET', `/Patient?_id=${Array.from({ length: 300 }, (_, n) => n).join()}`))).toBe(
      '403 too-costly',
    );
    expect(
      refusal(await node.send('GET', `/Patient?${Array.from({ length: 40 }, () => '_include=*').join('&')}`)),
    ).toBe('403 too-costly');
  });
});

describe('paths', () => {
  test('error: path traversal in Binary, as it is and encoded', async () => {
    for (const way of ['..', '%2e%2e', '..%2f', '%2e%2e%2f', '..%5c', '%252e%252e%252f', '..;', '%c0%ae%c0%ae/'])
      for (const target of ['etc/passwd', '%2fetc%2fpasswd', 'keys.json'])
        for (const path of [
          `/fhir/R4/Binary/${`${way}/`.repeat(6)}${target}`,
          `/fhir/R4/Binary/${way}${target}/_history/1`,
        ]) {
          const status = await statusOf(node, path);
          expect([path, status !== undefined && status >= 400 && status < 500]).toEqual([path, true]);
        }
    const written = await node.send('PUT', `/Binary/${encodeURIComponent('../../x')}`, {
      body: 'x',
      headers: { 'content-type': 'text/plain' },
    });
    expect(written.status).toBe(422);
  });
});
