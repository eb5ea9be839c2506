import { badRequest, type Log, notFound, parseTilePath } from '@anamnesis/protocol';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { LOGS, readTile, rollbackDecisions } from '../modules/checkpoints/index.ts';
import type { ApiContext } from './context.ts';

/** A tile never changes: whoever has it need not ask again for a year. */
const FOR_EVER = 'public, max-age=31536000, immutable';
/** A checkpoint is replaced by the next one within seconds. */
const BRIEFLY = 'public, max-age=2';
const TEXT = 'text/plain; charset=utf-8';
const MAX_REQUEST = 64 * 1024;

/**
 * Both logs for transparency tools made elsewhere: C2SP `tlog-tiles` under `/api/v1/tlog/<log>`, C2SP `tlog-witness` under `/api/v1/witness`, and what this
 * node found. All of it is open to everyone and says nothing of anybody.
 */
export function transparencyRoutes(server: FastifyInstance, api: ApiContext): void {
  const { transparency, context } = api;

  server.get<{ Params: { log: string } }>('/api/v1/tlog/:log/checkpoint', async (request, reply) => {
    const note = await transparency.checkpoint(logOf(request.params.log));
    return reply.header('cache-control', BRIEFLY).type(TEXT).send(note);
  });

  server.get<{ Params: { log: string; '*': string } }>('/api/v1/tlog/:log/tile/*', async (request, reply) => {
    const log = logOf(request.params.log);
    const tile = parseTilePath(request.params['*']);
    const bytes = tile && (await readTile(context.database, log, tile));
    if (bytes === null) throw notFound();
    return reply.header('cache-control', FOR_EVER).type('application/octet-stream').send(Buffer.from(bytes));
  });

  // The specification names no media type for the request, so any is taken, as text.
  server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string', bodyLimit: MAX_REQUEST }, (_request, body, done) =>
      done(null, body),
    );
    scope.post('/api/v1/witness/add-checkpoint', async (request, reply) => {
      if (typeof request.body !== 'string')
        throw badRequest('The body is not one of add-checkpoint (c2sp.org/tlog-witness)');
      const answer = await transparency.witness(request.body);
      if (answer.status === 409) return reply.status(409).type('text/x.tlog.size').send(`${answer.size}\n`);
      if (answer.status === 422) return reply.status(422).type(TEXT).send('the consistency proof does not hold\n');
      return reply.type(TEXT).send(`${answer.line}\n`);
    });
  });

  server.get<{ Params: { organization: string; log: string } }>(
    '/api/v1/witness/:organization/:log',
    async (request, reply) => sendWitnessed(reply, api, request.params.organization, logOf(request.params.log)),
  );

  server.get('/api/v1/log-findings', async () => ({
    findings: await transparency.findings(),
    decisions: await rollbackDecisions(context.database),
  }));
}

async function sendWitnessed(reply: FastifyReply, api: ApiContext, organization: string, log: Log) {
  const seen = /^[1-9]\d{0,9}$/.test(organization) ? await api.transparency.witnessed(Number(organization), log) : null;
  if (seen === null) throw notFound();
  return reply.header('cache-control', BRIEFLY).type(TEXT).send(seen.note);
}

function logOf(name: string): Log {
  const log = LOGS.find((one) => one === name);
  if (log === undefined) throw notFound();
  return log;
}
