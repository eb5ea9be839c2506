import { badRequest, type Log, notFound } from '@anamnesis/protocol';
import type { FastifyInstance } from 'fastify';
import { bytesToHex } from 'viem';
import { latestCheckpoint } from '../modules/directory/index.ts';
import { consistency, leafHashes, logRoot, logSize } from '../storage/index.ts';
import type { ApiContext } from './context.ts';

/** Leaf hashes in one answer. */
const PAGE = 10_000;
const LOGS: readonly string[] = ['records', 'access'] satisfies Log[];

interface Params {
  readonly log: string;
}

/** Both logs for whoever wants to verify them. Leaves are hashes of salted commitments: they tell nothing but their number. */
export function logRoutes(server: FastifyInstance, api: ApiContext): void {
  const { database, ledger } = api.context;

  server.get<{ Params: Params }>('/api/v1/logs/:log', async (request) => {
    const log = logOf(request.params.log);
    const size = await logSize(database, log);
    const root = bytesToHex(await logRoot(database, log, size));
    return { size, root, checkpoint: await latestCheckpoint(database, ledger.organization, log) };
  });

  server.get<{ Params: Params; Querystring: { start?: string; end?: string } }>(
    '/api/v1/logs/:log/leaves',
    async (request) => {
      const log = logOf(request.params.log);
      const start = wholeOf(request.query.start, 'start');
      const end = Math.min(wholeOf(request.query.end, 'end'), start + PAGE);
      const leaves = await leafHashes(database, log, start, end);
      return { start, leaves: leaves.map((leaf) => bytesToHex(leaf)) };
    },
  );

  server.get<{ Params: Params; Querystring: { from?: string; to?: string } }>(
    '/api/v1/logs/:log/consistency',
    async (request) => {
      const log = logOf(request.params.log);
      const from = wholeOf(request.query.from, 'from');
      const to = wholeOf(request.query.to, 'to');
      if (from > to || to > (await logSize(database, log)))
        throw badRequest('from and to must be sizes that the log has had');
      return { from, to, path: (await consistency(database, log, from, to)).map((hash) => bytesToHex(hash)) };
    },
  );
}

function logOf(name: string): Log {
  if (!LOGS.includes(name)) throw notFound();
  return name as Log;
}

function wholeOf(text: string | undefined, name: string): number {
  if (text === undefined || !/^\d{1,12}$/.test(text)) throw badRequest(`${name} must be a whole number`);
  return Number(text);
}
