import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  ANYONE,
  AnamnesisError,
  CARE_OPEN_END,
  CARE_OPEN_START,
  CATEGORIES,
  type ConsentTerms,
  consentDomain,
  consentTypedData,
  encodeGrant,
  encodeProfile,
  type Grant,
  maskOf,
  OutcomeError,
  PURPOSES,
  parseJson,
  revokeTypedData,
  SENSITIVE,
  sessionTypedData,
  stringifyJson,
} from '@anamnesis/protocol';
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ENGINES } from '../../testing/databases.ts';
import { admitOrganization, random32, startNode, startWorld, type TestNode, type World } from '../../testing/world.ts';
import { readAccessLog } from '../audit/index.ts';
import {
  ALL,
  type Authority,
  ConsentError,
  linkSubject,
  patientRequester,
  receiveRefusal,
  staffAuthority,
} from '../consent/index.ts';
import { openRecords, openRecordWriter } from '../records/index.ts';
import {
  authorizePeer,
  type ExchangeContext,
  ExchangeError,
  fetchFromPeer,
  issueToken,
  oauthError,
  proveRecords,
  readReceived,
  signAssertion,
  VERIFICATION,
} from './index.ts';

/** A custodian on HTTP: the services behind the thinnest of servers. `tamper` changes what goes out, `silent` keeps it in. */
interface Custodian {
  readonly server: Server;
  readonly origin: string;
  node: TestNode;
  context: ExchangeContext;
  tamper: (path: string, body: string) => string;
  silent: boolean;
}

const system: Authority = {
  ...{ actor: 'Device/import', display: null, organization: 1, purpose: 'TREAT', basis: { kind: 'system' } },
  ...{ scope: ALL, actions: new Set(['read', 'write'] as const), automatic: true, requestId: 'r' },
};
const silva = staffAuthority(
  { name: 'Dr Silva', actor: 'Practitioner/silva', role: 'clinician' },
  { organization: 2, purpose: 'TREAT', requestId: 'r9' },
);

function exchangeContext(node: TestNode): ExchangeContext {
  return {
    ...node.context,
    base: node.profile.endpoints.fhir,
    directory: node.directory,
    tokenUrl: node.profile.endpoints.token,
    profileUrl: node.profileUrl,
    signingKey: node.key,
    limits: { allowLoopback: true, timeoutMs: 1_500, maxBytes: 1_000_000 },
  };
}

async function respond(custodian: Custodian, method: string, url: URL, body: string, token: string): Promise<string> {
  const { context } = custodian;
  if (url.pathname === '/.well-known/anamnesis') return new TextDecoder().decode(encodeProfile(custodian.node.profile));
  if (url.pathname === '/auth/token') {
    return JSON.stringify(await issueToken(context, new URLSearchParams(body), 'r1'));
  }
  const authority = await authorizePeer(context, token, 'r2');
  if (url.pathname === '/api/v1/proofs/records' && method === 'POST') {
    const { references } = parseJson(body) as { references: unknown };
    return JSON.stringify({ proofs: await proveRecords(context, authority, references) });
  }
  const type = url.pathname.replace('/fhir/R4/', '');
  return stringifyJson(await openRecords(context, authority).search(type, url.search.slice(1)));
}

