import { badRequest, forbidden } from '@anamnesis/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type LoggedAccess, periodOf, readAccessLog } from '../../modules/audit/index.ts';
import { listDeclared } from '../../modules/exchange/index.ts';
import { authorityOf } from '../authenticate.ts';
import { EVERYBODY, logLook } from '../consent.ts';
import type { ApiContext } from '../context.ts';
import { FHIR_JSON, mediaRanges } from '../negotiate.ts';
import { patientIn } from '../patient.ts';
import { requireWholeLog } from '../seen-entries.ts';
import { accountingFile, signedFile } from './file.ts';
import { accountingPdf } from './pdf.ts';

interface Query {
  readonly patient?: string;
  readonly from?: string;
  readonly to?: string;
}

/** What was asked for: whose, and which period (milliseconds since 1970, the end excluded). */
export interface Accounting {
  readonly patient: string;
  readonly from: number;
  readonly until: number;
  /** When it was made. */
  readonly at: number;
  /** Oldest first. */
  readonly entries: readonly LoggedAccess[];
  readonly unreadable: readonly number[];
}

/** More entries than this are not put into one file. */
const MAX_ENTRIES = 50_000;
const KINDS = ['application/json', 'application/fhir+json', 'application/pdf'] as const;

/**
 * `GET /api/v1/accounting?from=&to=`: who saw or changed what of one patient in a period (45 CFR 164.528, EHDS Art. 9; treatment and payment are in it as
 * well), for herself or (with `patient`) for staff. `Accept`: `application/json` gives the signed file with proofs (the default), `application/fhir+json` a
 * Bundle of AuditEvents, `application/pdf` a document to print. A date without a time as `to` is included whole.
 */
export function accountingRoutes(server: FastifyInstance, api: ApiContext): void {
  const { context } = api;

  server.get<{ Querystring: Query }>('/api/v1/accounting', async (request, reply) => {
    const authority = await authorityOf(api, request);
    const patient = patientIn(authority, request.query.patient);
    requireWholeLog(authority, patient);
    const kind = kindOf(request);
    const at = context.clock();
    const from = request.query.from === undefined ? 0 : periodOf(request.query.from)[0];
    const until = request.query.to === undefined ? at + 1 : periodOf(request.query.to)[1];
    if (from >= until) throw badRequest('from must be before to');
    const accounting = { patient, from, until, at, ...(await entriesOf(api, patient, from, until)) };
    if (accounting.entries.length > 0) {
      const period = `from=${new Date(from).toISOString()}&to=${new Date(until).toISOString()}`;
      await logLook(context, authority, patient, `AuditEvent?patient=Patient/${patient}&${period}`);
    }
    if (kind === 'application/pdf') {
      const name = `accounting-${new Date(from).toISOString().slice(0, 10)}.pdf`;
      reply.header('content-disposition', `attachment; filename="${name}"`);
      return reply.type(kind).send(await accountingPdf(api, accounting));
    }
    if (kind === 'application/fhir+json') return reply.type(FHIR_JSON).send(bundleOf(api, accounting));
    return reply.type('application/json; charset=utf-8').send(await accountingFile(api, accounting));
  });

  /**
   * An auditor's report of a period: the whole access log with proofs, how its emergencies stand, and what is known to be wrong with logs, signed. It holds no record. The look
   * itself is logged after the period was read, so that it is in the next report.
   */
  server.get<{ Querystring: Query }>('/api/v1/report', async (request) => {
    const authority = await authorityOf(api, request);
    if (authority.basis.kind !== 'staff' || authority.basis.role !== 'auditor') throw forbidden();
    const at = context.clock();
    const from = request.query.from === undefined ? 0 : periodOf(request.query.from)[0];
    const until = Math.min(request.query.to === undefined ? at : periodOf(request.query.to)[1], at);
    if (from >= until) throw badRequest('from must be before to, and not in the future');
    const found = await withoutGaps(api, await entriesOf(api, undefined, from, until));
    const emergencies = (await listDeclared(context, authority))
      .filter(({ declaredAt }) => declaredAt * 1000 >= from && declaredAt * 1000 < until)
      .map(({ id, declaredAt, state, outcome }) => ({ id, declaredAt, state, outcome }));
    const findings = await api.transparency.findings();
    const period = `from=${new Date(from).toISOString()}&to=${new Date(until).toISOString()}`;
    await logLook(context, authority, EVERYBODY, `report?${period}`);
    return signedFile(api, 'anamnesis-report/1', { ...found, from, until, at }, { emergencies, findings });
  });
}

async function entriesOf(
  { context }: ApiContext,
  patient: string | undefined,
  from: number,
  until: number,
): Promise<Pick<Accounting, 'entries' | 'unreadable'>> {
  const entries: LoggedAccess[] = [];
  const unreadable: number[] = [];
  for (let before: number | null | undefined; before !== null; ) {
    const page = await readAccessLog(context, context.database, {
      ...{ from, until, count: 1000 },
      ...(patient !== undefined && { patient }),
      ...(before !== undefined && { before }),
    });
    entries.push(...page.entries);
    unreadable.push(...page.unreadable);
    before = page.next;
    if (entries.length > MAX_ENTRIES)
      throw badRequest(`The period has more than ${MAX_ENTRIES} entries: ask for a shorter one`);
  }
  return { entries: entries.reverse(), unreadable };
}

/**
 * Requests that run at the same time may stand in the log in another order than their clocks: what stands between two entries of the period belongs to it, so that
 * whoever reads the report sees that nothing is left out.
 */
async function withoutGaps(
  { context }: ApiContext,
  found: Pick<Accounting, 'entries' | 'unreadable'>,
): Promise<Pick<Accounting, 'entries' | 'unreadable'>> {
  const indexes = [...found.entries.map(({ index }) => index), ...found.unreadable].sort((a, b) => a - b);
  const [first = 0, last = -1] = [indexes[0], indexes.at(-1)];
  if (last - first + 1 === indexes.length) return found;
  const entries: LoggedAccess[] = [];
  const unreadable: number[] = [];
  for (let before: number | null = last + 1; before !== null && before > first; ) {
    const page = await readAccessLog(context, context.database, { count: 1000, before });
    entries.push(...page.entries.filter(({ index }) => index >= first));
    unreadable.push(...page.unreadable.filter((index) => index >= first));
    before = page.next;
  }
  return { entries: entries.reverse(), unreadable };
}

function bundleOf({ context }: ApiContext, { entries, at }: Accounting): object {
  return {
    resourceType: 'Bundle',
    type: 'collection',
    timestamp: new Date(at).toISOString(),
    entry: entries.map(({ event }) => ({
      fullUrl: `${context.base}/AuditEvent/${(event as { id: string }).id}`,
      resource: event,
    })),
  };
}

function kindOf(request: FastifyRequest): (typeof KINDS)[number] {
  const { accept } = request.headers;
  if (accept === undefined) return 'application/json';
  for (const range of mediaRanges(accept)) {
    const [type] = range.split(';');
    const kind = KINDS.find((one) => one === type?.trim() || type === '*/*' || type === 'application/*');
    if (kind !== undefined) return kind;
  }
  throw badRequest(`Accept must be one of ${KINDS.join(', ')}`);
}
