import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { LUZ_NOVA } from '@anamnesis/population';
import {
  CATEGORIES,
  type ConsentTerms,
  consentDomain,
  encodeGrant,
  type Grant,
  maskOf,
  sessionTypedData,
} from '@anamnesis/protocol';
import { type Signer, signConsent, subjectAccount } from '@anamnesis/sdk';
import { generatePrivateKey } from 'viem/accounts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, type Hospitals, newFolder, startHospitals, termsFor } from '../testing/hospitals.ts';
import { type Liar, type Lie, startLiar } from '../testing/liar.ts';
import { captureOutput } from '../testing/stderr.ts';
import { askToken, clientAssertion } from '../testing/token.ts';

/* What must not hurt: nonsense, lies and outages, over HTTP against a real node. Bad input never makes a 5xx, every error is told in the
 * form of its side, and what the input said is in no error and no log line. */

/** Stands for clinical content in what is sent. */
const CANARY = 'Zwetschgenfieber';
const FHIR = '/fhir/R4';
/** How old a view of the ledger may be here, in milliseconds. */
const LEDGER_AGE = 4_000;

let folder: Awaited<ReturnType<typeof newFolder>>;
let world: Hospitals;
let output: ReturnType<typeof captureOutput>;

beforeAll(async () => {
  folder = await newFolder();
  output = captureOutput();
  world = await startHospitals(folder.path, { maxLedgerAgeMs: LEDGER_AGE });
});
afterAll(async () => {
  await world.stop();
  output.release();
  await folder.remove();
});

interface Bad {
  readonly name: string;
  /** Method and path. */
  readonly call: string;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default the integrator's; null: none. */
  readonly token?: string | null;
  readonly role?: 'integrator' | 'registrar';
  readonly status: number | readonly number[];
}

async function send({
  call,
  body,
  type,
  headers,
  token,
  role = 'integrator',
}: Omit<Bad, 'name' | 'status'>): Promise<Response> {
  const [method = '', path = ''] = call.split(' ');
  const bearer = token === undefined ? world.aldhelm.tokens[role] : token;
  return fetch(`${world.aldhelm.url}${path}`, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': type ?? 'application/fhir+json' }),
      ...(bearer !== null && { authorization: `Bearer ${bearer}` }),
      ...headers,
    },
    ...(body !== undefined && { body }),
  });
}

/** The answer says what is wrong in the form of its side, and nothing of what was sent. */
async function expectRefusal(answer: Response, status: number | readonly number[], path: string): Promise<string> {
  const text = await answer.text();
  expect([status].flat(), text).toContain(answer.status);
  const type = answer.headers.get('content-type') ?? '';
  if (path.startsWith(FHIR)) {
    expect(type).toMatch(/^application\/fhir\+json/);
    const outcome = JSON.parse(text);
    expect(outcome).toMatchObject({ resourceType: 'OperationOutcome', issue: expect.any(Array) });
    expect(['fatal', 'error']).toContain(outcome.issue[0].severity);
  } else {
    expect(type).toMatch(/^application\/problem\+json/);
    expect(JSON.parse(text)).toMatchObject({
      status: answer.status,
      code: expect.any(String),
      title: expect.any(String),
    });
  }
  expect(text + JSON.stringify([...answer.headers])).not.toContain(CANARY);
  return text;
}

const patient = (more: object): string => JSON.stringify({ resourceType: 'Patient', ...more });
const post = (
  name: string,
  body: string | Uint8Array<ArrayBuffer>,
  status: Bad['status'],
  path = `${FHIR}/Patient`,
): Bad => ({
  ...{ name, call: `POST ${path}`, body, status },
});
const get = (name: string, path: string, status: Bad['status']): Bad => ({ name, call: `GET ${path}`, status });
const bundle = (type: string, ...entry: object[]) => JSON.stringify({ resourceType: 'Bundle', type, entry });

