import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { endEmergency, setEmergencyQuota } from '@anamnesis/ledger';
import { encodeProfile, type Role } from '@anamnesis/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES } from '../../../testing/databases.ts';
import { type HttpAnswer, type HttpNode, startHttpNode } from '../../../testing/http-node.ts';
import { admitOrganization, type Identity, startWorld, type World } from '../../../testing/world.ts';
import { readAccessLog } from '../../audit/index.ts';
import { ensureClient, hashSecret, newSecret } from '../../consent/index.ts';
import { listNotices } from '../../events/index.ts';

const TEXT = 'Found unconscious in the street, no relatives reached';
const LOINC = 'http://loinc.org';
const ICD = 'http://hl7.org/fhir/sid/icd-10';
const coded = (system: string, code: string) => ({ coding: [{ system, code }] });
const subject = { reference: 'Patient/maria' };

const RECORDS = [
  { resourceType: 'Patient', id: 'maria', name: [{ family: 'Hale' }] },
  { resourceType: 'Patient', id: 'john' },
  {
    resourceType: 'AllergyIntolerance',
    id: 'penicillin',
    code: coded('http://snomed.info/sct', '91936005'),
    patient: subject,
  },
  { resourceType: 'Condition', id: 'diabetes', code: coded(ICD, 'E11.9'), subject },
  { resourceType: 'Condition', id: 'depression', code: coded(ICD, 'F32.1'), subject },
  { resourceType: 'Condition', id: 'johns', code: coded(ICD, 'E11.9'), subject: { reference: 'Patient/john' } },
  { resourceType: 'Observation', id: 'glucose', status: 'final', code: coded(LOINC, '2345-7'), subject },
  {
    ...{ resourceType: 'DocumentReference', id: 'will', status: 'current', type: coded(LOINC, '86533-7'), subject },
    content: [{ attachment: { contentType: 'text/plain', data: 'bm8=' } }],
  },
  {
    ...{ resourceType: 'DocumentReference', id: 'letter', status: 'current', type: coded(LOINC, '11488-4'), subject },
    content: [{ attachment: { contentType: 'text/plain', data: 'bm8=' } }],
  },
];
const FIRST = ['AllergyIntolerance/penicillin', 'Condition/diabetes', 'DocumentReference/will', 'Patient/maria'];

