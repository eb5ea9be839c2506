import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestPGlite } from '../../testing/databases.ts';
import { type HttpNode, startHttpNode } from '../../testing/http-node.ts';
import { admitOrganization, startWorld, type World } from '../../testing/world.ts';
import { created, patient } from './suite.fixture.ts';

/**
 * Any request is answered, and never with a server error: by the RESTful interface in depth, and by every route that the server has. FUZZ_RUNS sets how
 * many (default 300; `npm run test:fuzz:deep`: 10,000).
 */
const RUNS = Number(process.env.FUZZ_RUNS ?? 300);

let world: World;
let node: HttpNode;
let id: string;

beforeAll(async () => {
  world = await startWorld();
  const who = await admitOrganization(world, 1, 'St. Aldhelm Hospital', 'https://aldhelm.example');
  node = await startHttpNode(world, who, await openTestPGlite(), { bodyLimit: 100_000 });
  id = await created(node, patient());
}, 180_000);
afterAll(async () => {
  await node.stop();
  await world.stop();
});

const odd = fc.oneof(
  fc.string({ maxLength: 40, unit: 'binary' }),
  fc.constantFrom(
    '',
    '*',
    "' or 1=1; drop table resource --",
    '%',
    '\\',
    '$',
    '|',
    '\u0000',
    '\ud800',
    '../../etc/passwd',
    'NaN',
    '-1',
    '1e999',
    '9'.repeat(40),
    '0001-01-01T00:00:00+14:00',
    '9999-12-31T23:59:59-14:00',
    '__proto__',
    'constructor',
    '(a+)+$',
  ),
);
const known = <T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const segment = fc.oneof(
  {
    weight: 3,
    arbitrary: known('Patient', 'Observation', 'Binary', 'Bundle', '_history', '_search', 'metadata', '*', '1'),
  },
  { weight: 2, arbitrary: fc.constant(':id') },
  { weight: 1, arbitrary: odd },
);
const name = fc.oneof(
  known(
    '_since',
    '_at',
    '_count',
    '_cursor',
    '_summary',
    '_elements',
    '_format',
    '_pretty',
    '_id',
    '_lastUpdated',
    '_sort',
    '_total',
    'identifier',
    'birthdate',
    'name',
    'name:exact',
    '_include',
    '_has:Observation:patient:code',
    '_type',
  ),
  odd,
);
const value = fc.oneof(known('true', 'count', 'json', 'xml', '2020', 'urn:suite|1', 'name', 'text', '5'), odd);
const header = fc.oneof(
  fc.tuple(known('if-match', 'if-none-match'), known('W/"1"', '"1"', '*', 'x', 'W/', '"'.repeat(9))),
  fc.tuple(
    known('if-modified-since', 'prefer', 'accept', 'if-none-exist', 'x-security-context', 'x-purpose-of-use', 'origin'),
    fc.string({ maxLength: 30 }),
  ),
  fc.tuple(known('prefer'), known('return=minimal', 'return=OperationOutcome', 'handling=strict')),
  fc.tuple(known('accept'), known('application/fhir+json', '*/*', 'application/fhir+xml', 'q=;;,,', 'text/html;q=9')),
);
const json = fc.oneof(
  fc.json({ maxDepth: 4 }),
  fc.constant(JSON.stringify(patient())),
  fc
    .record({
      op: known('add', 'remove', 'replace', 'move', 'copy', 'test', 'x'),
      path: fc.oneof(known('', '/', '/name/0/family', '/name/-', '/id', '/name/0/given/9'), odd),
      from: odd,
      value: fc.jsonValue({ maxDepth: 2 }),
    })
    .map((operation) => JSON.stringify([operation])),
  fc
    .record({
      type: known('add', 'insert', 'delete', 'replace', 'move'),
      path: fc.oneof(
        known('Patient', 'Patient.name', 'Patient.name[0].given', "Patient.name.where(use='x')", 'Patient.birthDate'),
        odd,
      ),
      name: odd,
      number: fc.integer(),
    })
    .map(({ type, path, name: part, number }) =>
      JSON.stringify({
        resourceType: 'Parameters',
        parameter: [
          {
            name: 'operation',
            part: [
              { name: 'type', valueCode: type },
              { name: 'path', valueString: path },
              { name: 'name', valueString: part },
              { name: 'index', valueInteger: number },
              { name: 'source', valueInteger: number },
              { name: 'destination', valueInteger: 0 },
              { name: 'value', valueString: part },
            ],
          },
        ],
      }),
    ),
  fc
    .array(
      fc.record(
        {
          fullUrl: odd,
          resource: fc.oneof(fc.constant(patient()), fc.jsonValue({ maxDepth: 2 })),
          request: fc.record(
            {
              method: known('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'X'),
              url: fc.oneof(
                known('Patient', 'Patient/1', 'Patient?identifier=x', '_history', 'Patient/1/_history', ''),
                odd,
              ),
              ifMatch: fc.oneof(known('W/"1"', '*'), odd),
              ifNoneExist: odd,
            },
            { requiredKeys: ['method', 'url'] },
          ),
        },
        { requiredKeys: ['request'] },
      ),
      { maxLength: 4 },
    )
    .chain((entry) =>
      known('batch', 'transaction', 'other').map((type) => JSON.stringify({ resourceType: 'Bundle', type, entry })),
    ),
  odd,
);

test(
  'behavior: no request is answered with a server error',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        known('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'),
        fc.array(segment, { maxLength: 5 }),
        fc.array(fc.tuple(name, value), { maxLength: 4 }),
        fc.array(header, { maxLength: 3 }),
        fc.option(
          fc.tuple(
            json,
            known(
              'application/fhir+json',
              'application/json',
              'application/json-patch+json',
              'application/x-www-form-urlencoded',
              'text/plain',
              'x',
            ),
          ),
        ),
        async (method, path, query, headers, body) => {
          const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());
          const segments = path.map((part) => (part === ':id' ? id : encoded(part)));
          const search = query.map(([key, item]) => `${encoded(key)}=${encoded(item)}`).join('&');
          const url = [segments.length === 0 ? '' : `/${segments.join('/')}`, search]
            .filter((part) => part !== '')
            .join('?');
          const sent = Object.fromEntries(headers.filter(([, text]) => /^[\x20-\x7e]*$/.test(text)));
          const [text, type] = method === 'GET' || method === 'HEAD' || body === null ? [undefined, undefined] : body;
          const answer = await node.send(method, url, {
            headers: { ...sent, ...(type !== undefined && { 'content-type': type }) },
            ...(text !== undefined && { body: text }),
          });
          expect(answer.status).toBeGreaterThanOrEqual(200);
          expect([answer.status, answer.status < 500 ? '' : answer.text]).toEqual([answer.status, '']);
          if (answer.status >= 400 && method !== 'HEAD') expect(answer.json.resourceType).toBe('OperationOutcome');
        },
      ),
      { numRuns: RUNS },
    );
    expect((await node.send('GET', `/Patient/${id}/_history`)).status).toBe(200);
  },
  120_000 + RUNS * 100,
);

