import { AnamnesisError, badRequest, forbidden, isNameOf, PURPOSES } from '@anamnesis/protocol';
import type { FastifyInstance } from 'fastify';
import { isAddress } from 'viem';
import { fetchFromPeer, proveRecords, readReceived } from '../modules/exchange/index.ts';
import { authorityOf } from './authenticate.ts';
import type { ApiContext } from './context.ts';

/** Asking another organisation for what a patient's consent opens, and reading what came. For the clinicians of this one. */
export function exchangeRoutes(server: FastifyInstance, api: ApiContext): void {
  const { context } = api;

  server.post('/api/v1/exchange/fetch', async (request) => {
    const authority = await authorityOf(api, request);
    if (authority.basis.kind !== 'staff') throw forbidden();
    const body = request.body as Record<string, unknown> | undefined;
    if (typeof body !== 'object' || body === null)
      throw new AnamnesisError('request-malformed', 'The body must be a JSON object');
    const { custodian, purpose, practitioner, terms, signature, chain } = body;
    if (!isDirectoryId(custodian)) throw badRequest('custodian must be a Directory id');
    if (typeof purpose !== 'string' || !isNameOf(PURPOSES, purpose))
      throw badRequest('purpose must be a known PurposeOfUse code');
    return fetchFromPeer(context, authority, {
      custodian,
      grant: { terms, signature, ...(chain !== undefined && { chain }) } as never, // Checked by the module.
      purpose,
      ...(typeof practitioner === 'string' && { practitioner }),
    });
  });

  /** Proofs of many record versions at once: what a peer asks for after each page of its search. */
  server.post('/api/v1/proofs/records', async (request) => {
    const authority = await authorityOf(api, request);
    const { references } = (request.body ?? {}) as { references?: unknown };
    return { proofs: await proveRecords(context, authority, references) };
  });

  server.get<{ Querystring: { custodian?: string; subject?: string } }>('/api/v1/received', async (request) => {
    const authority = await authorityOf(api, request);
    if (authority.basis.kind !== 'staff') throw forbidden();
    const { custodian = '', subject = '' } = request.query;
    if (!/^\d{1,10}$/.test(custodian) || !isDirectoryId(Number(custodian)))
      throw badRequest('custodian must be a Directory id');
    if (!isAddress(subject, { strict: false })) throw badRequest('subject must be an address');
    return readReceived(context, authority, { custodian: Number(custodian), subject });
  });
}

/** The Directory numbers organisations from 1 in 32 bits. */
function isDirectoryId(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) < 2 ** 32;
}
