import {
  ACTIONS,
  ANYONE,
  CARE_OPEN_END,
  CARE_OPEN_START,
  CATEGORIES,
  type ConsentTerms,
  consentDomain,
  maskOf,
  maskOfAll,
  PURPOSES,
  recipientOf,
} from '@anamnesis/protocol';
import { bearer, connect, type PortalEvent, revokeConsent, signConsent, streamEvents } from '@anamnesis/sdk';
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LOCATIONS } from '../testing/databases.ts';
import { json, linkPatient, type PortalNode, patientToken, portalNode } from '../testing/portal-world.ts';
import { type SmartNode, startSmartNode } from '../testing/smart-world.ts';
import { random32, startWorld, type World } from '../testing/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const SILVA = 'Practitioner/hale';
const uuid = () => crypto.randomUUID();

describe.each(LOCATIONS)('requests for access: $name', ({ at }) => {
  let aldhelm: PortalNode & { node: SmartNode };
  let luzNova: PortalNode & { node: SmartNode };
  let signer: PrivateKeyAccount;
  let token: string;
  let index = 0;

  const start = async () => {
    const node = await startSmartNode(world, await at());
    return { node, ...portalNode(node) };
  };
  beforeAll(async () => {
    [aldhelm, luzNova] = [await start(), await start()];
    signer = privateKeyToAccount(generatePrivateKey());
    await linkPatient(aldhelm, 'maria', signer);
    token = await patientToken(aldhelm, signer);
    await eventually(async () => (await organizations(luzNova)).length >= (await organizations(aldhelm)).length);
  });
  afterAll(async () => {
    await aldhelm.node.stop();
    await luzNova.node.stop();
  });

  const organizations = async (node: PortalNode) =>
    (await json(node, 'GET', '/api/v1/organizations')).body.organizations as { id: number; name: string }[];
  const idOf = (node: PortalNode) => node.context.ledger.organization;
  const wish = (more: object = {}) => ({
    ...{ id: uuid(), custodian: idOf(aldhelm), subject: signer.address, categories: ['laboratory', 'allergies'] },
    ...more,
  });
  const ask = (more: object = {}, bearerToken = luzNova.tokens.clinician) =>
    json(luzNova, 'POST', '/api/v1/requests', { body: wish(more), token: bearerToken });
  const ofClinician = (id: string) =>
    json(luzNova, 'GET', `/api/v1/requests/${id}`, { token: luzNova.tokens.clinician });
  const ofPatient = (id: string) => json(aldhelm, 'GET', `/api/v1/requests/${id}`, { token });
  const answer = (id: string, body: object) => json(aldhelm, 'POST', `/api/v1/requests/${id}/answer`, { body, token });
  const domain = () => consentDomain(aldhelm.context.ledger.chainId, aldhelm.context.reader.deployment.consents);
  const consent = async (changes: Partial<ConsentTerms> = {}) => {
    const now = Math.floor(Date.now() / 1000);
    const terms: ConsentTerms = {
      ...{ subject: signer.address, epoch: 0, index: index++, grantee: idOf(luzNova), recipient: recipientOf(SILVA) },
      ...{ categories: maskOfAll(CATEGORIES), sensitive: 0, purposes: maskOf(PURPOSES, ['TREAT']) },
      ...{ actions: maskOf(ACTIONS, ['read']), careFrom: CARE_OPEN_START, careUntil: CARE_OPEN_END },
      ...{ validFrom: now - 60, validUntil: now + 86_400, salt: random32() },
      ...changes,
    };
    const { signature } = await signConsent(terms, domain(), signer);
    return { terms, signature };
  };

  test('default: asked at one hospital, shown at the other, granted, told back, and fetched at once', async () => {
    const asked = await ask({ preset: 'episode', note: 'Broken wrist,\nplease', fetch: true, patient: 'visitor-1' });
    expect(asked.status).toBe(201);
    expect(asked.body.request).toMatchObject({ state: 'requested', delivered: true, patient: 'visitor-1' });
    const { id } = asked.body.request;
    const shown = (await ofPatient(id)).body.request;
    expect(shown).toMatchObject({
      ...{ state: 'requested', grantee: idOf(luzNova), custodian: idOf(aldhelm), preset: 'episode', purpose: 'TREAT' },
      ...{ categories: ['allergies', 'laboratory'], note: 'Broken wrist,\nplease' },
      practitioner: { reference: SILVA },
    });
    // The other hospital's own number of her is nobody else's to know.
    expect(JSON.stringify(shown)).not.toContain('visitor-1');
    const given = await consent();
    const answered = await answer(id, given);
    expect(answered).toMatchObject({ status: 200, body: { request: { state: 'granted' } } });
    const told = await eventually(async () => {
      const { request } = (await ofClinician(id)).body;
      return request.fetched === undefined ? null : request;
    });
    expect(told).toMatchObject({ state: 'granted', grant: { signature: given.signature }, fetched: { failed: 0 } });
    expect(told.fetched.released).toBeGreaterThan(0);
    const received = `/api/v1/received?custodian=${idOf(aldhelm)}&subject=${signer.address}`;
    expect((await json(luzNova, 'GET', received, { token: luzNova.tokens.clinician })).status).toBe(200);
  });

  test('behavior: no is told back, and asking nothing; the same answer again is the same answer', async () => {
    const { id } = (await ask()).body.request;
    expect((await answer(id, { denied: true })).body.request).toMatchObject({ state: 'denied', consent: null });
    expect((await answer(id, { denied: true })).status).toBe(200);
    expect(await answer(id, await consent())).toMatchObject({ status: 409, body: { code: 'request-answered' } });
    await eventually(async () => (await ofClinician(id)).body.request.state === 'denied');
  });

  test('behavior: asking twice with one id is one request; a lost answer to a grant can be asked for again', async () => {
    const id = uuid();
    expect((await ask({ id })).status).toBe(201);
    expect((await ask({ id })).status).toBe(201);
    const waiting = (await json(aldhelm, 'GET', '/api/v1/requests?state=requested', { token })).body.requests;
    expect(waiting.filter((one: { id: string }) => one.id === id)).toHaveLength(1);
    const given = await consent();
    const both = await Promise.all([answer(id, given), answer(id, given)]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    expect(await answer(id, given)).toMatchObject({ status: 200, body: { request: { state: 'granted' } } });
    expect((await answer(id, { denied: true })).status).toBe(409);
  });

  test('behavior: taken back before it is answered', async () => {
    const { id } = (await ask()).body.request;
    const withdraw = () => json(luzNova, 'DELETE', `/api/v1/requests/${id}`, { token: luzNova.tokens.clinician });
    expect((await withdraw()).body.request.state).toBe('withdrawn');
    expect((await withdraw()).status).toBe(200);
    await eventually(async () => (await ofPatient(id)).body.request.state === 'withdrawn');
    expect(await answer(id, await consent())).toMatchObject({ status: 409, body: { code: 'request-ended' } });
  });

  test('behavior: notices wait until they are seen, for her and for who asked, and tell kinds and ids alone', async () => {
    const { id } = (await ask({ note: 'HIV status please' })).body.request;
    const notices = async (node: PortalNode, bearerToken: string) =>
      (await json(node, 'GET', '/api/v1/notices', { token: bearerToken })).body.notices as {
        id: string;
        kind: string;
        ref: string;
        seenAt: number | null;
      }[];
    const mine = (await notices(aldhelm, token)).find(({ ref }) => ref === id);
    expect(Object.keys(mine ?? {}).sort()).toEqual(['at', 'id', 'kind', 'ref', 'seenAt']);
    expect(mine).toMatchObject({ kind: 'request', seenAt: null });
    const see = (who: string) => json(aldhelm, 'POST', `/api/v1/notices/${mine?.id}/seen`, { token: who });
    expect((await see(aldhelm.tokens.clinician)).status).toBe(404);
    expect((await see(token)).status).toBe(204);
    expect((await see(token)).status).toBe(204);
    expect((await notices(aldhelm, token)).find(({ ref }) => ref === id)?.seenAt).toBeGreaterThan(0);
    await answer(id, { denied: true });
    await eventually(async () =>
      (await notices(luzNova, luzNova.tokens.clinician)).some(
        ({ kind, ref }) => kind === 'request-answered' && ref === id,
      ),
    );
  });

  test('behavior: live events come to both; a refusal reaches the clinician’s screen by the ledger', async () => {
    const stop = new AbortController();
    const heard: { patient: PortalEvent[]; clinician: PortalEvent[] } = { patient: [], clinician: [] };
    const follow = async (node: PortalNode, bearerToken: string, into: PortalEvent[]): Promise<() => Promise<void>> => {
      const connection = connect({ baseUrl: node.url, credentials: bearer(bearerToken) });
      const events = streamEvents(connection, { signal: stop.signal });
      expect((await events.next()).value).toBeNull();
      const reading = (async () => {
        for await (const event of events) if (event !== null) into.push(event);
      })();
      return () => reading;
    };
    const ends = [
      await follow(aldhelm, token, heard.patient),
      await follow(luzNova, luzNova.tokens.clinician, heard.clinician),
    ];
    const { id } = (await ask({ fetch: true })).body.request;
    await eventually(async () => heard.patient.some(({ kind, ref }) => kind === 'request' && ref === id));
    const given = await consent();
    await answer(id, given);
    await eventually(async () => heard.clinician.some(({ kind }) => kind === 'received'));
    const before = heard.clinician.length;
    const { subject, index: at } = given.terms;
    const connection = connect({ baseUrl: aldhelm.url, credentials: bearer(token) });
    await revokeConsent(connection, { subject, index: at, domain: domain(), signer });
    const ref = `${idOf(aldhelm)}/${signer.address.toLowerCase()}`;
    await eventually(async () =>
      heard.clinician.slice(before).some((one) => one.kind === 'received' && one.ref === ref),
    );
    expect(heard.patient.some(({ kind }) => kind === 'consents')).toBe(true);
    stop.abort();
    await Promise.all(ends.map((end) => end()));
  });

  test('behavior: the other node is away: the request waits, and arrives when it is back', async () => {
    const away = await start();
    const lonely = privateKeyToAccount(generatePrivateKey());
    await linkPatient(away, 'lonely', lonely);
    // Its profile is known before it goes.
    await eventually(() =>
      luzNova.context.directory.peer(idOf(away)).then(
        () => true,
        () => false,
      ),
    );
    await away.node.stop();
    const asked = await ask({ custodian: idOf(away), subject: lonely.address });
    expect(asked).toMatchObject({ status: 201, body: { request: { state: 'requested', delivered: false } } });
    const { startNode } = await import('../node.ts');
    const back = await startNode(away.node.running.config);
    await eventually(async () => (await ofClinician(asked.body.request.id)).body.request.delivered);
    await back.stop();
  });

  test('error: an answer for somebody else, or to a request that is another’s', async () => {
    const { id } = (await ask()).body.request;
    for (const changes of [{ grantee: idOf(aldhelm) }, { recipient: recipientOf('Practitioner/else') }] as const) {
      expect((await answer(id, await consent(changes))).status).toBe(400);
    }
    const wrong = await consent();
    expect((await answer(id, { ...wrong, signature: (await consent()).signature })).status).toBe(403);
    for (const body of [{}, { denied: false }, { denied: true, ...wrong }, [], { terms: null }]) {
      expect((await answer(id, body)).status).toBe(400);
    }
    const other = privateKeyToAccount(generatePrivateKey());
    await linkPatient(aldhelm, 'john', other);
    const thief = await patientToken(aldhelm, other);
    const steal = json(aldhelm, 'POST', `/api/v1/requests/${id}/answer`, { body: { denied: true }, token: thief });
    expect((await steal).status).toBe(404);
    expect((await json(aldhelm, 'GET', '/api/v1/requests', { token: thief })).body.requests).toEqual([]);
    for (const role of ['clinician', 'operator'] as const) {
      const body = { denied: true };
      const own = await json(aldhelm, 'POST', `/api/v1/requests/${id}/answer`, { body, token: aldhelm.tokens[role] });
      expect(own.status).toBe(403);
    }
    // It can still be answered, by anybody at the grantee if she likes.
    expect((await answer(id, await consent({ recipient: ANYONE }))).status).toBe(200);
  });

  test('error: requests that are none, for nobody, or by who may not', async () => {
    for (const more of [
      { categories: [] },
      { categories: ['everything'] },
      { sensitive: ['secrets'] },
      { purpose: 'CURIOSITY' },
      { preset: 'forever' },
      { note: 'x'.repeat(3000) },
      { note: 'bell \u0007' },
      { subject: 'maria' },
      { id: '1' },
      { custodian: 0 },
      { custodian: 'x' },
      { patient: '../x' },
      { fetch: 'yes' },
      { expiresAt: 1, more: 1 },
    ]) {
      expect((await ask(more)).status, JSON.stringify(more)).toBe(400);
    }
    expect((await ask({ custodian: idOf(luzNova) })).status).toBe(422);
    for (const role of ['operator', 'auditor'] as const) expect((await ask({}, luzNova.tokens[role])).status).toBe(403);
    const nobody = await ask({ subject: privateKeyToAccount(generatePrivateKey()).address });
    expect(nobody.body.request.state).toBe('undeliverable');
  });

  test('error: messages of who is no organisation', async () => {
    const message = { kind: 'withdrawal', id: uuid() };
    for (const body of [
      {},
      { organization: idOf(luzNova), assertion: 'x', message },
      { organization: 999, assertion: 'a.b.c', message },
      { organization: idOf(luzNova), message },
    ]) {
      const { status } = await json(aldhelm, 'POST', '/api/v1/peer/messages', { body });
      expect([400, 401]).toContain(status);
    }
  });
});

/** Asks until the answer is true or a value; gives up after 15 seconds. */
async function eventually<T>(ask: () => Promise<T | null | false>): Promise<T> {
  const end = Date.now() + 15_000;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error('it did not come');
    await new Promise((done) => setTimeout(done, 25));
  }
}