/** Tokens of every kind, and what is none. */
const tokens = (): (string | null)[] => [
  ...Object.values(node.tokens),
  null,
  'ana_c_x',
  'ana_s_x',
  'ana_a_x',
  'ana_p_x',
  'x',
];
const GOOD = [
  'Patient',
  'Observation',
  'Subscription',
  'records',
  'access',
  '1',
  '0',
  '-1',
  '99999999',
  'metadata',
  '*',
];
const everyHeader = fc.oneof(
  header,
  fc.tuple(
    known(
      'cookie',
      'content-encoding',
      'transfer',
      'range',
      'if-range',
      'origin',
      'forwarded',
      'x-forwarded-for',
      'x-request-id',
      'accept-encoding',
      'upgrade',
    ),
    fc.oneof(
      known('gzip', 'a=b; c', 'bytes=0-0', 'bytes=9-1', 'null', 'websocket', '::1'),
      fc.string({ maxLength: 60 }),
    ),
  ),
);
const form = fc.array(
  fc.tuple(
    fc.oneof(
      known('grant_type', 'scope', 'code', 'client_id', 'token', 'client_assertion', 'consent', 'purpose', 'name'),
      odd,
    ),
    odd,
  ),
  { maxLength: 5 },
);

/** One request to a route: `:id` is a record that there is, or one that there is not. */
const attempt = fc.record({
  parts: fc.array(fc.oneof(fc.constant(':id'), known(...GOOD), odd), { minLength: 6, maxLength: 6 }),
  query: fc.array(fc.tuple(name, value), { maxLength: 3 }),
  headers: fc.array(everyHeader, { maxLength: 3 }),
  body: fc.option(
    fc.oneof(
      fc.tuple(json, known('application/fhir+json', 'application/json', 'text/plain')),
      form.map(
        (fields) =>
          [
            new URLSearchParams(fields.map(([key, text]) => [key.toWellFormed(), text.toWellFormed()])).toString(),
            'application/x-www-form-urlencoded',
          ] as const,
      ),
    ),
  ),
  who: fc.nat({ max: 9 }),
});

