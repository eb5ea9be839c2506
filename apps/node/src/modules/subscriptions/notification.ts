import { randomUUID } from 'node:crypto';
import type { FhirResource } from '../records/search/index.ts';
import type { Subscription, SubscriptionStatus } from './store.ts';

/**
 * What is sent (https://hl7.org/fhir/uv/subscriptions-backport/notifications.html): a Bundle of type history whose first entry is the status, as Parameters in
 * R4. Numbers of events are strings there.
 */

export type NotificationType = 'handshake' | 'heartbeat' | 'event-notification' | 'query-status' | 'query-event';

/** An event as it is told; `reference` null where the content is empty. */
export interface ToldEvent {
  readonly number: number;
  /** ISO 8601. */
  readonly at: string;
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly version: number;
  /** `Type/id`. */
  readonly reference: string | null;
  /** Where the content is full-resource, and it is no deletion. */
  readonly resource?: FhirResource;
}

const PROFILE = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription';

/** The state of a subscription, as Parameters. */
export function statusOf(
  base: string,
  { id, terms, events, error }: Pick<Subscription, 'id' | 'terms' | 'events' | 'error'>,
  status: SubscriptionStatus,
  type: NotificationType,
  told: readonly ToldEvent[] = [],
): FhirResource {
  return {
    resourceType: 'Parameters',
    id: randomUUID(),
    meta: { profile: [`${PROFILE}-status-r4`] },
    parameter: [
      { name: 'subscription', valueReference: { reference: `${base}/Subscription/${id}` } },
      ...(terms.topic === null ? [] : [{ name: 'topic', valueCanonical: terms.topic }]),
      { name: 'status', valueCode: status },
      { name: 'type', valueCode: type },
      { name: 'events-since-subscription-start', valueString: String(events) },
      ...told.map(({ number, at, reference }) => ({
        name: 'notification-event',
        part: [
          { name: 'event-number', valueString: String(number) },
          { name: 'timestamp', valueInstant: at },
          ...(reference === null ? [] : [{ name: 'focus', valueReference: { reference: `${base}/${reference}` } }]),
        ],
      })),
      ...(error === null ? [] : [{ name: 'error', valueCodeableConcept: { text: error } }]),
    ],
  };
}

/** A notification with its status first. */
export function notificationOf(
  base: string,
  subscription: Pick<Subscription, 'id' | 'terms' | 'events' | 'error'>,
  status: SubscriptionStatus,
  type: NotificationType,
  { at, told = [] }: { readonly at: number; readonly told?: readonly ToldEvent[] },
): FhirResource {
  const state = statusOf(base, subscription, status, type, told);
  return {
    resourceType: 'Bundle',
    id: randomUUID(),
    meta: { profile: [`${PROFILE}-notification-r4`] },
    type: 'history',
    timestamp: new Date(at).toISOString(),
    entry: [
      {
        fullUrl: `urn:uuid:${state.id}`,
        resource: state,
        request: { method: 'GET', url: `${base}/Subscription/${subscription.id}/$status` },
        response: { status: '200' },
      },
      ...told.flatMap(({ reference, method, version, resource, at: changed }) => {
        if (reference === null) return [];
        const created = method !== 'DELETE' && version === 1;
        return [
          {
            fullUrl: `${base}/${reference}`,
            ...(resource !== undefined && { resource }),
            request: { method, url: method === 'POST' ? (reference.split('/')[0] ?? '') : reference },
            response: {
              status: created ? '201' : method === 'DELETE' ? '204' : '200',
              etag: `W/"${version}"`,
              lastModified: changed,
            },
          },
        ];
      }),
    ],
  };
}
