import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { AnamnesisError, badRequest, notFound } from '@anamnesis/protocol';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { answerJson } from '../modules/records/index.ts';
import { accountingRoutes } from './accounting/index.ts';
import { accountRoutes } from './accounts.ts';
import { auditEventRoutes } from './audit-events.ts';
import { authRoutes } from './auth.ts';
import { binaryRoutes } from './binary.ts';
import { breachReportRoutes } from './breach-report.ts';
import { capabilityRoutes } from './capability.ts';
import { consentRoutes } from './consent.ts';
import type { ApiContext } from './context.ts';
import { allowOrigins } from './cors.ts';
import { emergencyRoutes } from './emergencies.ts';
import { erasureRoutes } from './erasure.ts';
import { type HttpFailure, httpFailure, outcomeOf, problemOf } from './errors.ts';
import { eventRoutes } from './events.ts';
import { exchangeRoutes } from './exchange.ts';
import { exportRoutes } from './export.ts';
import { FHIR, fhirRoutes } from './fhir.ts';
import { healthRoutes } from './health.ts';
import { intakeRoutes } from './intake.ts';
import { keyRoutes } from './keys.ts';
import { logRoutes } from './logs.ts';
import { metricsRoutes } from './metrics.ts';
import { FHIR_JSON } from './negotiate.ts';
import { noteRoutes } from './notes.ts';
import { carryObligations } from './obligations.ts';
import { operationRoutes } from './operations.ts';
import { patientRoutes } from './patient.ts';
import { portalRoutes } from './portal.ts';
import { limitRates } from './rate-limit.ts';
import { readJson } from './read-json.ts';
import { recoveryRoutes } from './recovery.ts';
import { requestRoutes } from './requests.ts';
import { rollbackRoutes } from './rollback.ts';
import { selfCheckRoutes } from './self-check.ts';
import { signInRoutes } from './sign-in.ts';
import { smartRoutes } from './smart/index.ts';
import { statusRoutes } from './status.ts';
import { subscriptionRoutes } from './subscriptions.ts';
import { terminologyRoutes } from './terminology.ts';
import { transparencyRoutes } from './transparency.ts';
import { validateRoutes } from './validate.ts';

export { smartPages } from './smart/index.ts';

/** A route as it was registered: its method, and its path with parameters (`:id`). */
export interface ServedRoute {
  readonly method: string;
  readonly path: string;
}

/** The HTTP interface of a node, listening. */
export interface Api {
  readonly url: string;
  /** Every route that is served: what must be covered by tests is read off here. */
  readonly routes: readonly ServedRoute[];
  close(): Promise<void>;
}

/** JSON in all its media types is read by the lossless reader: a decimal keeps its digits on the way through. */
const JSON_TYPES = /^application\/((?:fhir\+|problem\+|scim\+|json-patch\+)?json)(?:;|$)/i;

/** How long a client may take for the head of a request, and how often it is looked at. */
const HEADERS_TIMEOUT_MS = 30_000;
const CHECK_EVERY_MS = 10_000;

/**
 * Starts to listen. Errors: `port-taken`.
 *
 * A request's id is its own or `X-Request-Id`; every answer names it, logs carry it, and errors say nothing else about the inside.
 */