const BODIES: readonly Bad[] = [
  post('JSON that ends too early', `{"resourceType":"Patient","name":[{"family":"${CANARY}"`, 400),
  post('text after the JSON', `${patient({})}${CANARY}`, 400),
  post('no JSON at all', CANARY, 400),
  post('a name given twice', `{"resourceType":"Patient","gender":"male","gender":"${CANARY}"}`, 400),
  post('a name that would change prototypes', `{"resourceType":"Patient","__proto__":{"x":"${CANARY}"}}`, 400),
  post('half a surrogate pair', `{"resourceType":"Patient","name":[{"family":"${CANARY}\\ud800"}]}`, 400),
  post(
    'bytes that are no UTF-8',
    Buffer.concat([
      Buffer.from(`{"resourceType":"Patient","language":"${CANARY}`),
      Buffer.of(0xff, 0xfe),
      Buffer.from('"}'),
    ]),
    400,
  ),
  post('a number without end', `{"resourceType":"Patient","multipleBirthInteger":1e999}`, 400),
  post('nested too deep', `${'['.repeat(100_000)}"${CANARY}"${']'.repeat(100_000)}`, 400),
  post('nested objects too deep', `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`, 400),
  post(
    'extensions nested too deep',
    `{"resourceType":"Patient","extension":${'[{"url":"x:y","extension":'.repeat(40)}[]${'}]'.repeat(40)}}`,
    400,
  ),
  post('nothing', '', 400),
  { name: 'no body and no type', call: `POST ${FHIR}/Patient`, status: 400 },
  ...['null', '[]', '42', `"${CANARY}"`, 'true', '{}', `{"resourceType":7,"x":"${CANARY}"}`].map((body) =>
    post(`a body that is no resource: ${body.slice(0, 12)}`, body, 400),
  ),
  post('an unknown resource type', `{"resourceType":"${CANARY}"}`, [400, 404, 422]),
  post('another resource type', JSON.stringify({ resourceType: 'Observation', status: CANARY }), [400, 422]),
  post('a text where a list belongs', patient({ name: CANARY }), 422),
  post('a number where a text belongs', patient({ birthDate: 19700101, language: CANARY }), 422),
  post('a date that is none', patient({ birthDate: CANARY }), 422),
  post('a code that is none', patient({ gender: CANARY }), 422),
  post('an element that is none', patient({ [`${CANARY} is ill`]: CANARY }), 422),
  post('null for a value', patient({ birthDate: null, language: CANARY }), 422),
  post('an empty list', patient({ name: [], language: CANARY }), 422),
  post('a character that FHIR has not', patient({ name: [{ family: `${CANARY}\u0000` }] }), 422),
  post('NUL in an identifier', patient({ identifier: [{ system: 'x:y', value: `${CANARY}\u0000` }] }), 422),
  {
    name: 'an id with NUL',
    call: `PUT ${FHIR}/Patient/a`,
    body: patient({ id: `a\u0000${CANARY}` }),
    status: [400, 422],
  },
  {
    name: 'an id like SQL',
    call: `PUT ${FHIR}/Patient/${encodeURIComponent(`a'; drop table resource;--`)}`,
    body: patient({ id: `a'; drop table resource;--`, language: CANARY }),
    status: [400, 422],
  },
  {
    name: 'another id than that of the address',
    call: `PUT ${FHIR}/Patient/a`,
    body: patient({ id: 'b', language: 'de' }),
    status: 400,
  },
  { name: 'no id', call: `PUT ${FHIR}/Patient/a`, body: patient({}), status: 400 },
  {
    name: 'XML',
    call: `POST ${FHIR}/Patient`,
    body: `<Patient><id value="${CANARY}"/></Patient>`,
    type: 'application/fhir+xml',
    status: 415,
  },
  { name: 'a type that is none', call: `POST ${FHIR}/Patient`, body: CANARY, type: ';;;', status: [400, 415] },
  {
    name: 'a form where a resource belongs',
    call: `POST ${FHIR}/Patient`,
    body: `a=${CANARY}`,
    type: 'application/x-www-form-urlencoded',
    status: 415,
  },
  {
    name: 'a patch to what no Patient has',
    call: `PATCH ${FHIR}/Patient/a`,
    body: `[{"op":"add","path":"/x","value":"${CANARY}"}]`,
    type: 'application/json-patch+json',
    status: [404, 422],
  },
  {
    name: 'a patch that cannot be applied',
    call: `PATCH ${FHIR}/Patient/a`,
    body: `[{"op":"test","path":"/${CANARY}","value":"${CANARY}"}]`,
    type: 'application/json-patch+json',
    status: [404, 422],
  },
  {
    name: 'a patch that is none',
    call: `PATCH ${FHIR}/Patient/a`,
    body: `[{"op":"${CANARY}","path":"/language"}]`,
    type: 'application/json-patch+json',
    status: 400,
  },
  {
    name: 'a FHIRPath that is none',
    call: `PATCH ${FHIR}/Patient/a`,
    body: JSON.stringify({
      resourceType: 'Parameters',
      parameter: [
        {
          name: 'operation',
          part: [
            { name: 'type', valueCode: 'delete' },
            { name: 'path', valueString: `Patient.${CANARY}` },
          ],
        },
      ],
    }),
    status: [400, 404],
  },
  post('a bundle of no type', bundle(CANARY), [400, 422], FHIR),
  post('a bundle that is a searchset', bundle('searchset'), [400, 422], FHIR),
  post('a patient where a bundle belongs', patient({ language: CANARY }), [400, 422], FHIR),
  post(
    'a transaction with an entry that asks nothing',
    bundle('transaction', { resource: { resourceType: 'Patient', language: CANARY } }),
    [400, 422],
    FHIR,
  ),
  post(
    'a transaction with a method that is none',
    bundle('transaction', { request: { method: CANARY, url: 'Patient' } }),
    [400, 422],
    FHIR,
  ),
  post(
    'a transaction to elsewhere',
    bundle('transaction', {
      resource: { resourceType: 'Patient' },
      request: { method: 'POST', url: `https://${CANARY}.example/Patient` },
    }),
    [400, 404, 422],
    FHIR,
  ),
  post(
    'a transaction with a bad resource',
    bundle('transaction', {
      resource: { resourceType: 'Patient', gender: CANARY },
      request: { method: 'POST', url: 'Patient' },
    }),
    422,
    FHIR,
  ),
  post(
    'a transaction with one record twice',
    bundle(
      'transaction',
      ...[1, 2].map(() => ({
        resource: { resourceType: 'Patient', id: 'x' },
        request: { method: 'PUT', url: 'Patient/x' },
      })),
    ),
    400,
    FHIR,
  ),
  post(
    'a transaction whose condition is none',
    bundle('transaction', {
      resource: { resourceType: 'Patient' },
      request: { method: 'POST', url: 'Patient', ifNoneExist: `birthdate=${CANARY}` },
    }),
    [400, 412],
    FHIR,
  ),
];

