import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from 'oidc-provider';
import { MAX_CLIENT_FAILURES } from '../../modules/smart/index.ts';
import type { ApiContext } from '../context.ts';
import { httpFailure } from '../errors.ts';
import { adminRoutes } from './admin.ts';
import { assetRoutes } from './assets.ts';
import { discoveryRoutes } from './discovery.ts';
import { enrollRoutes } from './enroll.ts';
import { Html, html, page, pageHeaders } from './html.ts';
import { interactionRoutes } from './interaction.ts';
import { messagePage } from './pages.ts';
import { userInfoRoutes } from './userinfo.ts';

const MOUNT = '/oauth';
/** Where a client proves who it is. */
const AUTHENTICATED = /^\/oauth\/(token|introspect|revoke)\b/;

function show(ctx: Context, text: string): void {
  for (const [name, value] of Object.entries(pageHeaders())) ctx.set(name, value);
  ctx.body = text;
}

/** The pages of the authorization server that oidc-provider asks for. */
export const smartPages = {
  renderError: (ctx: Context, { error, error_description: said = '' }: { error: string; error_description?: string }) =>
    show(ctx, messagePage(error === 'signed_out' ? 'Signed out' : 'The app asked for something that cannot be', said)),
  /** `form` is oidc-provider's own, of hidden fields that it made. */
  renderLogout: (ctx: Context, form: string) =>
    show(
      ctx,
      page(
        'Sign out?',
        html`${new Html(form)}<div class="actions"><button class="main" form="op.logoutForm" name="logout" value="yes">Sign out</button></div>`,
      ),
    ),
};

/** SMART App Launch: discovery, the authorization server with its pages, and what operators and staff do about apps. */
export function smartRoutes(server: FastifyInstance, api: ApiContext): void {
  const { smart } = api;
  discoveryRoutes(server, api);
  assetRoutes(server);
  interactionRoutes(server, api);
  enrollRoutes(server, api);
  adminRoutes(server, api);
  userInfoRoutes(server, api);

  smart.provider.on('server_error', (_ctx: unknown, error: unknown) => {
    const { name, stack } = error as Error;
    const trace = (stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
    // By kind and place, never by message: it may quote what came in.
    process.stderr.write(
      `${JSON.stringify({ level: 'error', at: new Date().toISOString(), name, trace: trace.slice(0, 6) })}\n`,
    );
  });
  /** Of requests in which a client proves who it is. */
  const addresses = new WeakMap<IncomingMessage, string>();
  smart.provider.use(async (ctx, next) => {
    await next();
    // Guessing secrets: an unknown client or a wrong secret is answered with 401. Counted before the answer goes out, so
    // that whoever waits for it cannot be ahead of the count.
    const address = addresses.get(ctx.req);
    if (address !== undefined && ctx.status === 401) await smart.attempts.failed(`client:${address}`);
  });
  const answer = smart.provider.callback();
  const pass = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const authenticated = request.method === 'POST' && AUTHENTICATED.test(request.url);
    try {
      api.checkpoints.requireIntact();
      if (authenticated) await smart.attempts.require(`client:${request.ip}`, MAX_CLIENT_FAILURES);
    } catch (error) {
      const { status, said } = httpFailure(error);
      const word = status === 429 ? 'slow_down' : 'temporarily_unavailable';
      await reply.status(status).header('retry-after', '300').send({ error: word, error_description: said });
      return;
    }
    const { raw } = request;
    reply.hijack();
    for (const [name, value] of Object.entries({
      'x-request-id': request.id,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
    })) {
      reply.raw.setHeader(name, value);
    }
    // Addresses that it makes are ours, whatever Host the request names.
    const { host, protocol } = new URL(smart.config.publicUrl);
    delete raw.headers['x-forwarded-host'];
    Object.assign(raw.headers, { host, ...(protocol === 'https:' && { 'x-forwarded-proto': 'https' }) });
    // As a framework that mounts it would: addresses that it makes begin with what was taken off.
    Object.assign(raw, { originalUrl: raw.url, baseUrl: MOUNT, url: raw.url?.slice(MOUNT.length) ?? '/' });
    if (authenticated) addresses.set(raw, request.ip);
    await answer(raw, reply.raw);
  };
  // Before the body is read: oidc-provider reads it itself.
  server.route({
    method: ['GET', 'POST', 'OPTIONS'],
    url: `${MOUNT}/*`,
    onRequest: pass,
    handler: (_request, reply) => reply,
  });
}
