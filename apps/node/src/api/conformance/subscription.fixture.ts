import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, vi } from 'vitest';
import { type Hook, startHook, type Told } from '../../testing/hook.ts';
import { created, type Subject } from './suite.fixture.ts';

export const TOPIC = 'https://anamnesis.example/SubscriptionTopic';
export const IG = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-';
export const BASE = 'https://aldhelm.example/fhir/R4';

export type Json = { readonly [element: string]: unknown };

export interface Wish {
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
export function subscription({
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

export const parameterOf = (status: Json, name: string): unknown => {
  const found = (status.parameter as Json[]).find((one) => one.name === name);
  return found && Object.entries(found).find(([key]) => key.startsWith('value'))?.[1];
};
/** Type of a notification, its count of events, and the numbers in it. */
export function summary({ json }: Pick<Told, 'json'>): [string, string, string[]] {
  const [first] = json.entry as { resource: Json }[];
  const status = first?.resource as Json;
  const events = (status.parameter as Json[]).filter(({ name }) => name === 'notification-event');
  const numbers = events.map(({ part }) =>
    String((part as Json[]).find(({ name }) => name === 'event-number')?.valueString),
  );
  return [String(parameterOf(status, 'type')), String(parameterOf(status, 'events-since-subscription-start')), numbers];
}
export const isEvent = (told: Told): boolean => summary(told)[0] === 'event-notification';
export const numbersIn = (all: readonly Told[]): string[] => all.flatMap((told) => summary(told)[2]);

/** What makes subscriptions at a node and hears what they tell: an endpoint of its own, up while the tests run. */
export type Subscribing = ReturnType<typeof subscribing>;

export function subscribing(subject: Subject) {
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

  return {
    ...{ send, at, newPath, make, made, listening, statusOf, eventually, observation, past },
    /** There once the tests run. */
    get hook() {
      return hook;
    },
  };
}
