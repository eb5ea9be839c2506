import type { FastifyInstance } from 'fastify';

/** Headers of answers that a web application may look at. */
const EXPOSED =
  'ETag, Location, Content-Location, Last-Modified, Content-Disposition, Retry-After, WWW-Authenticate, X-Request-Id, X-Security-Context';
const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE';
const HEADERS =
  'Accept, Authorization, Content-Type, Idempotency-Key, If-Match, If-Modified-Since, If-None-Exist, If-None-Match, Prefer, X-Purpose-Of-Use, X-Request-Id, X-Requested-With, X-Security-Context';
const REMEMBER_SECONDS = '600';

/**
 * Lets web applications of the configured origins call this server (https://fetch.spec.whatwg.org/#http-cors-protocol); `*` for any, which is what SMART
 * apps need (https://hl7.org/fhir/smart-app-launch/app-launch.html). Nothing here depends on cookies, so none are allowed, and an origin alone opens
 * nothing. The authorization server, whose pages do have cookies, answers for itself.
 */
export function allowOrigins(server: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  const any = origins.includes('*');
  server.addHook('onRequest', async (request, reply) => {
    if (request.url.startsWith('/oauth/')) return;
    if (!any) reply.header('vary', 'Origin');
    const { origin } = request.headers;
    if (origin === undefined || !(any || origins.includes(origin))) return;
    reply.header('access-control-allow-origin', any ? '*' : origin);
    reply.header('access-control-expose-headers', EXPOSED);
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return;
    reply.header('access-control-allow-methods', METHODS);
    reply.header('access-control-allow-headers', HEADERS);
    reply.header('access-control-max-age', REMEMBER_SECONDS);
    return reply.status(204).send();
  });
}
