import { badRequest, notAllowed } from '@anamnesis/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { newSecret } from '../modules/consent/index.ts';
import { type FhirResource, subsetOf } from '../modules/records/index.ts';
import { type Content, Deliveries, Sockets, type Subscriber, Subscriptions } from '../modules/subscriptions/index.ts';
import { authorityOf, bearerOf } from './authenticate.ts';
import type { ApiContext } from './context.ts';
import { FHIR, isFresh } from './fhir.ts';
import { headerOf, preferencesOf, queryOf, sendFhir } from './negotiate.ts';
import { operationInput } from './operation.ts';
import { BINDING_LIFE, BINDINGS, SOCKET_PATH, serveSockets } from './subscription-sockets.ts';

type OfOne = { Params: { readonly id: string } };

const DEFINITIONS = 'http://hl7.org/fhir/uv/subscriptions-backport/OperationDefinition/backport-subscription';
const CONTENTS: readonly string[] = ['empty', 'id-only', 'full-resource'];

/**
 * Subscriptions (https://hl7.org/fhir/uv/subscriptions-backport/STU1.1): they are no records but their owner's own, so they have routes of their own, and
 * neither history nor a place in a Bundle.
 */
export function subscriptionRoutes(server: FastifyInstance, api: ApiContext): void {
  const sockets = new Sockets();
  const stopping = new AbortController();
  const context = {
    ...api.context,
    stopping: stopping.signal,
    smart: api.smart,
    retryMs: api.config.subscriptionRetryMs,
    requireIntact: () => api.checkpoints.requireIntact(),
  };
  const deliveries = new Deliveries(context, sockets);
  const subscriptions = new Subscriptions(context, () => deliveries.wake());
  const closeSockets = serveSockets(server, api, { sockets, subscriptions, wake: () => deliveries.wake() });
  server.addHook('onClose', async () => {
    stopping.abort();
    closeSockets();
    await deliveries.stop();
  });

  const subscriber = async (request: FastifyRequest): Promise<Subscriber> => ({
    authority: await authorityOf(api, request),
    token: bearerOf(request),
  });
  const answer = (request: FastifyRequest, reply: FastifyReply, resource: FhirResource, status = 200): FastifyReply => {
    const { versionId } = resource.meta as { versionId: string };
    if (status === 201)
      reply.header('location', `${api.context.base}/Subscription/${resource.id}/_history/${versionId}`);
    if (isFresh(request, reply, resource) && request.method === 'GET') return reply.status(304).send();
    if (request.method !== 'GET' && preferencesOf(request).returns === 'minimal') return reply.status(status).send();
    return sendFhir(request, reply, subsetOf(queryOf(request))?.(resource) ?? resource, status);
  };

  server.post(`${FHIR}/Subscription`, async (request, reply) => {
    if (headerOf(request, 'if-none-exist') !== undefined)
      throw notAllowed('Subscriptions are not created conditionally');
    return answer(request, reply, await subscriptions.create(await subscriber(request), request.body), 201);
  });
  const search = async (request: FastifyRequest, reply: FastifyReply, query: string): Promise<FastifyReply> => {
    const found = await subscriptions.list(await subscriber(request));
    return sendFhir(request, reply, searchset(api.context.base, found, query, preferencesOf(request).strict));
  };
  server.get(`${FHIR}/Subscription`, (request, reply) => search(request, reply, queryOf(request)));
  server.post(`${FHIR}/Subscription/_search`, (request, reply) =>
    search(request, reply, request.body instanceof URLSearchParams ? request.body.toString() : ''),
  );
  server.get<OfOne>(`${FHIR}/Subscription/:id`, async (request, reply) =>
    answer(request, reply, await subscriptions.read(await subscriber(request), request.params.id)),
  );
  server.put<OfOne>(`${FHIR}/Subscription/:id`, async (request, reply) => {
    const ifMatch = headerOf(request, 'if-match');
    return answer(
      request,
      reply,
      await subscriptions.update(await subscriber(request), request.params.id, request.body, ifMatch),
    );
  });
  server.delete<OfOne>(`${FHIR}/Subscription/:id`, async (request, reply) => {
    await subscriptions.delete(await subscriber(request), request.params.id);
    return reply.status(204).send();
  });

  /** By GET and by POST: none of these changes anything that is stored as FHIR. */
  const serve = (
    path: string,
    name: string,
    work: (request: FastifyRequest, id: string | null) => Promise<FhirResource>,
  ): void => {
    const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
      sendFhir(request, reply, await work(request, (request.params as { id?: string }).id ?? null));
    const route = { config: { operation: `${DEFINITIONS}-${name}` } };
    server.get(`${FHIR}/Subscription${path}/$${name}`, route, handle);
    server.post(`${FHIR}/Subscription${path}/$${name}`, route, handle);
  };
  for (const path of ['', '/:id']) {
    serve(path, 'status', async (request, id) => {
      const input = operationInput(request);
      const filter = { ids: input.all('id').map(idOf), statuses: input.all('status') };
      return subscriptions.status(await subscriber(request), id, filter);
    });
    serve(path, 'get-ws-binding-token', async (request, id) => {
      const ids = id === null ? operationInput(request).all('id').map(idOf) : [id];
      const bound = await subscriptions.bindable(await subscriber(request), ids);
      const token = newSecret('binding');
      await api.smart.store.put(BINDINGS, token, bound, BINDING_LIFE);
      return {
        resourceType: 'Parameters',
        parameter: [
          { name: 'token', valueString: token },
          { name: 'expiration', valueDateTime: new Date(api.context.clock() + BINDING_LIFE * 1000).toISOString() },
          ...bound.map((one) => ({ name: 'subscription', valueString: `${api.context.base}/Subscription/${one}` })),
          { name: 'websocket-url', valueUrl: api.config.publicUrl.replace(/^http/, 'ws') + SOCKET_PATH },
        ],
      };
    });
  }
  serve('/:id', 'events', async (request, id) => {
    const input = operationInput(request);
    const content = input.one('content');
    if (content !== undefined && !CONTENTS.includes(content))
      throw badRequest('content is empty, id-only or full-resource');
    return subscriptions.events(await subscriber(request), id ?? '', {
      from: Math.max(input.whole('eventsSinceNumber') ?? 1, 1),
      to: input.whole('eventsUntilNumber') ?? null,
      content: (content as Content | undefined) ?? null,
    });
  });
}