const REQUESTS: readonly Bad[] = [
  {
    name: 'If-Match without sense',
    call: `PUT ${FHIR}/Patient/a`,
    body: patient({ id: 'a' }),
    headers: { 'if-match': `W/"${CANARY}"x"` },
    status: 400,
  },
  {
    name: 'If-Match of another version',
    call: `PUT ${FHIR}/Patient/a`,
    body: patient({ id: 'a' }),
    headers: { 'if-match': 'W/"77"' },
    status: 412,
  },
  {
    name: 'If-Match without end',
    call: `DELETE ${FHIR}/Patient/a`,
    headers: { 'if-match': '9'.repeat(4_000) },
    status: 400,
  },
  {
    name: 'If-None-Exist without sense',
    call: `POST ${FHIR}/Patient`,
    body: patient({}),
    headers: { 'if-none-exist': `birthdate=${CANARY}` },
    status: [400, 412],
  },
  {
    name: 'headers without end',
    call: `GET ${FHIR}/Patient`,
    headers: { 'x-request-id': `${CANARY}'"<>`, prefer: 'x'.repeat(8_000), 'x-purpose-of-use': CANARY },
    status: [200, 400, 431],
  },
  {
    name: 'a purpose that no table names',
    call: `GET ${FHIR}/Patient`,
    headers: { 'x-purpose-of-use': CANARY },
    status: 400,
  },
  get('an unknown type', `${FHIR}/${CANARY}`, [400, 404]),
  get('an unknown id', `${FHIR}/Patient/nobody`, 404),
  get('an id like SQL', `${FHIR}/Patient/${encodeURIComponent(`' or 1=1--`)}`, [400, 404]),
  get('an id with NUL', `${FHIR}/Patient/a%00b`, [400, 404, 422]),
  get('an id without end', `${FHIR}/Patient/${'a'.repeat(300)}`, [400, 404, 414]),
  get('an address that is no text', `${FHIR}/Patient/%zz`, [400, 404]),
  get('an address that is no UTF-8', `${FHIR}/Patient/%ff%fe`, [400, 404]),
  get('an address outside of FHIR that is no text', '/api/v1/%zz', [400, 404]),
  get('a version that is none', `${FHIR}/Patient/a/_history/${CANARY}`, [400, 404]),
  get('a version beyond all', `${FHIR}/Patient/a/_history/99999999999999999999`, [400, 404]),
  get('an operation that is none', `${FHIR}/Patient/a/$${CANARY}`, [400, 404]),
  get('an unknown route', `/${CANARY}`, 404),
  get('an unknown route of the interface', '/api/v1/nothing', 404),
  get('a way out', '/api/v1/../../etc/passwd', 404),
  { name: 'an unknown method', call: `OPTIONS ${FHIR}/Patient`, status: [404, 405] },
  { name: 'a patch of nothing', call: `PATCH ${FHIR}/Patient`, status: 400 },
  { name: 'deleting everything', call: `DELETE ${FHIR}/Patient`, status: [400, 404, 405] },
  { name: 'PUT without an id', call: `PUT ${FHIR}/Patient`, body: patient({}), status: [400, 404, 405] },
  {
    name: 'POST where only GET is',
    call: 'POST /api/v1/status',
    body: '{}',
    type: 'application/json',
    status: [404, 405],
  },
  ...['-1', '1.5', '1e9', 'NaN', '99999999999', `1;drop table resource`, '%00'].map((count) =>
    get(`_count=${count}`, `${FHIR}/Patient?_count=${count}`, 400),
  ),
  ...['-1', 'x', '9999999'].map((count) =>
    get(`_count=${count} of a history`, `${FHIR}/_history?_count=${count}`, 400),
  ),
  get('NUL in a value', `${FHIR}/Patient?name=%00`, 400),
  get('NUL in a name', `${FHIR}/Patient?na%00me=x`, 400),
  get('a date that is none', `${FHIR}/Patient?birthdate=${CANARY}`, 400),
  get('a number that is none', `${FHIR}/Observation?value-quantity=${CANARY}`, 400),
  get('an unknown modifier', `${FHIR}/Patient?name:nope=x`, 400),
  get('a chain that leads nowhere', `${FHIR}/Patient?organization.name.foo.bar=x`, 400),
  get('a cursor of our own making', `${FHIR}/Patient?_cursor=${CANARY}`, 400),
  get('a cursor of a history', `${FHIR}/Patient/_history?_cursor=${CANARY}`, 400),
  get('a time that is none', `${FHIR}/_history?_since=${CANARY}`, 400),
  get('a summary that is none', `${FHIR}/Patient?_summary=${CANARY}`, 400),
  get('an inclusion that is none', `${FHIR}/Patient?_include=${CANARY}`, 400),
  get('criteria without end', `${FHIR}/Patient?${Array.from({ length: 200 }, () => 'name=a').join('&')}`, [400, 403]),
  get('a log that is none', '/api/v1/logs/nothing', 404),
  get('leaves before the first', '/api/v1/logs/records/leaves?start=-1&end=5', 400),
  get('leaves of no number', '/api/v1/logs/records/leaves', 400),
  get('consistency backwards', '/api/v1/logs/records/consistency?from=5&to=1', 400),
  get('consistency with the future', '/api/v1/logs/records/consistency?from=1&to=999999999', 400),
  {
    ...post('subjects: not of an integrator', `{"patient":"a"}`, 403, '/api/v1/subjects'),
    type: 'application/json',
  },
  get('an export of nobody', '/api/v1/export', 400),
  get('an access log of a count that is none', `/api/v1/access-log?patient=a&count=-1`, 400),
  get('a proof of nothing', '/api/v1/proofs/records/Patient/nobody/1', 404),
  get('a proof of an access that is none', `/api/v1/proofs/access/${CANARY}`, 400),
  get('a proof of an access to come', '/api/v1/proofs/access/999999999', [400, 403, 404]),
  get('received by nobody', `/api/v1/received?custodian=0&subject=${CANARY}`, 400),
  get('consents of no subject', `/api/v1/consents?subject=${CANARY}`, 400),
  ...['consents', 'refusals', 'subjects', 'exchange/fetch', 'proofs/records'].flatMap((path) =>
    [
      { ...post(`${path}: malformed`, `{"${CANARY}`, 400, `/api/v1/${path}`), type: 'application/json' },
      { ...post(`${path}: nothing`, '', 400, `/api/v1/${path}`), type: 'application/json' },
      ...[
        '[]',
        '7',
        '"x"',
        '{}',
        `{"terms":"${CANARY}","patient":"a","references":"${CANARY}"}`,
        `{"terms":{"subject":"${CANARY}"},"custodian":1,"purpose":"TREAT","references":[null,7,"${CANARY}"]}`,
      ].map((body) => ({
        ...post(`${path}: ${body.slice(0, 20)}`, body, [400, 422], `/api/v1/${path}`),
        type: 'application/json',
      })),
    ].map((bad) => (path === 'subjects' ? { ...bad, role: 'registrar' as const } : bad)),
  ),
  { ...post('a session that is none', `{"subject":"${CANARY}"}`, 400, '/auth/session'), type: 'application/json' },
];

describe('bad requests', () => {
  test.each(BODIES)('error: $name', async (bad) => {
    await expectRefusal(await send(bad), bad.status, bad.call.split(' ')[1] ?? '');
  });

  test.each(REQUESTS)('error: $name', async (bad) => {
    const answer = await send(bad);
    if (answer.ok) expect([bad.status].flat()).toContain(answer.status);
    else await expectRefusal(answer, bad.status, bad.call.split(' ')[1] ?? '');
  });

  test.each([
    `Patient?name=${encodeURIComponent(`'; drop table resource; --`)}`,
    `Patient?identifier=${encodeURIComponent(`x|') or ('1'='1`)}`,
    `Patient?_id=${encodeURIComponent(`' union select 1--`)}`,
    `Patient?${encodeURIComponent(`name' or '1`)}=x`,
    `Patient?_sort=${encodeURIComponent(`birthdate;drop table resource`)}`,
    `Patient?name=${encodeURIComponent('%_\\%')}`,
    `Patient?name=%zz&_lastUpdated=gt${encodeURIComponent(`'`)}`,
    `Patient?organization.name=${encodeURIComponent(`$1' or true`)}`,
    '?_type=Patient,Observation&_count=0',
  ])('error: %s is a search like any other, or refused', async (query) => {
    const answer = await send({ call: `GET ${FHIR}/${query}`.replace('/?', '?') });
    if (answer.status !== 200) await expectRefusal(answer, 400, FHIR);
    else expect(((await answer.json()) as { total?: number }).total ?? 0).toBeLessThan(1_000);
    expect((await send({ call: `GET ${FHIR}/Patient?_summary=count` })).status).toBe(200);
  });

  test.each([true, false])('error: a body that is too large, said before: %s', async (said) => {
    const { hostname, port } = new URL(world.aldhelm.url);
    const size = 60 * 1024 * 1024;
    const answer = await new Promise<Response | null>((done) => {
      const asking = httpRequest({
        ...{ hostname, port, method: 'POST', path: `${FHIR}/Patient` },
        headers: {
          authorization: `Bearer ${world.aldhelm.tokens.integrator}`,
          'content-type': 'application/fhir+json',
          ...(said && { 'content-length': size }),
        },
      });
      let answered = false;
      asking.on('response', async (response) => {
        answered = true;
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk as Buffer);
        asking.destroy();
        const headers = { 'content-type': response.headers['content-type'] ?? '' };
        done(new Response(Buffer.concat(chunks), { status: response.statusCode ?? 0, headers }));
      });
      // The node does not hear a body to its end that it will not take: the connection may end before its answer was read.
      asking.on('error', () => answered || done(null));
      const chunk = Buffer.alloc(1024 * 1024, CANARY);
      let sent = 0;
      const more = (): void => {
        while (!answered && !asking.destroyed && sent < size) {
          sent += chunk.length;
          if (!asking.write(chunk)) return void asking.once('drain', more);
        }
        if (!answered && sent >= size) asking.end();
      };
      more();
    });
    if (said) expect(answer).not.toBeNull();
    if (answer !== null) await expectRefusal(answer, 413, FHIR);
    expect((await send({ call: `GET ${FHIR}/Patient?_count=1` })).status).toBe(200);
  });

  test.each([
    'GARBAGE\r\n\r\n',
    `BREW ${FHIR}/Patient HTTP/1.1\r\nhost: x\r\n\r\n`,
    `GET ${FHIR}/Patient HTTP/1.1\r\nhost: x\r\n${CANARY} : y\r\n\r\n`,
    `GET ${FHIR}/Patient HTTP/1.1\r\nhost: x\r\nx: ${CANARY.repeat(5_000)}\r\n\r\n`,
    `GET ${FHIR}/Patient?name=${'a'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`,
    `POST ${FHIR}/Patient HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n${CANARY}`,
  ])('error: what is no HTTP: %#', async (text) => {
    const { hostname, port } = new URL(world.aldhelm.url);
    const answer = await new Promise<string>((done) => {
      const socket = connect(Number(port), hostname, () => socket.write(text));
      let said = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        said += chunk;
      });
      socket.on('error', () => done(said)).on('close', () => done(said));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(answer).toContain('application/problem+json');
    expect(answer).not.toContain(CANARY);
  });

  test('behavior: after all of it the node answers, and has said nothing', async () => {
    expect((await send({ call: `GET ${FHIR}/Patient?_count=1` })).status).toBe(200);
    expect(output.text()).not.toContain(CANARY);
    expect(output.text()).not.toContain('"level":"error"');
  });
});