async function startCustodian(): Promise<Custodian> {
  const custodian = { tamper: (_: string, body: string) => body, silent: false } as Custodian;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (custodian.silent) return;
    const url = new URL(request.url ?? '/', custodian.origin);
    const token = (request.headers.authorization ?? '').replace('Bearer ', '');
    const { method = 'GET' } = request;
    try {
      const body = await respond(custodian, method, url, Buffer.concat(chunks).toString(), token);
      response.end(custodian.tamper(url.pathname, body));
    } catch (error) {
      const known = error instanceof AnamnesisError;
      const status =
        error instanceof OutcomeError ? error.status : error instanceof ConsentError ? 403 : known ? 400 : 500;
      const code = error instanceof ExchangeError ? oauthError(error) : 'error';
      response.statusCode = status;
      response.end(JSON.stringify({ error: code, error_description: known ? error.message : String(error) }));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(custodian, { server, origin });
}

describe.each(ENGINES)('exchange on $name', ({ open }) => {
  let world: World;
  let aldhelm: Custodian;
  let luz: TestNode;
  let luzContext: ExchangeContext;
  let maria: PrivateKeyAccount;
  let patient: string;
  let observation: string;
  let index = 0;

  beforeAll(async () => {
    world = await startWorld();
    aldhelm = await startCustodian();
    const first = await admitOrganization(world, 1, 'St. Aldhelm Hospital', aldhelm.origin);
    // The grantee's profile is served by the same little server: only its bytes matter.
    const luzServer = createServer((_, response) => response.end(encodeProfile(second.profile)));
    await new Promise<void>((resolve) => luzServer.listen(0, '127.0.0.1', resolve));
    luzServer.unref();
    const luzOrigin = `http://127.0.0.1:${(luzServer.address() as AddressInfo).port}`;
    const second = await admitOrganization(world, 2, 'Hospital da Luz Nova', luzOrigin);
    aldhelm.node = await startNode(world, first, { database: (await open()).database });
    aldhelm.context = exchangeContext(aldhelm.node);
    luz = await startNode(world, second, { database: (await open()).database });
    luzContext = exchangeContext(luz);

    const writer = openRecordWriter(aldhelm.context, system);
    const create = async (resource: object) =>
      (await writer.create(resource as never)).resource as { id: string; resourceType: string };
    patient = (await create({ resourceType: 'Patient', name: [{ family: 'Exemplar' }], birthDate: '1961-02-03' })).id;
    const subject = { reference: `Patient/${patient}` };
    const status = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }] };
    const coded = (code: string) => ({ coding: [{ system: 'http://snomed.info/sct', code }] });
    await create({ resourceType: 'Condition', clinicalStatus: status, code: coded('44054006'), subject });
    observation = (
      await create({
        resourceType: 'Observation',
        status: 'final',
        category: [
          { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' }] },
        ],
        code: { coding: [{ system: 'http://loinc.org', code: '4548-4' }] },
        effectiveDateTime: '2024-03-01',
        valueQuantity: { value: 7.1, unit: '%' },
        subject,
      })
    ).id;
    await create({ resourceType: 'AllergyIntolerance', code: coded('91936005'), patient: subject });
    await create({
      resourceType: 'Condition',
      meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'HIV' }] },
      ...{ clinicalStatus: status, code: coded('86406008'), subject },
    });
    await create({ resourceType: 'Patient', name: [{ family: 'Another' }] });

    maria = privateKeyToAccount(generatePrivateKey());
    const session = {
      ...{ subject: maria.address, organization: 1, nonce: random32() },
      notAfter: Math.floor(Date.now() / 1000) + 600,
    };
    const signature = await maria.signTypedData(sessionTypedData(session, world.reader.chainId));
    const registrar = { ...system, actor: 'Practitioner/r', automatic: false };
    await linkSubject(aldhelm.context, registrar, { patient, session, signature });
  }, 90_000);

  afterAll(async () => {
    aldhelm.server.closeAllConnections();
    aldhelm.server.close();
    await Promise.all([aldhelm.node.stop(), luz.stop()]);
    await world.stop();
  });

  beforeEach(() => {
    aldhelm.tamper = (_, body) => body;
    aldhelm.silent = false;
    index++;
  });

  async function grant(change: Partial<ConsentTerms> = {}): Promise<Grant> {
    const now = Math.floor(Date.now() / 1000);
    const terms: ConsentTerms = {
      ...{ subject: maria.address, epoch: 0, index, grantee: 2, recipient: ANYONE, sensitive: 0, actions: 1 },
      categories: maskOf(CATEGORIES, ['demographics', 'conditions', 'laboratory']),
      purposes: maskOf(PURPOSES, ['TREAT']),
      ...{ careFrom: CARE_OPEN_START, careUntil: CARE_OPEN_END, validFrom: now - 60, validUntil: now + 3600 },
      salt: random32(),
      ...change,
    };
    const domain = consentDomain(world.reader.chainId, world.reader.deployment.consents);
    return { terms, signature: await maria.signTypedData(consentTypedData(terms, domain)) };
  }

  async function refuse(at: number): Promise<void> {
    const domain = consentDomain(world.reader.chainId, world.reader.deployment.consents);
    const refused = { subject: maria.address, index: at };
    const signature = await maria.signTypedData(revokeTypedData(refused, domain));
    await receiveRefusal(aldhelm.context, patientRequester(aldhelm.context, patient, 'r3'), { ...refused, signature });
    await aldhelm.node.sender.settled(`revoke/${maria.address.toLowerCase()}/${at}`);
  }

  const ask = async (of: Grant) => fetchFromPeer(luzContext, silva, { custodian: 1, grant: of, purpose: 'TREAT' });
  const received = () => readReceived(luzContext, silva, { custodian: 1, subject: maria.address });
  const verdicts = async () =>
    ((await received()).entry ?? []).flatMap(({ resource }) =>
      ((resource?.meta as { tag?: { system: string; code: string; display: string }[] })?.tag ?? [])
        .filter(({ system }) => system === VERIFICATION)
        .map(({ code, display }) => `${(resource as { resourceType: string }).resourceType} ${code} ${display}`),
    );

  /** Asks for a token by hand. */
  async function token(of: Grant, change: Record<string, string> = {}, now = Math.floor(Date.now() / 1000)) {
    const { tokenUrl } = aldhelm.context;
    const parameters = new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await signAssertion(luz.key, { issuer: luz.profileUrl, tokenUrl, now }),
      consent: encodeGrant(of),
      purpose: 'TREAT',
      ...change,
    });
    return { parameters, ask: () => issueToken(aldhelm.context, parameters, 'r4') };
  }

  describe('fetching from a custodian', () => {
    test('default: what the consent opens arrives, is verified against the ledger, kept and shown with its provenance', async () => {
      await aldhelm.node.checkpoints.sealNow();
      const result = await ask(await grant());
      expect(result).toEqual({ released: 3, verified: 3, unsealed: 0, failed: [] });
      const bundle = await received();
      const types = (bundle.entry ?? []).map(({ resource }) => (resource as { resourceType: string }).resourceType);
      expect(types.sort()).toEqual(['Condition', 'Observation', 'Patient', 'Provenance']);
      expect(await verdicts()).toContain('Observation verified Verified against the ledger');
      const provenance = bundle.entry?.find(({ resource }) => resource?.resourceType === 'Provenance')?.resource;
      expect(provenance).toMatchObject({ agent: [{ who: { identifier: { value: '1' } } }, {}] });
      const { entries } = await readAccessLog(aldhelm.context, aldhelm.node.database, { patient, count: 20 });
      expect(JSON.stringify(entries)).toContain('Practitioner/silva');
      expect(JSON.stringify(entries)).toContain('Dr Silva');
    });

    test('behavior: what is withheld unless named comes when it is named', async () => {
      const result = await ask(
        await grant({ sensitive: maskOf(SENSITIVE, ['hiv']), categories: maskOf(CATEGORIES, ['conditions']) }),
      );
      expect(result.released).toBe(2);
    });

    test('behavior: after she refuses, the very next request is refused, there and here', async () => {
      const given = await grant();
      const { access_token } = await (await token(given)).ask();
      await expect(authorizePeer(aldhelm.context, access_token, 'r5')).resolves.toMatchObject({ organization: 2 });
      await ask(given);
      await refuse(index);
      await expect(authorizePeer(aldhelm.context, access_token, 'r6')).rejects.toMatchObject({
        code: 'consent-refused',
        reason: 'revoked',
      });
      await expect((await token(given)).ask()).rejects.toMatchObject({ code: 'invalid-grant', detail: 'revoked' });
      const { entries } = await readAccessLog(aldhelm.context, aldhelm.node.database, { patient, count: 2 });
      expect(entries.map(({ event }) => (event as { outcome: string }).outcome)).toEqual(['4', '4']);
      await luz.directory.sync();
      await expect(ask(given)).rejects.toMatchObject({ code: 'received-refused', detail: 'revoked' });
      const only = await luz.database.query('select 1 from received_grant where index = $1', [index]);
      expect(only).toHaveLength(1);
      await luz.database.query('delete from received_grant where index <> $1', [index]);
      await expect(received()).rejects.toMatchObject({ code: 'received-refused', detail: 'revoked' });
    });

    test('behavior: a look at what came, refused ones too, is in her log here when she is a patient here too', async () => {
      const here = crypto.randomUUID();
      const log = async () =>
        (await readAccessLog(luzContext, luz.database, { patient: here })).entries.map(({ event }) => event);
      const given = await grant();
      await ask(given);
      await received();
      expect(await log()).toEqual([]);
      await luz.database.query('insert into subject (address, patient, linked_at, linked_by) values ($1, $2, 0, $3)', [
        maria.address.toLowerCase(),
        here,
        'Practitioner/r',
      ]);
      await received();
      const [look] = await log();
      expect(look).toMatchObject({ action: 'R', outcome: '0' });
      expect(look).toHaveProperty(['agent', 0, 'who', 'reference'], silva.actor);
      expect(JSON.stringify(look)).toContain(`/Observation/${observation}`);
      await luz.database.query('delete from received_grant where index <> $1', [index]);
      await refuse(index);
      await luz.directory.sync();
      await expect(received()).rejects.toMatchObject({ code: 'received-refused' });
      expect((await log())[0]).toMatchObject({ outcome: '4' });
      await luz.database.query('delete from subject where patient = $1', [here]);
    });

    test('behavior: what is not sealed yet is marked so', async () => {
      const writer = openRecordWriter(aldhelm.context, system);
      await writer.create({
        ...{
          resourceType: 'Condition',
          subject: { reference: `Patient/${patient}` },
          code: { coding: [{ system: 'http://snomed.info/sct', code: '22298006' }] },
        },
      } as never);
      const result = await ask(await grant({ categories: maskOf(CATEGORIES, ['conditions']) }));
      expect(result).toMatchObject({ released: 2, verified: 1, unsealed: 1, failed: [] });
      expect(await verdicts()).toContain('Condition unsealed Not yet sealed');
      await aldhelm.node.checkpoints.sealNow();
    });

    test('behavior: a record that was changed on the way, or at rest by one who holds the keys, is found', async () => {
      aldhelm.tamper = (path, body) => (path.endsWith('/Observation') ? body.replace('7.1', '5.1') : body);
      const result = await ask(await grant({ categories: maskOf(CATEGORIES, ['laboratory']) }));
      expect(result).toMatchObject({ released: 1, verified: 0 });
      expect(result.failed).toEqual([{ reference: `Observation/${observation}/_history/1`, reason: 'not-included' }]);
      expect(await verdicts()).toContain('Observation unverified Not verified: not-included');
    });

    test('error: a lying custodian', async () => {
      const laboratory = await grant({ categories: maskOf(CATEGORIES, ['laboratory']) });
      const lie = (path: string, change: (body: string) => string) => {
        aldhelm.tamper = (at, body) => (at.endsWith(path) ? change(body) : body);
        return ask(laboratory);
      };
      expect((await lie('/Observation', (body) => body.replaceAll(patient, 'someone-else'))).failed).toMatchObject([
        { reason: 'other-patient' },
      ]);
      expect((await lie('/Observation', (body) => body.replace('"laboratory"', '"vital-signs"'))).failed).toMatchObject(
        [{ reason: 'outside-consent' }],
      );
      const forgedRoot = (body: string) =>
        body.replaceAll(/"root":"0x(..)/g, (_, first) => `"root":"0x${first === '00' ? '01' : '00'}`);
      expect((await lie('/proofs/records', forgedRoot)).failed).toMatchObject([{ reason: 'not-included' }]);
      const denied = (body: string) => body.replace(/"checkpoint":\{[^}]*\}/, '"checkpoint":null');
      expect((await lie('/proofs/records', denied)).failed).toMatchObject([{ reason: 'denies-checkpoint' }]);
      expect((await lie('/proofs/records', () => '{"proofs":[null]}')).failed).toMatchObject([{ reason: 'no-proof' }]);
      expect((await lie('/proofs/records', () => '{"proofs":[{}]}')).failed).toMatchObject([{ reason: 'no-proof' }]);
    }, 20_000);

    test('error: an answer that is wrong, endless or leads elsewhere', async () => {
      const given = await grant();
      for (const [path, body, code] of [
        ['/Condition', '{"resourceType":', 'peer-answer'],
        ['/Condition', '[]', 'peer-answer'],
        ['/Condition', '{"resourceType":"Patient"}', 'peer-answer'],
        [
          '/Condition',
          '{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Observation"}}]}',
          'peer-answer',
        ],
        ['/Condition', '{"resourceType":"Bundle","entry":[null]}', 'peer-answer'],
        [
          '/Condition',
          `{"resourceType":"Bundle","link":[{"relation":"next","url":"https://evil.example/"}]}`,
          'peer-answer',
        ],
        ['/Condition', `{"resourceType":"Bundle","link":[{"relation":"next","url":"?again"}]}`, 'peer-answer'],
        ['/Condition', `"${'x'.repeat(1_100_000)}"`, 'peer-too-large'],
        ['/auth/token', '{}', 'peer-answer'],
        ['/proofs/records', '{}', 'peer-answer'],
      ] as const) {
        aldhelm.tamper = (at, true_) => (at.endsWith(path) ? body : true_);
        await expect(ask(given), path + body.slice(0, 60)).rejects.toMatchObject({ code });
      }
    });

    test('error: a silent custodian, a dead one, an unknown one, ourselves', async () => {
      const given = await grant();
      aldhelm.silent = true;
      await expect(ask(given)).rejects.toMatchObject({ code: 'peer-slow' });
      const to = (custodian: number) => fetchFromPeer(luzContext, silva, { custodian, grant: given, purpose: 'TREAT' });
      await expect(to(99)).rejects.toMatchObject({ code: 'peer-unknown' });
      await expect(to(2)).rejects.toMatchObject({ code: 'peer-unknown' });
      await admitOrganization(world, 3, 'Nobody Home', 'http://127.0.0.1:9');
      await luz.directory.sync();
      await expect(to(3)).rejects.toMatchObject({ code: 'peer-unreachable' });
    });

    test('error: a practitioner asks in her own name only, for a purpose that the consent covers', async () => {
      const given = await grant();
      const other = { custodian: 1, grant: given, purpose: 'TREAT', practitioner: 'Practitioner/other' };
      await expect(fetchFromPeer(luzContext, silva, other)).rejects.toMatchObject({ code: 'invalid-request' });
      const research = { custodian: 1, grant: given, purpose: 'HRESCH' };
      await expect(fetchFromPeer(luzContext, silva, research)).rejects.toMatchObject({ detail: 'purpose-not-covered' });
    });
  });

  describe('the token endpoint', () => {
    test('default: a token of five minutes at most, for one patient', async () => {
      const answer = await (await token(await grant())).ask();
      expect(answer).toMatchObject({ token_type: 'bearer', scope: 'patient/*.rs', patient });
      expect(answer.expires_in).toBeLessThanOrEqual(300);
      const later = { ...aldhelm.context, clock: () => Date.now() + 301_000 };
      await expect(authorizePeer(later, answer.access_token, 'r7')).rejects.toMatchObject({ code: 'token-expired' });
      await expect(authorizePeer(aldhelm.context, 'ana_p_x', 'r8')).rejects.toMatchObject({ code: 'token-unknown' });
    });

    test('error: an assertion that is replayed, stale, foreign, or missing', async () => {
      const given = await grant();
      const once = await token(given);
      await once.ask();
      await expect(once.ask()).rejects.toMatchObject({ code: 'invalid-client' });
      const now = Math.floor(Date.now() / 1000);
      await expect((await token(given, {}, now - 900)).ask()).rejects.toMatchObject({ code: 'invalid-client' });
      const { tokenUrl } = aldhelm.context;
      const forged = await signAssertion(aldhelm.node.key, { issuer: luz.profileUrl, tokenUrl, now });
      const other = await signAssertion(aldhelm.node.key, { issuer: aldhelm.node.profileUrl, tokenUrl, now });
      for (const client_assertion of [forged, other, 'x']) {
        await expect((await token(given, { client_assertion })).ask()).rejects.toMatchObject({
          code: 'invalid-client',
        });
      }
      const { parameters } = await token(given);
      parameters.delete('client_assertion');
      await expect(issueToken(aldhelm.context, parameters, 'r')).rejects.toMatchObject({ code: 'invalid-request' });
    });

    test('error: a consent that is malformed, for another organisation, or of another purpose', async () => {
      const given = await grant();
      for (const [change, code] of [
        [{ consent: 'not base64url!' }, 'invalid-grant'],
        [{ consent: Buffer.from('{"terms":{}}').toString('base64url') }, 'invalid-grant'],
        [{ consent: encodeGrant(await grant({ grantee: 1 })) }, 'invalid-client'],
        [{ consent: encodeGrant(await grant({ grantee: 77 })) }, 'invalid-client'],
        [{ purpose: 'HRESCH' }, 'invalid-grant'],
        [{ purpose: 'because' }, 'invalid-request'],
        [{ practitioner: 'http://evil/' }, 'invalid-request'],
        [{ grant_type: 'password' }, 'unsupported-grant-type'],
      ] as const) {
        await expect((await token(given, change)).ask()).rejects.toMatchObject({ code });
      }
    });
  });
});
