import { newSeed, subjectAccount } from '@anamnesis/crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES, type TestDatabase } from '../testing/databases.ts';
import { type HttpNode, startHttpNode } from '../testing/http-node.ts';
import { json, linkPatient, patientToken } from '../testing/portal-world.ts';
import { admitOrganization, startWorld, type World } from '../testing/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

describe.each(ENGINES)('health, notes and the auditor’s log: $name', ({ open, name }) => {
  let own: TestDatabase;
  let node: HttpNode;
  let maria: string;
  let john: string;

  beforeAll(async () => {
    own = await open();
    const id = name === 'PGlite' ? 1 : 2;
    const who = await admitOrganization(world, id, 'St. Aldhelm Hospital', 'https://aldhelm.example');
    node = await startHttpNode(world, who, own);
    const link = async (patient: string): Promise<string> => {
      const { chainId, organization } = node.context.ledger;
      const signer = subjectAccount(newSeed(), { chainId, organization });
      await linkPatient(node, patient, signer);
      return patientToken(node, signer);
    };
    [maria, john] = [await link('maria'), await link('john')];
    const result = { resourceType: 'Observation', id: 'hb', status: 'final', code: { text: 'Haemoglobin' } };
    const body = { ...result, subject: { reference: 'Patient/maria' }, valueString: '12' };
    await json(node, 'PUT', '/fhir/R4/Observation/hb', { body, token: node.tokens.integrator });
  });
  afterAll(async () => {
    await node.stop();
    await own.end();
  });
  const get = (path: string, token?: string) => json(node, 'GET', path, { token });
  const post = (path: string, body: unknown, token?: string) => json(node, 'POST', path, { body, token });

  describe('health', () => {
    test('default: its operator sees every part', async () => {
      const { status, body } = await get('/api/v1/health', node.tokens.operator);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        ledger: { condition: 'ok', stale: false, block: expect.any(Number) },
        operator: { condition: 'ok', free: true, address: expect.stringMatching(/^0x/) },
        database: { condition: 'ok', engine: name === 'PGlite' ? 'pglite' : 'postgres' },
      });
      const [records] = body.sealing.logs;
      expect(records).toMatchObject({ log: 'records', size: 3, waiting: 3 });
      expect(records.waitingMs).toBeGreaterThanOrEqual(0);
      expect(body.keys[0]).toMatchObject({ name: 'operator', condition: 'ok' });
      expect(JSON.stringify(body)).not.toMatch(/maria|Santos/);
    });

    test('behavior: a peer whose node does not answer is worth a look, and no failure of ours', async () => {
      await admitOrganization(world, name === 'PGlite' ? 2 : 3, 'Away', 'https://away.example').catch(() => {});
      await node.context.directory.sync();
      const { body } = await get('/api/v1/health', node.tokens.operator);
      expect(body.peers.every((peer: { reachable: boolean }) => !peer.reachable)).toBe(true);
      expect(['ok', 'warning']).toContain(body.condition);
    });

    test('behavior: metrics for everybody, with routes by pattern and nothing of a patient', async () => {
      await get('/fhir/R4/Patient/maria', node.tokens.clinician);
      const answer = await fetch(`${node.url}/metrics`);
      expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0.0.4/);
      const text = await answer.text();
      expect(text).toMatch(/^anamnesis_log_unsealed\{log="records"\} 3$/m);
      expect(text).toMatch(/^anamnesis_http_request_seconds_count\{method="GET",route="[^"]*:id",status="2xx"\} \d+$/m);
      expect(text).not.toMatch(/maria/);
      for (const line of text.trimEnd().split('\n')) {
        expect(line).toMatch(/^(# (HELP|TYPE) \S+ .+|[a-z_]+(\{[^}]*\})? -?[0-9.e+]+)$/);
      }
    });

    test('error: nobody else', async () => {
      for (const role of ['clinician', 'registrar', 'integrator', 'auditor'] as const) {
        expect((await get('/api/v1/health', node.tokens[role])).status).toBe(403);
        expect((await post('/api/v1/health/retry', {}, node.tokens[role])).status).toBe(403);
      }
      expect((await get('/api/v1/health', maria)).status).toBe(403);
      expect((await get('/api/v1/health')).status).toBe(401);
      expect((await post('/api/v1/health/retry', {}, node.tokens.operator)).status).toBe(204);
    });
  });

  describe('the auditor', () => {
    test('default: all of the log, one patient’s part, and proofs; no record', async () => {
      const all = await get('/api/v1/access-log', node.tokens.auditor);
      expect(all.status).toBe(200);
      expect(all.body.entries.length).toBeGreaterThan(2);
      expect((await get('/api/v1/access-log?patient=maria', node.tokens.auditor)).status).toBe(200);
      const { index } = all.body.entries[0].proof;
      expect((await get(`/api/v1/proofs/access/${index}`, node.tokens.auditor)).status).toBe(200);
      for (const path of ['/fhir/R4/Observation/hb', '/api/v1/export?patient=maria']) {
        expect((await get(path, node.tokens.auditor)).status).toBe(403);
      }
    });

    test('behavior: the auditor’s look is in the log too', async () => {
      await get('/api/v1/access-log', node.tokens.auditor);
      const { body } = await get('/api/v1/access-log?count=1', node.tokens.auditor);
      expect(JSON.stringify(body.entries[0].event)).toContain('Practitioner/auditor');
    });

    test('error: nobody else without naming a patient', async () => {
      expect((await get('/api/v1/access-log', node.tokens.clinician)).status).toBe(400);
      expect((await get('/api/v1/access-log', node.tokens.operator)).status).toBe(400);
      expect((await get('/api/v1/access-log?patient=maria', node.tokens.operator)).status).toBe(403);
    });
  });

  describe('notes', () => {
    test('default: she says something about a result; staff find it as FHIR and answer; she is told', async () => {
      const note = { kind: 'note', text: 'I had not <b>eaten</b>', about: 'Observation/hb' };
      const { status, body } = await post('/api/v1/notes', note, maria);
      expect(status).toBe(201);
      expect(body.resource).toMatchObject({
        ...{ resourceType: 'Communication', about: [{ reference: 'Observation/hb' }] },
        ...{ sender: { reference: 'Patient/maria' }, payload: [{ contentString: 'I had not <b>eaten</b>' }] },
      });
      const category = encodeURIComponent('https://anamnesis.example/code/contributed|note');
      const found = await get(`/fhir/R4/Communication?category=${category}`, node.tokens.clinician);
      expect(found.body.entry).toHaveLength(1);
      const reply = { reference: body.reference, text: 'Thank you' };
      const answered = await post('/api/v1/notes/answers', reply, node.tokens.clinician);
      expect(answered).toMatchObject({
        status: 201,
        body: { resource: { inResponseTo: [{ reference: body.reference }] } },
      });
      const { notices } = (await get('/api/v1/notices', maria)).body;
      expect(notices[0]).toMatchObject({ kind: 'note', seenAt: null });
      expect((await get(`/fhir/R4/${answered.body.reference}`, maria)).status).toBe(200);
      const staff = (await get('/api/v1/notices', node.tokens.clinician)).body.notices;
      expect(staff[0]).toMatchObject({ kind: 'note', ref: body.reference });
    });

    test('behavior: a correction is asked for, taken up and finished, once', async () => {
      const id = crypto.randomUUID();
      const wish = { id, kind: 'correction', text: 'This is not mine', about: 'Observation/hb' };
      const made = await post('/api/v1/notes', wish, maria);
      expect(made.body).toMatchObject({
        reference: `Task/${id}`,
        resource: { status: 'requested', description: 'This is not mine' },
      });
      // Sent again after the answer was lost.
      expect((await post('/api/v1/notes', wish, maria)).body.resource.meta.versionId).toBe('1');
      const decide = (decision: string) =>
        post('/api/v1/notes/answers', { reference: `Task/${id}`, text: 'We look', decision }, node.tokens.clinician);
      expect((await decide('accepted')).body.resource).toMatchObject({
        status: 'accepted',
        note: [{ text: 'We look' }],
      });
      expect((await decide('completed')).body.resource.note).toHaveLength(2);
      expect((await decide('rejected')).status).toBe(409);
    });

    test('behavior: a record is corrected by a new version, which leads to the request and to the old version, and they to it', async () => {
      const wish = { kind: 'correction', text: 'It was 13', about: 'Observation/hb' };
      const { reference } = (await post('/api/v1/notes', wish, maria)).body;
      const old = (await get('/fhir/R4/Observation/hb', node.tokens.clinician)).body;
      const corrected = { ...old, valueString: '13' };
      const answer = { reference, text: 'You are right', decision: 'completed', corrected };
      const wrong = { ...answer, corrected: { ...corrected, id: 'other' } };
      expect((await post('/api/v1/notes/answers', wrong, node.tokens.clinician)).status).toBe(400);
      const unchanged = { ...answer, corrected: old };
      expect((await post('/api/v1/notes/answers', unchanged, node.tokens.clinician)).status).toBe(409);
      expect(
        (await post('/api/v1/notes/answers', { ...answer, decision: 'accepted' }, node.tokens.clinician)).status,
      ).toBe(400);
      const { status, body } = await post('/api/v1/notes/answers', answer, node.tokens.clinician);
      const [before, after] = [
        `Observation/hb/_history/${old.meta.versionId}`,
        `Observation/hb/_history/${Number(old.meta.versionId) + 1}`,
      ];
      expect([status, body.resource]).toMatchObject([
        201,
        { status: 'completed', output: [{ valueReference: { reference: after } }] },
      ]);
      // As she sees it herself: now, and as it was.
      expect((await get('/fhir/R4/Observation/hb', maria)).body.valueString).toBe('13');
      expect((await get(`/fhir/R4/${before}`, maria)).body.valueString).toBe('12');
      for (const query of ['target=Observation/hb', `entity=${reference}`, `entity=${before}`]) {
        const found = (await get(`/fhir/R4/Provenance?${query}`, maria)).body;
        expect([query, found.entry?.[0]?.resource]).toMatchObject([
          query,
          {
            target: [{ reference: after }, { reference: 'Patient/maria' }],
            agent: [{ who: { reference: 'Practitioner/clinician' } }],
            entity: [
              { role: 'revision', what: { reference: before } },
              { role: 'source', what: { reference } },
            ],
          },
        ]);
      }
      expect((await post('/api/v1/notes/answers', answer, node.tokens.clinician)).status).toBe(409);
    });

    test('error: what is not hers, no note, or not hers to write', async () => {
      const note = { kind: 'note', text: 'hello' };
      expect((await post('/api/v1/notes', { ...note, about: 'Observation/hb' }, john)).status).toBe(404);
      for (const bad of [
        {},
        { ...note, kind: 'claim' },
        { ...note, text: '' },
        { ...note, text: 'x'.repeat(1_000_000) },
        { ...note, text: '\u0000' },
        { ...note, about: '../x' },
        { ...note, id: '1' },
        { kind: 'correction', text: 'something' },
      ]) {
        expect((await post('/api/v1/notes', bad, maria)).status, JSON.stringify(bad).slice(0, 80)).toBe(400);
      }
      for (const role of ['clinician', 'operator', 'auditor'] as const) {
        expect((await post('/api/v1/notes', note, node.tokens[role])).status).toBe(403);
      }
      const answer = { reference: 'Observation/hb', text: 'x' };
      expect((await post('/api/v1/notes/answers', answer, node.tokens.clinician)).status).toBe(400);
      expect(
        (await post('/api/v1/notes/answers', { ...answer, reference: 'Task/none' }, node.tokens.clinician)).status,
      ).toBe(404);
      expect((await post('/api/v1/notes/answers', answer, maria)).status).toBe(403);
      // Her session writes nothing else.
      const body = {
        resourceType: 'Observation',
        status: 'final',
        code: { text: 'x' },
        subject: { reference: 'Patient/maria' },
      };
      expect((await json(node, 'POST', '/fhir/R4/Observation', { body, token: maria })).status).toBe(403);
    });
  });
});