/** An id may be given as a reference. */
function idOf(text: string): string {
  return text.slice(text.lastIndexOf('/') + 1);
}

const MATCHES: Readonly<Record<string, (one: FhirResource) => unknown>> = {
  _id: ({ id }) => id,
  status: ({ status }) => status,
  criteria: ({ criteria }) => criteria,
  type: ({ channel }) => (channel as { type?: unknown }).type,
  url: ({ channel }) => (channel as { endpoint?: unknown }).endpoint,
  payload: ({ channel }) => (channel as { payload?: unknown }).payload,
};
const SHAPING = new Set(['_format', '_pretty', '_summary', '_elements', '_count', '_total', '_sort']);

/** The search parameters of Subscription that are served; a node has few of one owner, so they are looked at one by one. */
export const SUBSCRIPTION_PARAMETERS: readonly string[] = Object.keys(MATCHES);

function searchset(base: string, all: readonly FhirResource[], query: string, strict: boolean): FhirResource {
  const asked = [...new URLSearchParams(query)].filter(([name]) => !SHAPING.has(name));
  const known = asked.filter(([name]) => Object.hasOwn(MATCHES, name));
  if (strict && known.length < asked.length) throw badRequest('The query has parameters that are not known here');
  const found = all.filter((one) =>
    known.every(([name, value]) => value.split(',').includes(String(MATCHES[name]?.(one)))),
  );
  const subset = subsetOf(query);
  const self = known.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: found.length,
    link: [{ relation: 'self', url: `${base}/Subscription${self && `?${self}`}` }],
    entry: found.map((one) => ({
      fullUrl: `${base}/Subscription/${one.id}`,
      resource: subset?.(one) ?? one,
      search: { mode: 'match' },
    })),
  };
}
