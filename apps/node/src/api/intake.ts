import { forbidden, notFound, unsupportedMediaType } from '@anamnesis/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Authority, authenticateClient, type Client } from '../modules/consent/index.ts';
import { type IntakeContext, receiveCcda, receiveHl7 } from '../modules/intake/index.ts';
import { authorityOf, bearerOf } from './authenticate.ts';
import type { ApiContext } from './context.ts';
import { headerOf } from './negotiate.ts';

/** Media type of HL7 v2 in ER7 form, as "HL7 over HTTP" names it. */
const ER7 = 'application/hl7-v2; charset=utf-8';

/** What other systems speak, over HTTP. For integrators, and only where intake is configured. */
export function intakeRoutes(server: FastifyInstance, api: ApiContext): void {
  server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

    /** One C-CDA document: 201 when it was taken, 200 when it had been taken before. */
    scope.post('/api/v1/intake/ccda', async (request, reply) => {
      const { intake, authority } = await integratorOf(api, request);
      const mediaType = headerOf(request, 'content-type') ?? '';
      if (!/^(?:application\/(?:xml|hl7-sda\+xml|cda\+xml|hl7-cda\+xml)|text\/xml)(?:;|$)/i.test(mediaType)) {
        throw unsupportedMediaType('A C-CDA document comes as text/xml');
      }
      const { original, ...kept } = await receiveCcda(intake, authority, bytesOf(request));
      return reply.status(kept.repeated ? 200 : 201).send({ ...kept, original: `Binary/${original}` });
    });

    /** One HL7 v2 message; the answer is its acknowledgement: 200 where it was taken, 4xx where it was refused, 503 where it may come again. */
    scope.post('/api/v1/intake/hl7v2', async (request, reply) => {
      const { intake, client } = await integratorOf(api, request);
      const { acknowledgement, refused } = await receiveHl7(intake, bytesOf(request), { client });
      if (refused !== null && acknowledgement === null) throw refused;
      return reply
        .status(refused?.status ?? 200)
        .type(ER7)
        .send(Buffer.from(acknowledgement ?? new Uint8Array(0)));
    });
  });
}

/** Who sends. Errors: 401, 403 for anybody but integrators, 404 where intake is not configured. */
async function integratorOf(
  api: ApiContext,
  request: FastifyRequest,
): Promise<{ intake: IntakeContext; client: Client; authority: Authority }> {
  const authority = await authorityOf(api, request);
  const { basis } = authority;
  if (basis.kind !== 'staff' || basis.role !== 'integrator') throw forbidden('Only an integrator may send this');
  if (api.intake === undefined) throw notFound('Intake is not configured at this node');
  return { intake: api.intake, authority, client: await authenticateClient(api.context.database, bearerOf(request)) };
}

function bytesOf(request: FastifyRequest): Uint8Array {
  return request.body instanceof Buffer ? request.body : Buffer.alloc(0);
}
