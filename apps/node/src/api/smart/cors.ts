import type { FastifyInstance } from 'fastify';

const METHODS = 'GET, POST, PUT, PATCH, DELETE, OPTIONS';
const ALLOWED = [
  'Authorization',
  'Content-Type',
  'Accept',
  'If-Match',
  'If-None-Match',
  'If-None-Exist',
  'If-Modified-Since',
  'Prefer',
  'X-Purpose-Of-Use',
  'X-Request-Id',
  'X-Requested-With',
].join(', ');
const EXPOSED =
  'ETag, Location, Content-Location, Last-Modified, Retry-After, WWW-Authenticate, X-Request-Id, X-Progress';

/** Addresses that apps in browsers ask, from any origin: nothing there is opened by a cookie. The authorization server answers for itself. */
const OPEN = /^\/(fhir\/|\.well-known\/)/;

/** CORS for what apps ask (https://hl7.org/fhir/smart-app-launch/app-launch.html, CORS support). */
export function corsRoutes(server: FastifyInstance): void {
  server.addHook('onRequest', async (request, reply) => {
    if (!OPEN.test(request.url)) return;
    reply.headers({ 'access-control-allow-origin': '*', 'access-control-expose-headers': EXPOSED });
  });
  for (const url of ['/fhir/R4', '/fhir/R4/*', '/.well-known/*']) {
    server.options(url, async (_request, reply) =>
      reply
        .headers({
          'access-control-allow-methods': METHODS,
          'access-control-allow-headers': ALLOWED,
          'access-control-max-age': '3600',
        })
        .status(204)
        .send(),
    );
  }
}