describe.each(ENGINES)('emergency access on $name', ({ open }) => {
  let world: World;
  let aldhelm: HttpNode;
  let luz: HttpNode;
  let board: HttpNode;
  const fronts: Server[] = [];
  const identities = new Map<number, Identity>();
  let stale = false;

  /** A node at an address that is known before it listens: a server in front of it, which also serves what the Directory pins. */
  async function start(id: number, name: string, role: Role): Promise<HttpNode> {
    let forward: (request: IncomingMessage) => Promise<{ status: number; text: string }>;
    const front = createServer(async (request, response) => {
      const { status, text } = await forward(request);
      response.statusCode = status;
      response.end(text);
    });
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
    fronts.push(front);
    const origin = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
    const who = await admitOrganization(world, id, name, origin, [role]);
    identities.set(id, who);
    const node = await startHttpNode(world, who, await open(), { publicUrl: origin });
    forward = async (request) => {
      if (request.url === '/.well-known/anamnesis')
        return { status: 200, text: new TextDecoder().decode(encodeProfile(who.profile)) };
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { authorization, 'content-type': type } = request.headers;
      const answer = await fetch(`${node.url}${request.url}`, {
        method: request.method ?? 'GET',
        headers: { ...(authorization && { authorization }), ...(type && { 'content-type': type }) },
        ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
      });
      return { status: answer.status, text: await answer.text() };
    };
    return node;
  }

  beforeAll(async () => {
    world = await startWorld();
    aldhelm = await start(1, 'St. Aldhelm Hospital', 'provider');
    luz = await start(2, 'Hospital da Luz Nova', 'provider');
    board = await start(3, 'Civic Ethics Board', 'ethics-board');
    await world.send(world.ledger.deployer, setEmergencyQuota(world.reader.deployment, { id: 2, quota: 2 }));
    for (const node of [aldhelm, luz, board]) await node.context.directory.sync();
    for (const record of RECORDS)
      expect((await aldhelm.send('PUT', `/${record.resourceType}/${record.id}`, { body: record })).status).toBe(201);
  }, 120_000);
  afterAll(async () => {
    for (const node of [aldhelm, luz, board]) await node?.stop();
    for (const server of fronts) server.close();
    await world.stop();
  });

  const api = (
    node: HttpNode,
    method: string,
    path: string,
    body?: unknown,
    token = node.tokens.clinician,
  ): Promise<HttpAnswer> =>
    node.send(method, `/../../api/v1${path}`, {
      token,
      ...(body !== undefined && { body, headers: { 'content-type': 'application/json' } }),
    });
  const declaration = { custodian: 1, patient: 'maria', reason: 'unconscious', text: TEXT, hours: 1 };

  /** Until the ledger has it: the answer while it does not is 409. */
  async function fetched(id: string, body: object): Promise<HttpAnswer> {
    for (;;) {
      const answer = await api(luz, 'POST', `/emergencies/${id}/fetch`, body);
      if (answer.status !== 409) return answer;
    }
  }
  const received = async (): Promise<string[]> => {
    const [{ subject = '' } = {}] = await luz.context.database.query<{ subject: string }>(
      'select subject from received_grant',
    );
    const answer = await api(luz, 'GET', `/received?custodian=1&subject=${subject}`);
    if (answer.status !== 200) return [answer.json.code];
    return answer.json.entry
      .map(
        ({ resource }: { resource: { resourceType: string; id: string } }) => `${resource.resourceType}/${resource.id}`,
      )
      .filter((one: string) => !one.startsWith('Provenance/'))
      .sort();
  };

  let declared: string;

  test('default: declared on the ledger, the first set is released, in her log and in front of her before it is', async () => {
    const answer = await api(luz, 'POST', '/emergencies', declaration);
    expect([answer.status, answer.json.state]).toEqual([202, 'pending']);
    declared = answer.json.id;
    const result = await fetched(declared, { set: 'first' });
    expect(result.json).toMatchObject({ released: FIRST.length, failed: [] });
    expect(await received()).toEqual(FIRST);
    const { entries } = await readAccessLog(aldhelm.context, aldhelm.context.database, {
      patient: 'maria',
      count: 1000,
    });
    const events = entries.map(({ event }) => JSON.stringify(event));
    const first = events.findIndex((event) => event.includes('"code":"emergency"') && event.includes('ETREAT'));
    expect(first).toBeGreaterThan(0);
    expect(events.slice(0, first).every((event) => event.includes('ETREAT'))).toBe(true);
    const { notices } = await listNotices(aldhelm.context.database, ['Patient/maria']);
    expect(notices).toMatchObject([{ kind: 'emergency', ref: declared, seenAt: null }]);
  }, 60_000);

  test('behavior: nothing about her or why is on the ledger', async () => {
    const rows = await luz.context.database.query<{ content: string }>('select content from ledger_event');
    const all =
      JSON.stringify(rows) + JSON.stringify(await luz.context.database.query('select call_content from outbox'));
    for (const word of [
      'maria',
      Buffer.from('maria').toString('hex'),
      'unconscious in',
      Buffer.from(TEXT).toString('hex'),
    ])
      expect(all.toLowerCase()).not.toContain(word.toLowerCase());
  });

  test('behavior: the rest comes on a second step with a reason of its own, and she is told again', async () => {
    expect((await fetched(declared, { set: 'rest' })).json).toMatchObject({ status: 403 });
    const result = await fetched(declared, { set: 'rest', text: 'Needs surgery, history of all treatment' });
    expect(result.json).toMatchObject({ failed: [] });
    expect(await received()).toEqual(
      RECORDS.filter(({ id }) => id !== 'john' && id !== 'johns')
        .map(({ resourceType, id }) => `${resourceType}/${id}`)
        .sort(),
    );
    const { notices } = await listNotices(aldhelm.context.database, ['Patient/maria']);
    expect(notices.map(({ ref }) => ref)).toEqual([`${declared}/rest`, declared]);
  }, 60_000);

  test('behavior: nobody but who declared it reads in it or sees what came', async () => {
    const other = newSecret('client');
    await ensureClient(
      luz.context.database,
      { name: 'Dr Costa', actor: 'Practitioner/costa', role: 'clinician' },
      { now: Date.now(), token: other },
    );
    expect((await api(luz, 'POST', `/emergencies/${declared}/fetch`, { set: 'first' }, other)).status).toBe(422);
    const [{ subject = '' } = {}] = await luz.context.database.query<{ subject: string }>(
      'select subject from received_grant',
    );
    expect((await api(luz, 'GET', `/received?custodian=1&subject=${subject}`, undefined, other)).status).toBe(403);
  });

  test('error: no more than the quota, not by software, not without words, not for a stranger', async () => {
    expect((await api(luz, 'POST', '/emergencies', declaration)).status).toBe(202);
    expect((await api(luz, 'POST', '/emergencies', declaration)).json).toMatchObject({
      status: 422,
      code: 'emergency-refused',
    });
    expect((await api(luz, 'POST', '/emergencies', { ...declaration, text: 'x' })).status).toBe(400);
    expect((await api(luz, 'POST', '/emergencies', { ...declaration, reason: 'curious' })).status).toBe(400);
    expect((await api(luz, 'POST', '/emergencies', declaration, luz.tokens.operator)).status).toBe(422);
    expect((await api(aldhelm, 'POST', '/emergencies', { ...declaration, patient: 'nobody' })).status).toBe(422);
  });

  test('behavior: without a recent view of the ledger nothing is declared nor opened', async () => {
    const token = newSecret('peer');
    await aldhelm.context.database.query(
      `insert into access_token (token_hash, consent_id, subject, organization, purpose, practitioner, actor, display, expires_at, emergency)
       values ($1, $2, '0x0', 2, 'ETREAT', 'Practitioner/clinician', 'x', null, $3, 'first')`,
      [hashSecret(token), declared, Math.floor(Date.now() / 1000) + 300],
    );
    expect((await aldhelm.send('GET', '/Condition/diabetes', { token })).status).toBe(200);
    expect((await aldhelm.send('GET', '/Condition/depression', { token })).status).toBe(404);
    expect((await aldhelm.send('GET', '/Condition/johns', { token })).status).toBe(404);
    const before = [aldhelm, luz].map((node) => node.context.isLedgerStale);
    for (const node of [aldhelm, luz]) Object.assign(node.context, { isLedgerStale: () => stale });
    stale = true;
    try {
      expect((await api(luz, 'POST', '/emergencies', declaration)).json).toMatchObject({
        status: 503,
        code: 'ledger-stale',
      });
      expect((await aldhelm.send('GET', '/Condition/diabetes', { token })).status).toBe(503);
    } finally {
      stale = false;
      for (const [at, node] of [aldhelm, luz].entries()) Object.assign(node.context, { isLedgerStale: before[at] });
    }
  });

  test('behavior: a box that was closed opens nothing more, at either hospital; it waits for a review, and another organisation closes it on the ledger', async () => {
    const [{ slot = 0 } = {}] = await luz.context.database.query<{ slot: number }>(
      'select slot from emergency where id = $1',
      [declared],
    );
    const { operator } = identities.get(2) as Identity;
    await world.send(operator, endEmergency(world.reader.deployment, { slot }));
    for (const node of [aldhelm, luz, board]) await node.context.directory.sync();
    expect((await fetched(declared, { set: 'first' })).status).toBe(403);
    expect(await received()).toEqual(['consent-refused']);
    const queue = await api(board, 'GET', '/emergencies?state=due');
    const [waiting] = queue.json.emergencies.filter(({ id }: { id: string }) => id === declared);
    expect(waiting).toMatchObject({ organization: 2, reason: 'unconscious', text: null, patient: null });
    expect((await api(aldhelm, 'GET', '/emergencies?state=due')).json.emergencies).toMatchObject([
      { side: 'asked', patient: 'maria', text: TEXT },
    ]);
    expect((await api(luz, 'POST', `/emergencies/${declared}/review`, { outcome: 'justified', text: '' })).status).toBe(
      422,
    );
    await api(board, 'POST', `/emergencies/${declared}/review`, { outcome: 'not-justified', text: 'no' });
    for (;;) {
      await aldhelm.context.directory.sync();
      const { emergencies } = (await api(aldhelm, 'GET', '/emergencies?state=reviewed')).json;
      if (emergencies.length === 0) continue;
      expect(emergencies).toMatchObject([{ id: declared, outcome: 'not-justified' }]);
      break;
    }
  }, 60_000);

  test('behavior: staff whom a directive withholds a record from break the glass in the house: told, logged, reviewed by another', async () => {
    const directive = {
      ...{ resourceType: 'Consent', id: 'not-the-clinician', status: 'active', patient: subject },
      scope: coded('http://terminology.hl7.org/CodeSystem/consentscope', 'patient-privacy'),
      category: [coded(LOINC, '59284-0')],
      provision: {
        type: 'permit',
        provision: [
          { type: 'deny', actor: [{ role: coded('x', 'IRCP'), reference: { reference: 'Practitioner/clinician' } }] },
        ],
      },
    };
    expect((await aldhelm.send('PUT', '/Consent/not-the-clinician', { body: directive })).status).toBe(403);
    const { registrar } = aldhelm.tokens;
    expect(
      (await aldhelm.send('PUT', '/Consent/not-the-clinician', { body: directive, token: registrar })).status,
    ).toBe(201);
    const emergency = { headers: { 'x-purpose-of-use': 'ETREAT' } };
    expect((await aldhelm.send('GET', '/Condition/diabetes', emergency)).status).toBe(404);
    const { id } = (await api(aldhelm, 'POST', '/emergencies', declaration)).json;
    expect((await aldhelm.send('GET', '/Condition/diabetes')).status).toBe(404);
    expect((await aldhelm.send('GET', '/Condition/diabetes', emergency)).status).toBe(200);
    expect((await aldhelm.send('GET', '/Condition?_summary=count', emergency)).json.total).toBe(3);
    const { notices } = await listNotices(aldhelm.context.database, ['Patient/maria']);
    expect(notices[0]).toMatchObject({ kind: 'emergency', ref: id });
    await aldhelm.context.database.query('update emergency set until = 1, declared_at = 1 where id = $1', [id]);
    expect((await aldhelm.send('GET', '/Condition/diabetes', emergency)).status).toBe(404);
    expect((await api(aldhelm, 'GET', '/emergencies?state=overdue')).json.emergencies).toMatchObject([
      { id, side: 'own' },
    ]);
    const judged = { outcome: 'justified', text: 'yes' };
    expect((await api(aldhelm, 'POST', `/emergencies/${id}/review`, judged)).status).toBe(422);
    expect((await api(aldhelm, 'POST', `/emergencies/${id}/review`, judged, registrar)).status).toBe(202);
    expect((await api(aldhelm, 'GET', '/emergencies?state=overdue')).json.emergencies).toEqual([]);
  });
});
