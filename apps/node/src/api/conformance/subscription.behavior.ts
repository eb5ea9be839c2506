import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { readAccessLog } from '../../modules/audit/index.ts';
import { disableClient } from '../../modules/consent/index.ts';
import { type Hook, startHook, type Told } from '../../testing/hook.ts';
import { created, patient, refusal, type Subject } from './suite.fixture.ts';

const TOPIC = 'https://anamnesis.example/SubscriptionTopic';
const IG = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-';
const BASE = 'https://aldhelm.example/fhir/R4';

type Json = { readonly [element: string]: unknown };

interface Wish {
  readonly endpoint?: string;
  readonly topic?: string;
  readonly filters?: readonly string[];
  readonly content?: string;
  readonly type?: string;
  readonly channel?: Json;
  readonly of?: readonly (readonly [name: string, type: string, value: unknown])[];
  readonly more?: Json;
}

/** A Subscription by topic. */
function subscription({
  endpoint,
  topic = 'record-changed',
  filters = [],
  content = 'id-only',
  type = 'rest-hook',
  channel,
  of = [],
  more,
}: Wish): Json {
  const extension = (list: NonNullable<Wish['of']>) =>
    list.map(([name, kind, value]) => ({ url: IG + name, [`value${kind}`]: value }));
  return {
    resourceType: 'Subscription',
    status: 'requested',
    reason: 'A test',
    criteria: topic.includes('?') ? topic : `${TOPIC}/${topic}`,
    ...(filters.length > 0 && {
      _criteria: { extension: extension(filters.map((one) => ['filter-criteria', 'String', one])) },
    }),
    channel: {
      ...(of.length > 0 && { extension: extension(of) }),
      type,
      ...(endpoint !== undefined && { endpoint }),
      payload: 'application/fhir+json',
      _payload: { extension: extension([['payload-content', 'Code', content]]) },
      ...channel,
    },
    ...more,
  };
}

const parameterOf = (status: Json, name: string): unknown => {
  const found = (status.parameter as Json[]).find((one) => one.name === name);
  return found && Object.entries(found).find(([key]) => key.startsWith('value'))?.[1];
};
/** Type of a notification, its count of events, and the numbers in it. */
function summary({ json }: Pick<Told, 'json'>): [string, string, string[]] {
  const [first] = json.entry as { resource: Json }[];
  const status = first?.resource as Json;
  const events = (status.parameter as Json[]).filter(({ name }) => name === 'notification-event');
  const numbers = events.map(({ part }) =>
    String((part as Json[]).find(({ name }) => name === 'event-number')?.valueString),
  );
  return [String(parameterOf(status, 'type')), String(parameterOf(status, 'events-since-subscription-start')), numbers];
}
const isEvent = (told: Told): boolean => summary(told)[0] === 'event-notification';
const numbersIn = (all: readonly Told[]): string[] => all.flatMap((told) => summary(told)[2]);

