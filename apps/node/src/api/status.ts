import type { FastifyInstance } from 'fastify';
import { rollbackDecisions } from '../modules/checkpoints/index.ts';
import { latestCheckpoint } from '../modules/directory/index.ts';
import { logSize } from '../storage/index.ts';
import type { ApiContext } from './context.ts';

/** Who this node is and how it is; open to everyone, and without anything about a patient. */
export function statusRoutes(server: FastifyInstance, api: ApiContext): void {
  const { config, context, directory, checkpoints, sender } = api;
  const { database, ledger } = context;

  server.get('/.well-known/anamnesis', (_request, reply) =>
    reply
      .header('cache-control', 'public, max-age=60')
      .type('application/json; charset=utf-8')
      .send(Buffer.from(api.profile)),
  );

  server.get('/api/v1/status', async () => {
    const seal = async (log: 'records' | 'access') => {
      const size = await logSize(database, log);
      const sealed = (await latestCheckpoint(database, ledger.organization, log))?.size ?? 0;
      return { size, sealed, waiting: Math.max(size - sealed, 0) };
    };
    const { view, problem } = directory;
    const sealing = checkpoints.status();
    return {
      organization: ledger.organization,
      name: config.name,
      version: '0.1.0',
      database: database.engine,
      deployment: config.deployment,
      ledger: { block: view?.block ?? null, seenAt: view?.seenAt ?? null, stale: directory.isStale(), problem },
      accused: directory.accused(),
      logs: { records: await seal('records'), access: await seal('access') },
      decisions: await rollbackDecisions(database),
      findings: (await api.transparency.findings()).filter(({ goneAt }) => goneAt === null).length,
      sealing: { rolledBack: sealing.rolledBack, problem: sealing.problem, outbox: sender.status().signed },
    };
  });

  server.get('/livez', async () => ({ live: true }));

  /** Ready to serve local care; `ledger` says whether releases to others go on (promise P6). */
  server.get('/readyz', async (_request, reply) => {
    await database.query('select 1');
    const { rolledBack } = checkpoints.status();
    return reply.status(rolledBack === null ? 200 : 503).send({
      ready: rolledBack === null,
      ledger: directory.isStale() ? 'stale' : 'current',
    });
  });
}
