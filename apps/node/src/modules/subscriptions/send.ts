import { stringifyJson } from '@anamnesis/protocol';
import { ask, DirectoryError, type PeerRequest } from '../directory/index.ts';
import type { FhirResource } from '../records/search/index.ts';
import type { SubscriptionsContext } from './context.ts';
import type { ToldEvent } from './notification.ts';
import type { Sockets } from './sockets.ts';
import type { Subscription } from './store.ts';

const FHIR_JSON = 'application/fhir+json';
/** Default for one delivery, in milliseconds, and how much of an answer is read: it is not looked at. */
const TIMEOUT_MS = 10_000;
const MAX_ANSWER = 64 * 1024;

/** Why a delivery failed, in words that may be shown to its owner: neither the address nor what was answered. */
export class DeliveryFailed extends Error {
  override readonly name = 'DeliveryFailed';
}

/** Sends a notification as the channel asks. Throws {@link DeliveryFailed}. */
export async function sendNotification(
  context: SubscriptionsContext,
  sockets: Sockets,
  { id, terms }: Pick<Subscription, 'id' | 'terms'>,
  bundle: FhirResource,
): Promise<void> {
  const text = stringifyJson(bundle);
  if (terms.channel === 'websocket') {
    if (!(await sockets.send(id, text))) throw new DeliveryFailed('nobody listens');
    return;
  }
  await post(context, terms, terms.endpoint ?? '', { method: 'POST', body: text });
}

/**
 * Sends an event as plain criteria of R4 ask (https://hl7.org/fhir/R4/subscription.html#2.46.7.1): the record by PUT under the endpoint, or without a payload
 * an empty POST. Throws {@link DeliveryFailed}.
 */
export async function sendPlain(
  context: SubscriptionsContext,
  { terms }: Pick<Subscription, 'terms'>,
  event: ToldEvent,
): Promise<void> {
  if (terms.endpoint === null) return;
  if (event.resource === undefined || event.reference === null)
    return post(context, terms, terms.endpoint, { method: 'POST', body: '' });
  const url = new URL(terms.endpoint);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/${event.reference}`;
  return post(context, terms, url.href, { method: 'PUT', body: stringifyJson(event.resource) });
}

async function post(
  context: SubscriptionsContext,
  { headers, timeout }: Subscription['terms'],
  url: string,
  request: PeerRequest,
): Promise<void> {
  const limits = {
    ...context.limits,
    timeoutMs: timeout ?? Math.min(context.limits.timeoutMs, TIMEOUT_MS),
    maxBytes: MAX_ANSWER,
  };
  const type = request.body === '' ? {} : { 'content-type': FHIR_JSON };
  let status: number;
  try {
    ({ status } = await ask(url, limits, {
      ...request,
      headers: { ...Object.fromEntries(headers), ...type },
      signal: context.stopping,
    }));
  } catch (cause) {
    if (!(cause instanceof DirectoryError)) throw cause;
    throw new DeliveryFailed(cause.code, { cause });
  }
  // A redirect is not followed: who is told was agreed on.
  if (status < 200 || status > 299) throw new DeliveryFailed(`the endpoint answered with status ${status}`);
}
