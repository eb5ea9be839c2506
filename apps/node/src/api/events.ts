import { forbidden, notFound, tooManyRequests } from '@anamnesis/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Authority } from '../modules/consent/index.ts';
import { type Audience, listen, listNotices, type SentEvent, seeNotice } from '../modules/events/index.ts';
import { noticeEndingConsents } from '../modules/requests/index.ts';
import { authorityOf } from './authenticate.ts';
import type { ApiContext } from './context.ts';

/** How often a stream shows that it lives, and whether its session still stands, in milliseconds. */
const BEAT = 15_000;
/** One person has so many streams open at most: tabs and devices. */
const MAX_STREAMS = 10;
/** What may wait for a client that reads slowly, in bytes. */
const MAX_WAITING = 64 * 1024;

/** Notices, and live events: kinds and ids, never health data. */
export function eventRoutes(server: FastifyInstance, api: ApiContext): void {
  const { context } = api;
  const streams = new Map<string, number>();

  server.get<{ Querystring: { since?: string } }>('/api/v1/notices', async (request) => {
    const authority = await authorityOf(api, request);
    if (authority.basis.kind === 'subject') await noticeEndingConsents(context, authority.basis.subject);
    const since = /^\d{1,15}$/.test(request.query.since ?? '') ? Number(request.query.since) : 0;
    return listNotices(context.database, audiencesOf(authority), since);
  });

  server.post<{ Params: { id: string } }>('/api/v1/notices/:id/seen', async (request, reply) => {
    const audiences = audiencesOf(await authorityOf(api, request));
    if (!(await seeNotice(context.database, audiences, request.params.id, context.clock()))) throw notFound();
    return reply.status(204).send();
  });

  /** A stream of server-sent events (HTML section 9.2), to be read by fetch, since EventSource sends no bearer token. */
  // The head of what does not end is no use to anybody, and would hold a stream.
  server.get('/api/v1/events', { exposeHeadRoute: false }, async (request, reply) => {
    const authority = await authorityOf(api, request);
    const audiences = audiencesOf(authority);
    const who = authority.actor;
    const open = streams.get(who) ?? 0;
    if (open >= MAX_STREAMS) throw tooManyRequests('Too many streams are open');
    streams.set(who, open + 1);
    reply.hijack();
    const { raw } = reply;
    let ended = false;
    let stop = (): void => {};
    let beat: NodeJS.Timeout | undefined;
    const end = (): void => {
      if (ended) return;
      ended = true;
      clearInterval(beat);
      stop();
      const left = (streams.get(who) ?? 1) - 1;
      if (left > 0) streams.set(who, left);
      else streams.delete(who);
      raw.end();
    };
    raw.on('close', end);
    const write = (text: string): void => {
      if (ended) return;
      raw.write(text);
      // Whoever does not read loses the stream, and catches up when she comes back.
      if (raw.writableLength > MAX_WAITING) end();
    };
    const headers = { ...reply.getHeaders(), 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' };
    raw.writeHead(200, headers as Record<string, string>);
    try {
      stop = await listen(context.database, audiences, (event) => write(lineOf(event)));
      if (ended) stop();
      write(': listening\n\n');
      beat = setInterval(() => void stillThere(api, request).then((there) => (there ? write(': \n\n') : end())), BEAT);
      beat.unref();
      if (ended) clearInterval(beat);
    } catch {
      end();
    }
    return reply;
  });
}

function lineOf({ seq, kind, ref, at }: SentEvent): string {
  return `${seq === null ? '' : `id: ${seq}\n`}event: ${kind}\ndata: ${JSON.stringify({ kind, ref, at })}\n\n`;
}

async function stillThere(api: ApiContext, request: FastifyRequest): Promise<boolean> {
  return authorityOf(api, request).then(
    () => true,
    () => false,
  );
}

/** Whose events and notices somebody may see. Errors: 403 for other organisations and apps. */
function audiencesOf({ basis, actor }: Authority): Audience[] {
  if (basis.kind === 'subject') return [actor as Audience];
  if (basis.kind !== 'staff') throw forbidden();
  const own = actor.startsWith('Practitioner/') ? [actor as Audience] : [];
  if (basis.role === 'operator') return [...own, 'operators'];
  if (basis.role === 'auditor') return [...own, 'auditors'];
  return [...own, 'staff'];
}
