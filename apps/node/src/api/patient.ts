import { signNote } from '@anamnesis/crypto';
import {
  badRequest,
  checkpointOrigin,
  formatCheckpoint,
  fromUtf8,
  type PostedCheckpoint,
  type RecordProof,
} from '@anamnesis/protocol';
import type { FastifyInstance } from 'fastify';
import { hexToBytes } from 'viem';
import { accessPatient, proveAccess, proveAccesses, readAccessLog, searchAccess } from '../modules/audit/index.ts';
import { type Authority, listConsents, subjectsOf } from '../modules/consent/index.ts';
import { openRecords } from '../modules/records/index.ts';
import { authorityOf } from './authenticate.ts';
import { EVERYBODY, logLook, requireLog, requireOwn } from './consent.ts';
import type { ApiContext } from './context.ts';
import { entriesSeenBy } from './seen-entries.ts';

interface Query {
  readonly patient?: string;
  readonly count?: string;
  readonly before?: string;
}

/** What a patient has a right to: who looked, the proof of everything, and all of it in one file. */
export function patientRoutes(server: FastifyInstance, api: ApiContext): void {
  const { context } = api;

  server.get<{ Querystring: Query }>('/api/v1/access-log', async (request) => {
    const authority = await authorityOf(api, request);
    // An auditor looks at all of it, or at one patient's part.
    const auditing = authority.basis.kind === 'staff' && authority.basis.role === 'auditor';
    const all = auditing && request.query.patient === undefined;
    const patient = all ? null : patientIn(authority, request.query.patient, requireLog);
    const count = wholeOf(request.query.count, 'count') ?? 100;
    const before = wholeOf(request.query.before, 'before');
    const asked = { ...(patient !== null && { patient }), ...(before !== undefined && { before }) };
    const page = await searchAccess(
      context,
      context.database,
      { ...asked, count: Math.min(Math.max(count, 1), 1000), tests: [], ignored: [] },
      entriesSeenBy(api, authority),
    );
    // Where nothing is kept, nobody was looked at.
    const found = page.entries.length + page.unreadable.length > 0;
    const whose = found ? (patient ?? EVERYBODY) : null;
    await logLook(context, authority, whose, patient === null ? 'AuditEvent' : `AuditEvent?patient=Patient/${patient}`);
    return { entries: await withProofs(api, page.entries), unreadable: page.unreadable, next: page.next };
  });

  server.get<{ Params: { type: string; id: string; version: string } }>(
    '/api/v1/proofs/records/:type/:id/:version',
    async (request) => {
      const { type, id, version } = request.params;
      return openRecords(context, await authorityOf(api, request)).proof(type, id, version);
    },
  );

  server.get<{ Params: { index: string } }>('/api/v1/proofs/access/:index', async (request) => {
    const authority = await authorityOf(api, request);
    const index = wholeOf(request.params.index, 'index') ?? 0;
    requireLog(authority, await accessPatient(context.database, index));
    return proveAccess(context, context.database, index);
  });

  server.get<{ Querystring: Query }>('/api/v1/export', async (request) => {
    const authority = await authorityOf(api, request);
    const patient = patientIn(authority, request.query.patient);
    const { proven: records, unreadable } = await openRecords(context, authority).proven(patient);
    const seen = entriesSeenBy(api, authority);
    const accessLog: Awaited<ReturnType<typeof withProofs>> = [];
    for (let before: number | null | undefined; before !== null; ) {
      const page = await readAccessLog(context, context.database, {
        patient,
        count: 1000,
        ...(before !== undefined && { before }),
      });
      accessLog.push(...(await withProofs(api, (await seen?.(page.entries)) ?? page.entries)));
      before = page.next;
    }
    const consents = await Promise.all(
      (await subjectsOf(context.database, patient)).map((subject) => listConsents(context, subject)),
    );
    const { chainId, checkpoints, organization } = context.ledger;
    const { directory, consents: consentsContract } = context.reader.deployment;
    return {
      format: 'anamnesis-export/1',
      ...{ chainId, checkpoints, directory, consentsContract, organization, patient },
      records,
      accessLog,
      ...(unreadable.length > 0 && { unreadable }),
      profile: fromUtf8(api.profile),
      notes: notesOf(
        api,
        [...records, ...accessLog].map(({ proof }) => proof),
      ),
      consents: consents.flat().map(({ grant }) => grant),
    };
  });
}

async function withProofs(api: ApiContext, entries: readonly { readonly index: number; readonly event: object }[]) {
  const { context } = api;
  const proofs = await proveAccesses(
    context,
    context.database,
    entries.map(({ index }) => index),
  );
  return entries.map(({ event }, at) => ({ event, proof: proofs[at] as RecordProof }));
}

/** Each checkpoint that a proof leads to, signed by the log's key, so that the file can be checked without the ledger. */
function notesOf(api: ApiContext, proofs: readonly RecordProof[]): string[] {
  const posted = new Map<string, { log: RecordProof['log']; checkpoint: PostedCheckpoint }>();
  for (const { log, checkpoint } of proofs) {
    if (checkpoint !== null) posted.set(`${log}/${checkpoint.size}`, { log, checkpoint });
  }
  return [...posted.values()].map(({ log, checkpoint }) => {
    const origin = checkpointOrigin({ ...api.context.ledger, log });
    const body = formatCheckpoint({ origin, size: checkpoint.size, root: hexToBytes(checkpoint.root) });
    return signNote(body, api.logSigner);
  });
}

/** Whose: as asked by staff, or the patient of the session. Errors: 400, 403. */
export function patientIn(authority: Authority, asked: string | undefined, require = requireOwn): string {
  const { basis, scope } = authority;
  const own = basis.kind === 'subject' && scope.kind === 'limited' ? scope.patients[0] : undefined;
  const patient = asked ?? own;
  if (patient === undefined) throw badRequest('patient must be given');
  require(authority, patient);
  return patient;
}

function wholeOf(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw badRequest(`${name} must be a whole number`);
  return Number(text);
}
