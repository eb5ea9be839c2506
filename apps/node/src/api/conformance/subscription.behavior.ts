import { describe, expect, test } from 'vitest';
import { readAccessLog } from '../../modules/audit/index.ts';
import { disableClient } from '../../modules/consent/index.ts';
import {
  BASE,
  IG,
  isEvent,
  type Json,
  numbersIn,
  parameterOf,
  subscribing,
  subscription,
  summary,
  TOPIC,
} from './subscription.fixture.ts';
import { describeSubscriptionResource } from './subscription-resource.behavior.ts';
import { describeWebsocket } from './subscription-websocket.behavior.ts';
import { created, patient, type Subject } from './suite.fixture.ts';

/** Subscriptions (https://hl7.org/fhir/uv/subscriptions-backport/STU1.1). */
export function describeSubscriptions(subject: Subject): void {
  const use = subscribing(subject);
  const { send, at, newPath, make, listening, statusOf, eventually, observation, past } = use;

  describe('rest-hook', () => {
    test('default: handshake, then what matches, in order, and nothing else', async () => {
      const own = await created(subject(), patient());
      const other = await created(subject(), patient());
      const { id, path } = await listening({
        filters: [`Observation?patient=Patient/${own}&code=8867-4`],
        channel: { header: ['Authorization: Bearer of-the-app'] },
      });
      const [greeting] = use.hook.told.filter(at(path));
      expect(greeting && summary(greeting)).toEqual(['handshake', '0', []]);
      expect(greeting?.headers).toMatchObject({
        authorization: 'Bearer of-the-app',
        'content-type': 'application/fhir+json',
      });
      expect(greeting?.json).toMatchObject({
        resourceType: 'Bundle',
        type: 'history',
        meta: { profile: [`${IG}subscription-notification-r4`] },
      });
      const first = await observation(own, '8867-4');
      await observation(own, '29463-7');
      await observation(other, '8867-4');
      const second = await observation(own, '8867-4');
      await past(path, 1);
      await eventually(async () => numbersIn(use.hook.told.filter(at(path))).length >= 2);
      const events = use.hook.told.filter((told) => at(path)(told) && isEvent(told));
      expect(numbersIn(events)).toEqual(['1', '2']);
      const entries = events.flatMap(({ json }) => json.entry.slice(1)) as Json[];
      expect(entries.map(({ fullUrl }) => fullUrl)).toEqual([first, second].map((one) => `${BASE}/Observation/${one}`));
      expect(entries[0]).toMatchObject({
        request: { method: 'POST', url: 'Observation' },
        response: { status: '201', etag: 'W/"1"' },
      });
      expect(entries.some((entry) => 'resource' in entry)).toBe(false);
      expect(parameterOf(events[0]?.json.entry[0].resource, 'topic')).toBe(`${TOPIC}/record-changed`);
      expect(await statusOf(id)).toBe('active');
    });

    test('behavior: full-resource holds what was written, and is in the access log as a read; empty says nothing but that', async () => {
      const own = await created(subject(), patient());
      const filters = [`Observation?patient=${own}`];
      const full = await listening({
        topic: 'new-result',
        filters: [...filters, `DiagnosticReport?patient=${own}`],
        content: 'full-resource',
      });
      const empty = await listening({ filters, content: 'empty' });
      const one = await observation(own, '8867-4', { valueQuantity: { value: 72, unit: '/min' } });
      const [whole] = await past(full.path, 1);
      const stored = (await send('GET', `/Observation/${one}`)).json;
      expect(whole?.json.entry[1].resource).toEqual(stored);
      const [notice] = await past(empty.path, 1);
      expect([notice?.json.entry.length, notice && summary(notice)]).toEqual([1, ['event-notification', '1', ['1']]]);
      expect(notice?.text).not.toContain(one);
      const { context } = subject();
      const { entries } = await readAccessLog(context, context.database, { patient: own });
      const told = entries
        .map(({ event }) => JSON.stringify(event))
        .filter((text) => text.includes('"code":"read"') && text.includes(`Observation/${one}/_history/1`));
      // The delivery, and the read of this test.
      expect(told).toHaveLength(2);
      expect(entries.filter(({ event }) => JSON.stringify(event).includes('"search-type"'))).not.toHaveLength(0);
    });

    test('behavior: changes and deletions of a whole type are told, each under its number', async () => {
      const { path } = await listening({ filters: ['Basic'] });
      const id = await created(subject(), { resourceType: 'Basic', code: { text: 'one' } });
      await send('PUT', `/Basic/${id}`, { body: { resourceType: 'Basic', id, code: { text: 'two' } } });
      await send('DELETE', `/Basic/${id}`);
      await eventually(async () => numbersIn(use.hook.told.filter(at(path))).length === 3);
      const entries = use.hook.told.filter(at(path)).flatMap(({ json }) => json.entry.slice(1)) as { request: Json }[];
      expect(entries.map(({ request }) => request.method)).toEqual(['POST', 'PUT', 'DELETE']);
    });

    test('behavior: plain criteria of R4: the record by PUT, or an empty POST', async () => {
      const own = await created(subject(), patient());
      const [whole, bare] = [newPath(), newPath()];
      const plain = (path: string, payload?: string) => ({
        ...{
          resourceType: 'Subscription',
          status: 'requested',
          reason: 'A test',
          criteria: `Observation?patient=${own}`,
        },
        channel: { type: 'rest-hook', endpoint: use.hook.url + path, ...(payload && { payload }) },
      });
      await make(plain(whole, 'application/fhir+json'));
      await make(plain(bare));
      const id = await observation(own, '8867-4');
      const [put] = await use.hook.until(1, ({ path }) => path.startsWith(whole));
      expect([put?.method, put?.path, put?.json.id]).toEqual(['PUT', `${whole}/Observation/${id}`, id]);
      const [post] = await use.hook.until(1, at(bare));
      expect([post?.method, post?.text]).toEqual(['POST', '']);
    });

    test('behavior: a failing endpoint is tried again with the same events, is in error meanwhile, and gets all in the end', async () => {
      const own = await created(subject(), patient());
      const { id, path } = await listening({ filters: [`Observation?patient=${own}`] });
      const before = use.hook.answer;
      let refusing = true;
      use.hook.answer = (told) => (refusing && told.path === path ? 503 : before(told));
      await observation(own, '8867-4');
      await eventually(async () => (await statusOf(id)) === 'error');
      await observation(own, '8867-4');
      expect((await send('GET', `/Subscription/${id}`)).json).toMatchObject({
        status: 'error',
        error: 'the endpoint answered with status 503',
      });
      refusing = false;
      await eventually(async () => (await statusOf(id)) === 'active');
      await eventually(async () => numbersIn(use.hook.told.filter(at(path))).includes('2'));
      const numbers = numbersIn(use.hook.told.filter(at(path)));
      expect(numbers.filter((number) => number === '1').length).toBeGreaterThanOrEqual(3);
      expect([...new Set(numbers)]).toEqual(['1', '2']);
      // However often it was tried, it is in the access log once.
      const { context } = subject();
      const { entries } = await readAccessLog(context, context.database, { patient: own });
      expect(entries.filter(({ event }) => JSON.stringify(event).includes('"search-type"'))).toHaveLength(2);
      use.hook.answer = before;
    });

    test('behavior: a redirect is not followed; an endpoint that never answers hurts nobody', async () => {
      const own = await created(subject(), patient());
      const before = use.hook.answer;
      const paths = { moved: newPath(), silent: newPath() };
      use.hook.answer = (told) => (told.path === paths.moved ? 302 : told.path === paths.silent ? null : before(told));
      const moved = await make(subscription({ endpoint: use.hook.url + paths.moved, filters: ['Basic'] }));
      const silent = await make(subscription({ endpoint: use.hook.url + paths.silent, filters: ['Basic'] }));
      await use.hook.until(1, at(paths.silent));
      const { path } = await listening({ filters: [`Observation?patient=${own}`] }, subject().tokens.integrator);
      await observation(own, '8867-4');
      await past(path, 1);
      await eventually(async () => (await statusOf(moved)) === 'error');
      expect(use.hook.told.some((told) => told.path === '/elsewhere')).toBe(false);
      for (const id of [moved, silent]) await send('DELETE', `/Subscription/${id}`);
      use.hook.answer = before;
    });

    test('behavior: heartbeats when nothing happens', async () => {
      const { id, path } = await listening({ filters: ['Basic'], of: [['heartbeat-period', 'UnsignedInt', 10]] });
      // Ten seconds are over.
      await subject().context.database.query('update subscription set beat_at = 1 where id = $1', [id]);
      const [beat] = await use.hook.until(1, (told) => at(path)(told) && summary(told)[0] === 'heartbeat');
      expect(beat && summary(beat)[2]).toEqual([]);
    });
  });

  describe('authority', () => {
    test('behavior: who lost the right to read is told nothing more, not even that something happened', async () => {
      const own = await created(subject(), patient());
      const { database } = subject().context;
      const { path, id } = await listening({ filters: [`Observation?patient=${own}`] }, subject().tokens.registrar);
      await observation(own, '8867-4');
      await past(path, 1);
      const name = `registrar ${subject().tokens.registrar.slice(-6)}`;
      await disableClient(database, name);
      await observation(own, '8867-4');
      await eventually(
        async () =>
          (await database.query(`select 1 from subscription where id = $1 and status = 'off'`, [id])).length === 1,
      );
      await database.query('update client set disabled = false where name = $1', [name]);
      expect(numbersIn(use.hook.told.filter(at(path)))).toEqual(['1']);
      expect((await send('GET', `/Subscription/${id}`, { token: subject().tokens.registrar })).json).toMatchObject({
        status: 'off',
        error: 'what it stood on has ended: token-unknown',
      });
    });

    test('behavior: subscriptions are their own makers alone', async () => {
      const { id } = await listening({ filters: ['Basic'] });
      const token = subject().tokens.integrator;
      for (const path of [
        `/Subscription/${id}`,
        `/Subscription/${id}/$status`,
        `/Subscription/${id}/$events`,
        `/Subscription/${id}/$get-ws-binding-token`,
      ])
        expect([path, (await send('GET', path, { token })).status]).toEqual([path, 404]);
      expect((await send('DELETE', `/Subscription/${id}`, { token })).status).toBe(404);
      const body = { ...subscription({ endpoint: use.hook.url, filters: ['Basic'] }), id };
      expect((await send('PUT', `/Subscription/${id}`, { token, body })).status).toBe(405);
      expect(
        (await send('GET', '/Subscription', { token })).json.entry.map(
          ({ resource }: { resource: Json }) => resource.id,
        ),
      ).not.toContain(id);
      expect((await send('GET', '/?_type=Subscription')).json.entry).toEqual([]);
      expect((await send('GET', '/Subscription', { token: null })).status).toBe(401);
      expect((await send('GET', '/Subscription', { token: subject().tokens.operator })).status).toBe(403);
    });
  });

  describeSubscriptionResource(subject, use);
  describeWebsocket(subject, use);
}
