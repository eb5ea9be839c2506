import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { BASE, type Json, parameterOf, type Subscribing, subscription, summary } from './subscription.fixture.ts';
import { created, patient, type Subject } from './suite.fixture.ts';

/** Subscriptions by websocket. */
export function describeWebsocket(subject: Subject, use: Subscribing): void {
  const { send, newPath, make, eventually, observation } = use;

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
      const hooked = await make(subscription({ endpoint: use.hook.url + newPath(), filters: ['Basic'] }));
      expect((await send('GET', `/Subscription/${hooked}/$get-ws-binding-token`)).status).toBe(404);
    });
  });
}