/** Asks one route. @returns what is wrong with the answer; null when nothing is. */
async function tryRoute(
  method: string,
  path: string,
  given: {
    parts: string[];
    query: [string, string][];
    headers: [string, string][];
    body: readonly [string, string] | null;
    who: number;
  },
): Promise<string | null> {
  const encoded = (text: string): string => encodeURIComponent(text.toWellFormed()) || 'x';
  let part = 0;
  const filled = path.replace(/:\w+|\*/g, () => {
    const text = given.parts[part++ % given.parts.length] ?? '';
    return text === ':id' ? id : encoded(text);
  });
  const search = given.query
    .map(([key, item]) => `${encodeURIComponent(key.toWellFormed())}=${encodeURIComponent(item.toWellFormed())}`)
    .join('&');
  const sent = Object.fromEntries(given.headers.filter(([, text]) => /^[\x20-\x7e]*$/.test(text)));
  delete sent.upgrade;
  const token = tokens()[given.who % tokens().length] ?? null;
  const [text, type] =
    method === 'GET' || method === 'HEAD' || given.body === null ? [undefined, undefined] : given.body;
  const answer = await fetch(`${node.url}${filled}${search && `?${search}`}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...sent,
      ...(type !== undefined && { 'content-type': type }),
    },
    ...(text !== undefined && { body: text }),
    signal: AbortSignal.timeout(20_000),
  }).catch((error: unknown) => `${method} ${filled}: ${String(error)}`);
  if (typeof answer === 'string') return answer;
  // A stream of events is meant to stay open.
  if (answer.headers.get('content-type')?.startsWith('text/event-stream')) {
    await answer.body?.cancel();
    return null;
  }
  const said = await answer.text().catch((error: unknown) => String(error));
  if (said.startsWith('TimeoutError'))
    return `${method} ${filled} does not end: ${answer.status} ${answer.headers.get('content-type')}`;
  return answer.status < 500 ? null : `${method} ${filled} answered ${answer.status}: ${said.slice(0, 300)}`;
}

test(
  'behavior: no route is left out, and none answers with a server error',
  async () => {
    const routes = node.routes.filter(({ method }) => method !== 'OPTIONS');
    expect(routes.length).toBeGreaterThan(100);
    const [one] = fc.sample(attempt, { numRuns: 1, seed: 7 });
    if (one === undefined) throw new Error('there is a sample');
    for (const { method, path } of routes) expect(await tryRoute(method, path, one)).toBeNull();
    const before = process.memoryUsage();
    const started = Date.now();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...routes), attempt, async ({ method, path }, given) => {
        expect(await tryRoute(method, path, given)).toBeNull();
      }),
      { numRuns: RUNS },
    );
    const after = process.memoryUsage();
    const grown = (kind: 'rss' | 'heapUsed'): string => `${kind} ${Math.round((after[kind] - before[kind]) / 1e6)} MB`;
    if (RUNS >= 10_000)
      process.stdout.write(
        `${routes.length} routes, ${RUNS} requests in ${Date.now() - started} ms, ${grown('rss')}, ${grown('heapUsed')} more\n`,
      );
    // The record itself may have been deleted: that is a request too.
    expect((await node.send('GET', `/Patient/${id}/_history`)).status).toBe(200);
  },
  120_000 + RUNS * 100,
);
