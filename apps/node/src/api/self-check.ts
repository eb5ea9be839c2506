import { forbidden } from '@anamnesis/protocol';
import type { FastifyInstance } from 'fastify';
import { appendAccess } from '../modules/audit/index.ts';
import { consentEntry } from '../modules/consent/index.ts';
import { type SelfCheck, selfCheck } from '../modules/self-check/index.ts';
import { authorityOf } from './authenticate.ts';
import type { ApiContext } from './context.ts';

/**
 * `POST /api/v1/self-check`: is everything in the node's database what its logs commit to? For operators and auditors. It names records and says nothing of
 * what is in them. One runs at a time; whoever asks meanwhile gets its outcome.
 */
export function selfCheckRoutes(server: FastifyInstance, api: ApiContext): void {
  const { context } = api;
  let running: Promise<SelfCheck> | null = null;

  server.post('/api/v1/self-check', async (request) => {
    const { basis, actor, display, organization, automatic, requestId } = await authorityOf(api, request);
    if (basis.kind !== 'staff' || (basis.role !== 'operator' && basis.role !== 'auditor')) throw forbidden();
    running ??= selfCheck(context).finally(() => {
      running = null;
    });
    const found = await running;
    const entry = consentEntry(
      { actor, display, organization, automatic, requestId },
      { at: context.clock(), action: 'decision', basis: 'staff', purpose: 'HSYSADMIN', patients: [] },
    );
    const description = `Self-check: ${found.findings.length} findings`;
    await context.database.transaction((tx) => appendAccess(context, tx, [{ ...entry, description }]));
    return { ok: found.findings.length === 0, ...found };
  });
}
