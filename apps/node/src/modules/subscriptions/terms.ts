import { invalid } from '@anamnesis/protocol';
import { checkAddress, DirectoryError, type PeerLimits } from '../directory/index.ts';
import { checkResource } from '../records/resource.ts';
import type { FhirResource } from '../records/search/index.ts';
import { dateInterval } from '../records/search/intervals.ts';
import { isServedType } from '../records/served.ts';
import { topicOf } from './topics.ts';

/** Records of a type that count: all of them, or those that a query matches. */
export interface Watch {
  readonly type: string;
  /** Percent-encoded, without `?`; null for none. */
  readonly query: string | null;
}

export type Content = 'empty' | 'id-only' | 'full-resource';

/** What a Subscription asks for (https://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition-backport-subscription.html). */
export interface SubscriptionTerms {
  /** Canonical of the topic; null for plain criteria of R4. */
  readonly topic: string | null;
  readonly watches: readonly Watch[];
  readonly channel: 'rest-hook' | 'websocket';
  /** Where a rest-hook goes. */
  readonly endpoint: string | null;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly content: Content;
  /** Seconds without an event after which a heartbeat is sent; null for none. */
  readonly heartbeat: number | null;
  /** Milliseconds that one delivery may take; null for the node's own. */
  readonly timeout: number | null;
  /** Events in one notification. */
  readonly maxCount: number;
  /** Milliseconds since 1970; null for no end. */
  readonly end: number | null;
}

const EXTENSION = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-';
const CONTENTS: readonly Content[] = ['empty', 'id-only', 'full-resource'];
const JSON_TYPES = new Set(['application/fhir+json', 'application/json']);
const HEADER = /^([A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}):[ \t]*([\x20-\x7e\t]{0,4000})$/;
/** Headers that belong to the connection, or say what is sent. */
const OURS = new Set([
  ...[
    'host',
    'connection',
    'content-length',
    'content-type',
    'transfer-encoding',
    'upgrade',
    'te',
    'trailer',
    'expect',
  ],
  ...['accept-encoding', 'keep-alive', 'proxy-authorization', 'proxy-connection'],
]);
/** Parameters of a search that do not say which records match. */
const SHAPE = /^_(?!id$|tag$|profile$|security$|lastUpdated$|has:)/;
export const MAX_WATCHES = 20;
/** Events in one notification at most, and without a wish. */
export const MAX_EVENTS = 100;
const MIN_HEARTBEAT = 10;
const MAX_SECONDS = 86_400;
const MAX_TIMEOUT = 20;

type Json = { readonly [key: string]: unknown };

/**
 * Reads a Subscription. Whether its queries are understood, and whether its owner may see such records, is for others to say.
 *
 * Errors: 400 and 422 as any resource; 422 for what is not supported or cannot be: another channel, an endpoint that may not be asked, an end that has
 * passed, an unknown topic.
 */
export function readTerms(
  value: unknown,
  limits: PeerLimits,
  now: number,
): { resource: FhirResource; terms: SubscriptionTerms } {
  const resource = checkResource(value, 'Subscription');
  const { criteria, channel, end } = resource as unknown as { criteria: string; channel: Json; end?: string };
  const { type, payload, header = [] } = channel as { type: string; payload?: string; header?: readonly string[] };
  if (type !== 'rest-hook' && type !== 'websocket')
    throw wrong('The channel is rest-hook or websocket', 'Subscription.channel.type');
  if (payload !== undefined && !JSON_TYPES.has(payload.split(';')[0] ?? ''))
    throw wrong('The payload is application/fhir+json', 'Subscription.channel.payload');
  const { topic, watches } = readCriteria(criteria, extensions(resource._criteria, 'filter-criteria', 'String'));
  const [content] = extensions(channel._payload, 'payload-content', 'Code');
  if (content !== undefined && !CONTENTS.includes(content as Content))
    throw wrong('The content is empty, id-only or full-resource', 'Subscription.channel.payload');
  const plain: Content = payload === undefined || type === 'websocket' ? 'empty' : 'full-resource';
  const ends = end === undefined ? null : (dateInterval(end)?.low ?? null);
  if (ends !== null && ends <= now) throw wrong('The end has passed', 'Subscription.end');
  const count = numberOf(channel, 'max-count', 'PositiveInt');
  const timeout = numberOf(channel, 'timeout', 'UnsignedInt');
  const heartbeat = numberOf(channel, 'heartbeat-period', 'UnsignedInt');
  return {
    resource,
    terms: {
      topic,
      watches,
      channel: type,
      endpoint: type === 'rest-hook' ? readEndpoint(channel.endpoint, limits) : null,
      headers: header.map(readHeader),
      content: (content as Content | undefined) ?? (topic === null ? plain : 'empty'),
      heartbeat:
        heartbeat === null || heartbeat === 0 ? null : Math.min(Math.max(heartbeat, MIN_HEARTBEAT), MAX_SECONDS),
      timeout: timeout === null || timeout === 0 ? null : Math.min(timeout, MAX_TIMEOUT) * 1000,
      maxCount: Math.min(count ?? MAX_EVENTS, MAX_EVENTS),
      end: ends,
    },
  };
}

