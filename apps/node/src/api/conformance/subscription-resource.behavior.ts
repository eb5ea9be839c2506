import { describe, expect, test } from 'vitest';
import type { Told } from '../../testing/hook.ts';
import {
  BASE,
  type Json,
  parameterOf,
  type Subscribing,
  subscription,
  summary,
  TOPIC,
} from './subscription.fixture.ts';
import { created, refusal, type Subject } from './suite.fixture.ts';

/** Subscriptions as resources: kept, found, changed and ended by who made them. */
export function describeSubscriptionResource(subject: Subject, use: Subscribing): void {
  const { send, at, newPath, make, made, listening, statusOf, eventually, past } = use;

  describe('the resource', () => {
    test('default: read, search, update with If-Match, end, delete', async () => {
      const path = newPath();
      const body = subscription({ endpoint: use.hook.url + path, filters: ['Basic'] });
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
      const found = await send('GET', `/Subscription?url=${encodeURIComponent(use.hook.url + path)}&status=active`);
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
      await use.hook.until(2, at(path));
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

    test('behavior: who was told, and has not answered yet, finds it among $events', async () => {
      const { id, path } = await listening({ filters: ['Basic'] });
      const before = use.hook.answer;
      use.hook.answer = (told) => (told.path === path ? null : before(told));
      await created(subject(), { resourceType: 'Basic', code: { text: 'on its way' } });
      await past(path, 1);
      expect(summary({ json: (await send('GET', `/Subscription/${id}/$events`)).json })[2]).toEqual(['1']);
      use.hook.answer = before;
      expect((await send('DELETE', `/Subscription/${id}`)).status).toBe(204);
    });

    test('behavior: it ends at its end', async () => {
      const end = new Date(Date.now() + 1_500).toISOString();
      const { id } = await listening({ filters: ['Basic'], more: { end } });
      await eventually(async () => (await statusOf(id)) === 'off');
      expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(end));
    });

    test('error: what cannot be subscribed to', async () => {
      const endpoint = use.hook.url;
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
      const body = subscription({ endpoint: use.hook.url + newPath(), filters: ['Basic'] });
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
}