/** Subscriptions (https://hl7.org/fhir/uv/subscriptions-backport/STU1.1). */
export function describeSubscriptions(subject: Subject): void {
  const send: ReturnType<Subject>['send'] = (...request) => subject().send(...request);
  let hook: Hook;
  const made: string[] = [];

  beforeAll(async () => {
    hook = await startHook();
  });
  afterAll(() => hook.stop());

  const at =
    (path: string) =>
    (told: Told): boolean =>
      told.path === path;
  const newPath = (): string => `/${randomUUID()}`;
  const make = async (body: Json, token?: string): Promise<string> => {
    const answer = await send('POST', '/Subscription', { body, ...(token !== undefined && { token }) });
    if (answer.status !== 201) throw new Error(answer.text);
    made.push(answer.json.id);
    return answer.json.id;
  };
  /** A subscription whose handshake was taken, at a path of its own. */
  const listening = async (wish: Wish, token?: string): Promise<{ id: string; path: string }> => {
    const path = newPath();
    const id = await make(subscription({ endpoint: hook.url + path, ...wish }), token);
    await hook.until(1, at(path));
    await eventually(async () => (await statusOf(id, token)) === 'active');
    return { id, path };
  };
  const statusOf = async (id: string, token?: string): Promise<unknown> => {
    const { json } = await send('GET', `/Subscription/${id}/$status`, token === undefined ? {} : { token });
    return json.entry && parameterOf(json.entry[0].resource, 'status');
  };
  const eventually = (look: () => Promise<boolean>) =>
    vi.waitFor(async () => expect(await look()).toBe(true), { timeout: 8_000, interval: 25 });
  const observation = (of: string, code: string, over: Json = {}) =>
    created(subject(), {
      resourceType: 'Observation',
      status: 'final',
      code: { coding: [{ system: 'http://loinc.org', code }] },
      subject: { reference: `Patient/${of}` },
      ...over,
    });
  /** Waits until a subscription has looked at all that there is: a later event of it has arrived. */
  const past = async (path: string, count: number): Promise<Told[]> =>
    hook.until(count, (told) => at(path)(told) && isEvent(told));

  describe('rest-hook', () => {
    test('default: handshake, then what matches, in order, and nothing else', async () => {
      const own = await created(subject(), patient());
      const other = await created(subject(), patient());
      const { id, path } = await listening({
        filters: [`Observation?patient=Patient/${own}&code=8867-4`],
        channel: { header: ['Authorization: Bearer of-the-app'] },
      });
      const [greeting] = hook.told.filter(at(path));
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
      await eventually(async () => numbersIn(hook.told.filter(at(path))).length >= 2);
      const events = hook.told.filter((told) => at(path)(told) && isEvent(told));
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
      await eventually(async () => numbersIn(hook.told.filter(at(path))).length === 3);
      const entries = hook.told.filter(at(path)).flatMap(({ json }) => json.entry.slice(1)) as { request: Json }[];
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
        channel: { type: 'rest-hook', endpoint: hook.url + path, ...(payload && { payload }) },
      });
      await make(plain(whole, 'application/fhir+json'));
      await make(plain(bare));
      const id = await observation(own, '8867-4');
      const [put] = await hook.until(1, ({ path }) => path.startsWith(whole));
      expect([put?.method, put?.path, put?.json.id]).toEqual(['PUT', `${whole}/Observation/${id}`, id]);
      const [post] = await hook.until(1, at(bare));
      expect([post?.method, post?.text]).toEqual(['POST', '']);
    });

    test('behavior: a failing endpoint is tried again with the same events, is in error meanwhile, and gets all in the end', async () => {
      const own = await created(subject(), patient());
      const { id, path } = await listening({ filters: [`Observation?patient=${own}`] });
      const before = hook.answer;
      let refusing = true;
      hook.answer = (told) => (refusing && told.path === path ? 503 : before(told));
      await observation(own, '8867-4');
      await eventually(async () => (await statusOf(id)) === 'error');
      await observation(own, '8867-4');
      expect((await send('GET', `/Subscription/${id}`)).json).toMatchObject({
        status: 'error',
        error: 'the endpoint answered with status 503',
      });
      refusing = false;
      await eventually(async () => (await statusOf(id)) === 'active');
      await eventually(async () => numbersIn(hook.told.filter(at(path))).includes('2'));
      const numbers = numbersIn(hook.told.filter(at(path)));
      expect(numbers.filter((number) => number === '1').length).toBeGreaterThanOrEqual(3);
      expect([...new Set(numbers)]).toEqual(['1', '2']);
      // However often it was tried, it is in the access log once.
      const { context } = subject();
      const { entries } = await readAccessLog(context, context.database, { patient: own });
      expect(entries.filter(({ event }) => JSON.stringify(event).includes('"search-type"'))).toHaveLength(2);
      hook.answer = before;
    });

    test('behavior: a redirect is not followed; an endpoint that never answers hurts nobody', async () => {
      const own = await created(subject(), patient());
      const before = hook.answer;
      const paths = { moved: newPath(), silent: newPath() };
      hook.answer = (told) => (told.path === paths.moved ? 302 : told.path === paths.silent ? null : before(told));
      const moved = await make(subscription({ endpoint: hook.url + paths.moved, filters: ['Basic'] }));
      const silent = await make(subscription({ endpoint: hook.url + paths.silent, filters: ['Basic'] }));
      await hook.until(1, at(paths.silent));
      const { path } = await listening({ filters: [`Observation?patient=${own}`] }, subject().tokens.integrator);
      await observation(own, '8867-4');
      await past(path, 1);
      await eventually(async () => (await statusOf(moved)) === 'error');
      expect(hook.told.some((told) => told.path === '/elsewhere')).toBe(false);
      for (const id of [moved, silent]) await send('DELETE', `/Subscription/${id}`);
      hook.answer = before;
    });

    test('behavior: heartbeats when nothing happens', async () => {
      const { id, path } = await listening({ filters: ['Basic'], of: [['heartbeat-period', 'UnsignedInt', 10]] });
      // Ten seconds are over.
      await subject().context.database.query('update subscription set beat_at = 1 where id = $1', [id]);
      const [beat] = await hook.until(1, (told) => at(path)(told) && summary(told)[0] === 'heartbeat');
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
      expect(numbersIn(hook.told.filter(at(path)))).toEqual(['1']);
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
      const body = { ...subscription({ endpoint: hook.url, filters: ['Basic'] }), id };
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

  describe('the resource', () => {
    test('default: read, search, update with If-Match, end, delete', async () => {
      const path = newPath();
      const body = subscription({ endpoint: hook.url + path, filters: ['Basic'] });
      const id = await make(body);
      await eventually(async () => (await statusOf(id)) === 'active');
      const read = await send('GET', `/Subscription/${id}`);
      expect(read.json).toEqual({
        ...body,
        id,
        status: 'active',
        meta: { versionId: '1', lastUpdated: expect.any(String) },
      });
      expect(read.headers.get('etag')).toBe('W/"1"');
      const found = await send('GET', `/Subscription?url=${encodeURIComponent(hook.url + path)}&status=active`);
      expect([found.json.total, found.json.entry[0].resource.id]).toEqual([1, id]);
      expect((await send('GET', `/Subscription?_id=${id}&status=off`)).json.total).toBe(0);
      const update = { ...read.json, status: 'off' };
      expect(
        (await send('PUT', `/Subscription/${id}`, { body: update, headers: { 'if-match': 'W/"7"' } })).status,
      ).toBe(412);
      const off = await send('PUT', `/Subscription/${id}`, { body: update, headers: { 'if-match': 'W/"1"' } });
      expect([off.status, off.json.status, off.json.meta.versionId]).toEqual([200, 'off', '2']);
      // What happened while it was off is not told when it begins anew.
      await created(subject(), { resourceType: 'Basic', code: { text: 'unheard' } });
      await send('PUT', `/Subscription/${id}`, { body: { ...update, status: 'requested' } });
      await hook.until(2, at(path));
      await eventually(async () => (await statusOf(id)) === 'active');
      const heard = await created(subject(), { resourceType: 'Basic', code: { text: 'heard' } });
      const [told] = await past(path, 1);
      expect(told?.json.entry.slice(1).map((entry: Json) => entry.fullUrl)).toContain(`${BASE}/Basic/${heard}`);
      expect(summary(told as Told)[2]).toEqual(['1']);
      expect((await send('DELETE', `/Subscription/${id}`)).status).toBe(204);
      expect((await send('GET', `/Subscription/${id}`)).status).toBe(404);
    });

    test('behavior: $status of many, $events by number', async () => {
      const { id, path } = await listening({ filters: ['Basic'], of: [['max-count', 'PositiveInt', 1]] });
      const ids: string[] = [];
      for (let count = 0; count < 3; count++)
        ids.push(await created(subject(), { resourceType: 'Basic', code: { text: `${count}` } }));
      const told = await past(path, 3);
      expect(told.map((one) => summary(one)[2].length)).toEqual([1, 1, 1]);
      const events = await send('GET', `/Subscription/${id}/$events?eventsSinceNumber=2&content=full-resource`);
      expect(summary({ json: events.json })).toEqual(['query-event', '3', ['2', '3']]);
      expect(events.json.entry.slice(1).map(({ resource }: { resource: Json }) => resource.id)).toEqual(ids.slice(1));
      const parameter = [{ name: 'eventsUntilNumber', valueString: '1' }];
      const first = await send('POST', `/Subscription/${id}/$events`, {
        body: { resourceType: 'Parameters', parameter },
      });
      expect(summary({ json: first.json })[2]).toEqual(['1']);
      const all = (await send('GET', `/Subscription/$status?id=${id}&status=active`)).json;
      expect([all.type, all.total, parameterOf(all.entry[0].resource, 'type')]).toEqual([
        'searchset',
        1,
        'query-status',
      ]);
      expect(refusal(await send('GET', `/Subscription/${id}/$events?content=all`))).toBe('400 invalid');
    });

    test('behavior: it ends at its end', async () => {
      const end = new Date(Date.now() + 1_500).toISOString();
      const { id } = await listening({ filters: ['Basic'], more: { end } });
      await eventually(async () => (await statusOf(id)) === 'off');
      expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(end));
    });

    test('error: what cannot be subscribed to', async () => {
      const endpoint = hook.url;
      const filters = ['Basic'];
      const cases: [string, Json][] = [
        ['an unknown topic', subscription({ endpoint, topic: 'nothing', filters })],
        ['a topic that needs filters', subscription({ endpoint })],
        [
          'a type that is not of the topic',
          subscription({ endpoint, topic: 'encounter-changed', filters: ['Patient'] }),
        ],
        ['an unknown parameter', subscription({ endpoint, filters: ['Patient?shoe-size=43'] })],
        ['a value that is none', subscription({ endpoint, filters: ['Patient?birthdate=soon'] })],
        ['what shapes an answer', subscription({ endpoint, filters: ['Patient?_include=*'] })],
        ['an unknown type', subscription({ endpoint, filters: ['Unicorn?'] })],
        ['another channel', subscription({ endpoint: 'mailto:a@b.example', type: 'email', filters })],
        ['no endpoint', subscription({ filters })],
        ['an end that has passed', subscription({ endpoint, filters, more: { end: '2021-01-01T00:00:00Z' } })],
        ['XML', subscription({ endpoint, filters, channel: { payload: 'application/fhir+xml' } })],
        ['a header of ours', subscription({ endpoint, filters, channel: { header: ['Host: internal'] } })],
        ['a header that is none', subscription({ endpoint, filters, channel: { header: ['a\nb: c'] } })],
        ['unknown content', subscription({ endpoint, filters, content: 'everything' })],
        ...[
          ...[
            'http://hook.example/',
            'https://10.0.0.1/',
            'https://169.254.169.254/latest',
            'https://[::ffff:a9fe:a9fe]/',
            'https://hook.example:22/',
          ],
          ...[
            'https://2852039166/',
            'https://user:secret@hook.example/',
            'file:///etc/passwd',
            'https://[fd00:ec2::254]/',
          ],
        ].map((address): [string, Json] => [address, subscription({ endpoint: address, filters })]),
      ];
      for (const [name, body] of cases) {
        const answer = await send('POST', '/Subscription', { body });
        expect([name, answer.status]).toEqual([name, 422]);
        expect(answer.text).not.toContain('secret');
      }
      const entry = [
        { resource: subscription({ endpoint, filters }), request: { method: 'POST', url: 'Subscription' } },
      ];
      const bundle = await send('POST', '', { body: { resourceType: 'Bundle', type: 'transaction', entry } });
      expect(refusal(bundle)).toBe('400 not-supported');
      expect((await send('GET', '/Subscription/x/_history')).status).toBe(405);
    });

    test('error: too many of one client', async () => {
      for (const id of made.splice(0)) await send('DELETE', `/Subscription/${id}`);
      const body = subscription({ endpoint: hook.url + newPath(), filters: ['Basic'] });
      const answers = [];
      for (let count = 0; count < 22; count++) answers.push((await send('POST', '/Subscription', { body })).status);
      expect(answers.slice(-2)).toEqual([429, 429]);
      for (const { resource } of (await send('GET', '/Subscription')).json.entry)
        await send('DELETE', `/Subscription/${resource.id}`);
    });

    test('default: the CapabilityStatement names topics, interactions and operations', async () => {
      const { json } = await send('GET', '/metadata');
      const own = json.rest[0].resource.find(({ type }: { type: string }) => type === 'Subscription');
      expect(own.extension.map(({ valueCanonical }: { valueCanonical: string }) => valueCanonical)).toContain(
        `${TOPIC}/new-result`,
      );
      expect(own.interaction.map(({ code }: { code: string }) => code)).toEqual([
        'read',
        'update',
        'delete',
        'create',
        'search-type',
      ]);
      const operations = own.operation.map(({ name }: { name: string }) => name);
      expect(operations).toEqual(expect.arrayContaining(['status', 'events', 'get-ws-binding-token']));
    });
  });

  describe('websocket', () => {
    interface Client {
      readonly messages: Json[];
      readonly closed: Promise<number>;
      until(count: number): Promise<Json[]>;
      say(text: string): void;
      end(): void;
    }
    const open = async (): Promise<Client> => {
      const socket = new WebSocket(`${subject().url.replace('http', 'ws')}/fhir/R4/$subscriptions`);
      const messages: Json[] = [];
      socket.on('message', (text) => messages.push(JSON.parse(String(text)) as Json));
      const closed = new Promise<number>((resolve) => socket.on('close', resolve));
      await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
      return {
        messages,
        closed,
        until: async (count) => {
          await eventually(async () => messages.length >= count);
          return messages;
        },
        say: (text) => socket.send(text),
        end: () => socket.terminate(),
      };
    };
    const tokenFor = async (id: string): Promise<string> => {
      const { json } = await send('GET', `/Subscription/${id}/$get-ws-binding-token`);
      expect(parameterOf(json, 'websocket-url')).toBe(`wss://aldhelm.example/fhir/R4/$subscriptions`);
      expect(parameterOf(json, 'subscription')).toBe(`${BASE}/Subscription/${id}`);
      return String(parameterOf(json, 'token'));
    };

    test('default: bind, handshake, events; what was missed is told on the next binding', async () => {
      const own = await created(subject(), patient());
      const id = await make(subscription({ type: 'websocket', filters: [`Observation?patient=${own}`] }));
      const token = await tokenFor(id);
      const client = await open();
      client.say(`bind-with-token ${token}`);
      const [greeting] = await client.until(1);
      expect(summary({ json: greeting })[0]).toBe('handshake');
      await observation(own, '8867-4');
      expect(summary({ json: (await client.until(2))[1] })).toEqual(['event-notification', '1', ['1']]);
      client.end();
      await client.closed;
      const missed = await observation(own, '8867-4');
      // A token is good once.
      const late = await open();
      late.say(`bind-with-token ${token}`);
      expect(await late.closed).toBe(1008);
      const next = await open();
      next.say(`bind-with-token ${await tokenFor(id)}`);
      const [, event] = await next.until(2);
      expect(summary({ json: event })[2]).toEqual(['2']);
      expect((event as { entry: Json[] }).entry[1]?.fullUrl).toBe(`${BASE}/Observation/${missed}`);
      next.end();
    });

    test('error: nonsense, long messages, and other addresses', async () => {
      for (const text of ['hello', 'bind-with-token wrong', `bind-with-token ${'x'.repeat(2_000)}`]) {
        const client = await open();
        client.say(text);
        expect([1008, 1009]).toContain(await client.closed);
      }
      const elsewhere = new WebSocket(`${subject().url.replace('http', 'ws')}/fhir/R4/Patient`);
      await expect(new Promise((resolve, reject) => elsewhere.on('open', resolve).on('error', reject))).rejects.toThrow(
        '404',
      );
      const hooked = await make(subscription({ endpoint: hook.url + newPath(), filters: ['Basic'] }));
      expect((await send('GET', `/Subscription/${hooked}/$get-ws-binding-token`)).status).toBe(404);
    });
  });
}