function readCriteria(criteria: string, filters: readonly unknown[]): Pick<SubscriptionTerms, 'topic' | 'watches'> {
  const topic = topicOf(criteria);
  if (topic === undefined) {
    if (/^[a-z][a-z0-9+.-]*:/i.test(criteria))
      throw wrong('There is no such topic here: /metadata names those that there are', 'Subscription.criteria');
    return { topic: null, watches: [readWatch(criteria)] };
  }
  const named = filters.map((filter) => readWatch(String(filter)));
  if (topic.types === null && named.length === 0)
    throw wrong('This topic needs filters that name the types of the records', 'Subscription.criteria');
  if (named.some(({ type }) => topic.types?.includes(type) === false))
    throw wrong('A filter names a type that is not of the topic', 'Subscription.criteria');
  // Filters of one type hold together (logical and); a type without a filter is watched whole.
  const types = topic.types ?? [...new Set(named.map(({ type }) => type))];
  const watches = types.map((type) => {
    const queries = named.flatMap((one) => (one.type === type ? (one.query ?? []) : []));
    return { type, query: queries.length === 0 ? null : queries.join('&') };
  });
  if (watches.length > MAX_WATCHES) throw wrong(`At most ${MAX_WATCHES} types are watched`, 'Subscription.criteria');
  return { topic: topic.url, watches };
}

/** `Observation?code=…`, or a type alone. */
function readWatch(text: string): Watch {
  const at = text.indexOf('?');
  const type = at < 0 ? text : text.slice(0, at);
  const query = at < 0 ? '' : text.slice(at + 1);
  if (!isServedType(type)) throw wrong('Criteria are written [type]?[query]', 'Subscription.criteria');
  if (query.length > 2_000) throw wrong('The criteria are too long', 'Subscription.criteria');
  for (const [name] of new URLSearchParams(query))
    if (SHAPE.test(name)) throw wrong('Criteria say which records count, and nothing else', 'Subscription.criteria');
  return { type, query: query === '' ? null : query };
}

function readEndpoint(endpoint: unknown, limits: PeerLimits): string {
  if (typeof endpoint !== 'string') throw wrong('A rest-hook needs an endpoint', 'Subscription.channel.endpoint');
  try {
    return checkAddress(endpoint, limits).href;
  } catch (cause) {
    // Its message names the address, which may hold a secret.
    if (cause instanceof DirectoryError)
      throw wrong('The endpoint may not be asked: it is not https to a public host', 'Subscription.channel.endpoint');
    throw cause;
  }
}

function readHeader(text: string, at: number, all: readonly string[]): readonly [string, string] {
  const [, name, value] = HEADER.exec(text) ?? [];
  if (name === undefined || value === undefined || all.length > 10 || OURS.has(name.toLowerCase()))
    throw wrong(
      'A header is written Name: value, is none of the connection, and there are at most ten',
      `Subscription.channel.header[${at}]`,
    );
  return [name, value];
}

/** Values of the backport's extensions of this name on an element. */
function extensions(element: unknown, name: string, type: string): unknown[] {
  const { extension } = (element ?? {}) as { extension?: unknown };
  return (Array.isArray(extension) ? extension : []).flatMap((one: Json) =>
    one.url === EXTENSION + name && one[`value${type}`] !== undefined ? [one[`value${type}`]] : [],
  );
}

function numberOf(element: unknown, name: string, type: string): number | null {
  const [value] = extensions(element, name, type);
  // Numbers keep their digits here: they are not always of JavaScript's own kind.
  return value === undefined ? null : Number(value);
}

function wrong(said: string, expression: string): Error {
  return invalid(said, { expression: [expression] });
}