/** Signs terms as Maria, or as somebody else would. */
async function grantOf(
  changes: Partial<ConsentTerms> = {},
  signer: Signer = world.maria.signer,
  chainId?: number,
): Promise<Grant> {
  const { consents } = world.testbed.ledger.deployment;
  const domain = chainId === undefined ? world.domain : consentDomain(chainId, consents);
  const { terms, signature } = await signConsent(termsFor(world, { index: 100, ...changes }), domain, signer);
  return { terms, signature };
}

const stranger = (): Signer => subjectAccount(new Uint8Array(32).fill(9), { chainId: 1, organization: 1 });

describe('who is not let in', () => {
  const read = `GET ${FHIR}/Patient?_count=1`;

  test.each([
    ['none', null],
    ['an empty one', ''],
    ['nonsense', CANARY],
    ['one of our form', `ana_c_${'A'.repeat(43)}`],
    ['a session of our form', `ana_s_${'A'.repeat(43)}`],
    ["a peer's of our form", `ana_p_${'A'.repeat(43)}`],
  ])('error: a token: %s', async (_, token) => {
    const answer = await send({ call: read, token });
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    await expectRefusal(answer, 401, FHIR);
    await expectRefusal(await send({ call: 'GET /api/v1/export?patient=a', token }), 401, '/api');
  });

  test('error: a token of another organisation, or of a role that may not', async () => {
    await expectRefusal(await send({ call: read, token: world.luzNova.tokens.clinician ?? '' }), 401, FHIR);
    const { operator = '' } = world.aldhelm.tokens;
    await expectRefusal(await send({ call: read, token: operator }), 403, FHIR);
    await expectRefusal(
      await send({ call: `POST ${FHIR}/Patient`, body: patient({ language: CANARY }), token: operator }),
      [403, 422],
      FHIR,
    );
  });

  const session = async (changes: object, signer: Signer = world.maria.signer): Promise<Response> => {
    const notAfter = Math.floor(Date.now() / 1000) + 60;
    const { organization } = world.aldhelm;
    const value = {
      subject: world.maria.signer.address,
      organization,
      notAfter,
      nonce: generatePrivateKey(),
      ...changes,
    };
    const signature = await signer.signTypedData(sessionTypedData(value, world.ledger.chainId));
    return send({
      call: 'POST /auth/session',
      body: JSON.stringify({ ...value, signature }),
      type: 'application/json',
      token: null,
    });
  };

  test('error: a session that is stale, too long, of another organisation, of another key, or opened twice', async () => {
    const now = Math.floor(Date.now() / 1000);
    await expectRefusal(await session({ notAfter: now - 1 }), 401, '/auth');
    await expectRefusal(await session({ notAfter: now + 10 * 86_400 }), 401, '/auth');
    await expectRefusal(await session({ organization: world.luzNova.organization }), 401, '/auth');
    await expectRefusal(await session({}, stranger()), 401, '/auth');
    await expectRefusal(await session({ subject: stranger().address }, stranger()), 404, '/auth');
    const nonce = generatePrivateKey();
    expect((await session({ nonce, notAfter: now + 60 })).status).toBe(200);
    await expectRefusal(await session({ nonce, notAfter: now + 60 }), 401, '/auth');
  });

  test('error: a session that has ended, and one that writes or looks at others', async () => {
    const opened = await session({ notAfter: Math.floor(Date.now() / 1000) + 3 });
    const { token } = (await opened.json()) as { token: string };
    await expectRefusal(await send({ call: `POST ${FHIR}/Patient`, body: patient({}), token }), 403, FHIR);
    await expectRefusal(await send({ call: 'GET /api/v1/export?patient=somebody-else', token }), 403, '/api');
    const late = await eventually('the end of the session', async () => {
      const answer = await send({ call: `GET ${FHIR}/Patient/${world.maria.patient}`, token });
      return answer.status === 200 ? null : answer;
    });
    await expectRefusal(late, 401, FHIR);
  });

  /** RFC 6749 section 5.2 gives the token endpoint a form of its own. */
  const expectOAuth = async (answer: Response, status: number, error: string) => {
    const text = await answer.text();
    expect(answer.status, text).toBe(status);
    expect(JSON.parse(text)).toMatchObject({ error });
    expect(text).not.toContain(CANARY);
  };

  test('error: client assertions that are replayed, for another audience, foreign, stale or nonsense', async () => {
    const { luzNova, aldhelm } = world;
    const grant = await grantOf();
    const now = Math.floor(Date.now() / 1000);
    const once = await clientAssertion(luzNova, aldhelm);
    const asked = await askToken(luzNova, aldhelm, grant, { client_assertion: once });
    expect(asked.status).toBe(200);
    const { access_token: token } = (await asked.json()) as { access_token: string };
    await expectOAuth(await askToken(luzNova, aldhelm, grant, { client_assertion: once }), 401, 'invalid_client');
    for (const bad of [
      await clientAssertion(luzNova, aldhelm, { aud: luzNova.running.context.tokenUrl }),
      await clientAssertion(luzNova, aldhelm, {}, aldhelm),
      await clientAssertion(aldhelm, aldhelm),
      await clientAssertion(luzNova, aldhelm, { iss: `https://${CANARY}.example/` }),
      await clientAssertion(luzNova, aldhelm, { sub: CANARY }),
      await clientAssertion(luzNova, aldhelm, { exp: now - 600 }),
      await clientAssertion(luzNova, aldhelm, { exp: now + 86_400 }),
      await clientAssertion(luzNova, aldhelm, { exp: CANARY }),
      await clientAssertion(luzNova, aldhelm, { jti: undefined }),
      await clientAssertion(luzNova, aldhelm, { jti: 'x'.repeat(500) }),
      await clientAssertion(luzNova, aldhelm, { jti: `${CANARY}\u0000` }),
      once.replace(/^[^.]+/, Buffer.from('{"alg":"none"}').toString('base64url')).replace(/[^.]+$/, ''),
      CANARY,
    ]) {
      await expectOAuth(await askToken(luzNova, aldhelm, grant, { client_assertion: bad }), 401, 'invalid_client');
    }
    for (const [changes, error] of [
      [{ client_assertion: null }, 'invalid_request'],
      [{ client_assertion_type: CANARY }, 'invalid_request'],
      [{ grant_type: CANARY }, 'unsupported_grant_type'],
      [{ purpose: CANARY }, 'invalid_request'],
      [{ practitioner: `http://${CANARY}/` }, 'invalid_request'],
      [{ practitioner_name: 'x'.repeat(300) }, 'invalid_request'],
      [{ consent: CANARY }, 'invalid_grant'],
      [{ consent: null }, 'invalid_grant'],
    ] as const) {
      await expectOAuth(await askToken(luzNova, aldhelm, grant, changes), 400, error);
    }
    // What the good one opened is Maria's records, to be read.
    const of = `${FHIR}/Observation?patient=Patient/${world.maria.patient}&_count=1`;
    expect((await send({ call: `GET ${of}`, token })).status).toBe(200);
    await expectRefusal(await send({ call: `POST ${FHIR}/Patient`, body: patient({}), token }), 403, FHIR);
    await expectRefusal(await send({ call: `GET /api/v1/export?patient=${world.maria.patient}`, token }), 403, '/api');
    await expectRefusal(
      await send({
        call: 'GET /api/v1/received?custodian=1&subject=0x0000000000000000000000000000000000000001',
        token,
      }),
      403,
      '/api',
    );
    await expectRefusal(await send({ call: read, token, headers: { authorization: `Basic ${token}` } }), 401, FHIR);
  });

  test('error: consents with a bad signature, of a foreign subject, expired, of another epoch, chain or grantee', async () => {
    const { luzNova, aldhelm, testbed } = world;
    const now = Math.floor(Date.now() / 1000);
    const good = await grantOf({ index: 101 });
    const flipped =
      `${good.signature.slice(0, 20)}${good.signature[20] === '0' ? '1' : '0'}${good.signature.slice(21)}` as Grant['signature'];
    const cases: [string, Grant, number, string][] = [
      ['signed by a stranger', await grantOf({ index: 102 }, stranger()), 403, 'invalid-signature'],
      ['a digit of the signature changed', { ...good, signature: flipped }, 403, 'invalid-signature'],
      [
        'widened after signing',
        { terms: { ...good.terms, sensitive: 1 }, signature: good.signature },
        403,
        'invalid-signature',
      ],
      ['expired', await grantOf({ index: 103, validFrom: now - 7_200, validUntil: now - 3_600 }), 403, 'expired'],
      ['of another epoch', await grantOf({ index: 104, epoch: 7 }), 403, 'wrong-epoch'],
      ['of another chain', await grantOf({ index: 105 }, world.maria.signer, 1), 403, 'invalid-signature'],
      [
        'of a foreign subject',
        await grantOf({ index: 106, subject: stranger().address }, stranger()),
        404,
        'subject-unknown',
      ],
    ];
    for (const [name, grant, status, reason] of cases) {
      const answer = await send({
        call: 'POST /api/v1/consents',
        body: JSON.stringify(grant),
        type: 'application/json',
        token: null,
      });
      const text = await expectRefusal(answer, status, '/api');
      expect(text, name).toContain(reason === 'subject-unknown' ? 'subject' : reason);
      await expectOAuth(await askToken(luzNova, aldhelm, grant), 400, 'invalid_grant');
    }
    // A consent for Luz Nova opens nothing for the custodian itself, nor for whom the Directory does not know.
    for (const grantee of [aldhelm.organization, 77]) {
      const foreign = await grantOf({ index: 107, grantee });
      await expectOAuth(await askToken(luzNova, aldhelm, foreign), 401, 'invalid_client');
    }
    // One that is for somebody else is not stretched by whoever found it.
    const found = await askToken(luzNova, aldhelm, good, {
      consent: encodeGrant({ ...good, terms: { ...good.terms, grantee: 1 } }),
    });
    await expectOAuth(found, 401, 'invalid_client');
    // A short one ends with its time, in the middle of things.
    const short = await grantOf({ index: 108, validUntil: Math.floor(Date.now() / 1000) + 3 });
    const { access_token: token } = (await (await askToken(luzNova, aldhelm, short)).json()) as {
      access_token: string;
    };
    const late = await eventually('the end of the consent', async () => {
      const answer = await send({ call: `GET ${FHIR}/Patient?_id=${world.maria.patient}`, token });
      return answer.status === 200 ? null : answer;
    });
    await expectRefusal(late, [401, 403], FHIR);
    expect(testbed.nodes[LUZ_NOVA.key]).toBe(luzNova);
  });
});