export async function openApi(api: ApiContext): Promise<Api> {
  const { host, port, bodyLimit, requestTimeoutMs } = api.config;
  const server: FastifyInstance = fastify({
    bodyLimit,
    genReqId: (request) => {
      const given = request.headers['x-request-id'];
      return typeof given === 'string' && /^[A-Za-z0-9.-]{1,64}$/.test(given) ? given : randomUUID();
    },
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 256 },
    forceCloseConnections: true,
    // A client that sends slowly holds a connection: the whole request must be there in time, its headers sooner.
    requestTimeout: requestTimeoutMs,
    http: {
      headersTimeout: Math.min(requestTimeoutMs, HEADERS_TIMEOUT_MS),
      connectionsCheckingInterval: Math.min(requestTimeoutMs, CHECK_EVERY_MS),
    },
    trustProxy: api.config.trustProxy,
    logger: false,
    // What reaches no route (an address that is no text) and what is no HTTP is told in the same forms.
    frameworkErrors: (error, request, reply) => void answerFailure(error, request, reply.headers(headersOf(request))),
    clientErrorHandler: answerNoHttp,
  });
  const served: ServedRoute[] = [];
  server.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) served.push({ method: one, path: url });
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(JSON_TYPES, { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, body.length === 0 ? undefined : readJson(body as Buffer, bodyLimit));
    } catch (error) {
      done(error as Error);
    }
  });
  server.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    done(null, new URLSearchParams(body as string));
  });
  server.setReplySerializer((payload) => answerJson(payload));
  server.addHook('onRequest', async (request, reply) => {
    reply.headers(headersOf(request));
    refuseNul(request.url);
  });
  carryObligations(server);
  allowOrigins(server, api.config.corsOrigins);
  limitRates(server, api.config.rateLimit);
  server.setErrorHandler(answerFailure);
  server.setNotFoundHandler((request, reply) => {
    const said = 'There is nothing at this address';
    const failure = {
      ...{ status: 404, code: 'not-found', said, unexpected: false },
      issues: [{ severity: 'error', code: 'not-found', diagnostics: said }] as const,
    };
    return sendFailure(failure, request, reply);
  });
  for (const routes of [
    metricsRoutes,
    capabilityRoutes,
    smartRoutes,
    fhirRoutes,
    auditEventRoutes,
    accountingRoutes,
    breachReportRoutes,
    selfCheckRoutes,
    binaryRoutes,
    validateRoutes,
    terminologyRoutes,
    operationRoutes,
    exportRoutes,
    subscriptionRoutes,
    authRoutes,
    consentRoutes,
    patientRoutes,
    logRoutes,
    transparencyRoutes,
    rollbackRoutes,
    exchangeRoutes,
    erasureRoutes,
    emergencyRoutes,
    signInRoutes,
    accountRoutes,
    intakeRoutes,
    requestRoutes,
    noteRoutes,
    recoveryRoutes,
    healthRoutes,
    keyRoutes,
    eventRoutes,
    statusRoutes,
    portalRoutes,
  ]) {
    routes(server, api);
  }
  try {
    await server.listen({ host, port });
  } catch (cause) {
    await server.close();
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
    throw new AnamnesisError('port-taken', `Port ${port} of ${host} is in use by another program`, { cause });
  }
  const address = server.server.address();
  const at = typeof address === 'object' && address !== null ? address.port : port;
  return { url: `http://${host}:${at}`, routes: served, close: () => server.close() };
}

/** No id, name or value holds the character NUL, and no database stores it: 404 in the path, where nothing can be, and 400 in the query. */
function refuseNul(url: string): void {
  const at = url.indexOf('%00');
  if (at < 0) return;
  const query = url.indexOf('?');
  if (query < 0 || at < query) throw notFound();
  throw badRequest('The query holds a character that no value has');
}

function headersOf(request: FastifyRequest): Record<string, string> {
  return { 'x-request-id': request.id, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
}

function answerFailure(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const failure = httpFailure(error);
  // The reason goes to the operator, by kind and place and never by message: a message might quote what was being worked on.
  if (failure.unexpected) process.stderr.write(`${JSON.stringify(traceOf(error, request.id))}\n`);
  // RFC 6750 section 3: a token that is not enough is told apart from none.
  if (failure.status === 401) reply.header('www-authenticate', 'Bearer');
  if (failure.code === 'insufficient-scope') reply.header('www-authenticate', 'Bearer error="insufficient_scope"');
  return sendFailure(failure, request, reply);
}

function sendFailure(failure: HttpFailure, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.status(failure.status);
  return request.url.startsWith(FHIR)
    ? reply.type(FHIR_JSON).send(outcomeOf(failure, request.id))
    : reply.type('application/problem+json').send(problemOf(failure, request.id));
}

/** What is no HTTP has no address, and so no side: a problem (RFC 9457) in plain bytes. */
function answerNoHttp(error: { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const tooLong = error.code === 'HPE_HEADER_OVERFLOW';
  const late = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const [status, reason] = tooLong
    ? [431, 'Request Header Fields Too Large']
    : late
      ? [408, 'Request Timeout']
      : [400, 'Bad Request'];
  const body = JSON.stringify({ type: 'about:blank', title: reason, status, code: 'http-malformed' });
  const head = `HTTP/1.1 ${status} ${reason}\r\ncontent-type: application/problem+json\r\ncontent-length: ${body.length}`;
  socket.end(`${head}\r\nconnection: close\r\n\r\n${body}`);
}

function traceOf(error: unknown, requestId: string): object {
  const { name, code, stack } = error as { name?: string; code?: string; stack?: string };
  const places = (stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return {
    level: 'error',
    at: new Date().toISOString(),
    requestId,
    name,
    code,
    trace: places.slice(0, 6).map((line) => line.trim()),
  };
}