describe('a custodian that lies, is silent, or is gone', () => {
  let liar: Liar;
  let grant: Grant;
  let honest: number;

  beforeAll(async () => {
    grant = await grantOf({ index: 200, categories: maskOf(CATEGORIES, ['laboratory', 'allergies']) });
    const { released, verified } = await settled();
    expect(verified).toBe(released);
    honest = released;
    liar = await startLiar(world.aldhelm);
  });
  afterAll(() => liar.stop());

  const ask = () => world.silva.fetchFromPeer({ ...grant, custodian: world.aldhelm.organization, purpose: 'TREAT' });
  /** Once everything is under a checkpoint and the view of the ledger is fresh. */
  const settled = () =>
    eventually('a release that is sealed', async () => {
      const outcome = await ask();
      return outcome.verified === outcome.released ? outcome : null;
    });
  const at =
    (place: string, change: (body: string) => string | null): Lie =>
    (path, body) =>
      path.endsWith(place) ? change(body) : body;

  /** The clinician is told by the node, in its form, and the node of hers keeps nothing of it unmarked. */
  async function expectFailure(status: number | readonly number[]): Promise<void> {
    const answer = await fetch(`${world.luzNova.url}/api/v1/exchange/fetch`, {
      method: 'POST',
      headers: { authorization: `Bearer ${world.luzNova.tokens.clinician}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...grant, custodian: world.aldhelm.organization, purpose: 'TREAT' }),
    });
    await expectRefusal(answer, status, '/api');
  }

  test('default: an honest one behind the same address is believed', async () => {
    expect(honest).toBeGreaterThan(0);
    expect(await ask()).toMatchObject({ released: honest, verified: honest, failed: [] });
  });

  test('error: altered content, forged roots, denied checkpoints and missing proofs are named, record by record', async () => {
    const lies: [Lie, string][] = [
      [at('/AllergyIntolerance', (body) => body.replace('"active"', `"inactive"`)), 'not-included'],
      [at('/proofs/records', (body) => body.replaceAll(/"root":"0x(..)/g, '"root":"0xee')), 'not-included'],
      [
        at('/proofs/records', (body) => body.replaceAll(/"checkpoint":\{[^}]*\}/g, '"checkpoint":null')),
        'denies-checkpoint',
      ],
      [
        at('/proofs/records', (body) => JSON.stringify({ proofs: JSON.parse(body).proofs.map(() => null) })),
        'no-proof',
      ],
    ];
    for (const [lie, reason] of lies) {
      liar.lie = lie;
      const outcome = await ask();
      expect(outcome.verified, lie.toString()).toBeLessThan(honest);
      expect(outcome.failed.length).toBe(honest - outcome.verified);
      expect(outcome.failed[0]).toMatchObject({ reason });
      const { entry = [] } = await world.silva.getReceived({
        ...{ custodian: world.aldhelm.organization, subject: world.maria.signer.address },
      });
      const marks = entry
        .map(({ resource }) => JSON.stringify(resource?.meta))
        .filter((meta) => meta?.includes('"unverified"'));
      expect(marks).toHaveLength(outcome.failed.length);
    }
    liar.lie = (_path, body) => body;
    expect(await ask()).toMatchObject({ verified: honest, failed: [] });
  });

  test.each([
    ['half an answer', at('/AllergyIntolerance', (body) => body.slice(0, body.length / 2) + CANARY)],
    ['no Bundle', at('/AllergyIntolerance', () => `{"resourceType":"${CANARY}"}`)],
    [
      'resources of another type',
      at('/AllergyIntolerance', () => `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"${CANARY}"}}]}`),
    ],
    [
      'a page that lies elsewhere',
      at(
        '/AllergyIntolerance',
        () => `{"resourceType":"Bundle","link":[{"relation":"next","url":"https://${CANARY}.example/"}]}`,
      ),
    ],
    [
      'a page that leads to itself',
      at('/AllergyIntolerance', () => '{"resourceType":"Bundle","link":[{"relation":"next","url":"?again"}]}'),
    ],
    ['a token that is none', at('/auth/token', () => `{"access_token":["${CANARY}"]}`)],
    ['something deep', at('/AllergyIntolerance', () => '['.repeat(100_000))],
    ['bytes without end', at('/AllergyIntolerance', () => `"${CANARY.repeat(2_200_000)}"`)],
  ])('error: it answers with %s', async (_, lie) => {
    liar.lie = lie;
    await expectFailure(502);
  });

  test('error: it never answers, and then is gone', async () => {
    // A node waits for 15 seconds; here there is nothing else to wait for.
    const { limits } = world.luzNova.running.context;
    Object.assign(limits, { timeoutMs: 700 });
    liar.lie = at('/auth/token', () => null);
    await expectFailure(504);
    Object.assign(limits, { timeoutMs: 15_000 });
    await liar.hangUp();
    await expectFailure([502, 503]);
    // Her own node goes on, with what it has.
    expect(
      (await world.silva.getReceived({ custodian: world.aldhelm.organization, subject: world.maria.signer.address }))
        .entry,
    ).toBeDefined();
  });
});

describe('a ledger that is gone', () => {
  beforeAll(async () => {
    await world.stop();
    world = await startHospitals(folder.path, { maxLedgerAgeMs: LEDGER_AGE });
  });

  test('default: local care goes on, releases stop, and when it is back everything catches up', async () => {
    const { aldhelm, luzNova, desk, silva, testbed } = world;
    const grant = await grantOf({ index: 300 });
    const ask = () => silva.fetchFromPeer({ ...grant, custodian: aldhelm.organization, purpose: 'TREAT' });
    await eventually('a release', () => ask().catch(() => null));
    const token = await eventually('a token', async () => {
      const answer = await askToken(luzNova, aldhelm, grant);
      return answer.ok ? ((await answer.json()) as { access_token: string }).access_token : null;
    });
    const release = () =>
      send({ call: `GET ${FHIR}/Observation?patient=Patient/${world.maria.patient}&_count=1`, token });

    await testbed.ledger.stop();
    const refused = await eventually('the end of releases', async () => {
      const answer = await release();
      return answer.status === 200 ? null : answer;
    });
    expect(await expectRefusal(refused, 503, FHIR)).toContain('ledger-stale');
    // Neither a token nor a release, at either end; and it is not told as if Maria had refused.
    const fresh = await askToken(luzNova, aldhelm, grant);
    expect(await expectRefusal(fresh, 503, '/auth')).toContain('ledger-stale');
    // Until its own view is too old, too, Luz Nova goes on asking and passes on that St. Aldhelm does not release.
    await eventually('a refusal by Luz Nova itself', () =>
      ask().then(
        () => null,
        ({ status }: { status?: number }) => (status === 503 ? true : null),
      ),
    );
    await expect(
      silva.getReceived({ custodian: aldhelm.organization, subject: world.maria.signer.address }),
    ).rejects.toMatchObject({ status: 503 });

    // Care goes on, and so do her decisions; nonsense is still nonsense.
    const { size } = await desk.getLog('records');
    const made: string[] = [];
    for (let n = 0; n < 5; n++) {
      const created = await desk.fhir.create({ resourceType: 'Basic', code: { text: `during ${n}` } });
      made.push(created.id ?? '');
      expect(await desk.fhir.read('Basic', created.id ?? '')).toMatchObject({ code: { text: `during ${n}` } });
    }
    expect((await desk.fhir.search('Patient', { _count: 1 })).entry).toHaveLength(1);
    expect((await send({ call: 'GET /readyz', token: null })).status).toBe(200);
    const given = await grantOf({ index: 301 });
    const consent = { call: 'POST /api/v1/consents', type: 'application/json', token: null };
    expect((await send({ ...consent, body: JSON.stringify(given) })).status).toBe(201);
    const forged = { ...given, terms: { ...given.terms, index: 302 } };
    await expectRefusal(await send({ ...consent, body: JSON.stringify(forged) }), 403, '/api');
    const { client, signer } = world.maria;
    await client.revokeConsent({ subject: signer.address, index: 301, domain: world.domain, signer });
    expect((await desk.getLog('records')).size).toBe(size + 5);
    expect((await desk.getLog('records')).checkpoint?.size ?? 0).toBeLessThanOrEqual(size);

    await testbed.ledger.start();
    await eventually('the seal', async () => {
      const { size: now, checkpoint } = await desk.getLog('records');
      return checkpoint?.size === now ? true : null;
    });
    expect((await eventually('releases', () => ask().catch(() => null))).released).toBeGreaterThan(0);
    expect((await release()).status).toBe(200);
    // What she refused meanwhile reached the ledger by itself.
    await eventually('the refusal', async () =>
      (await world.ledger.isRevoked({ subject: signer.address, index: 301 })) ? true : null,
    );
    for (const id of made) expect((await desk.getProof({ type: 'Basic', id, version: '1' })).checkpoint).not.toBeNull();
  });
});

describe('the log', () => {
  test('behavior: none of it was said in a log line', () => {
    expect(output.text()).not.toContain(CANARY);
    expect(output.text()).not.toContain('"level":"error"');
  });
});
