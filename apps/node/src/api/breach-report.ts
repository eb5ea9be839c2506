import { badRequest, forbidden, notFound } from '@anamnesis/protocol';
import type { FastifyInstance } from 'fastify';
import { isAddress } from 'viem';
import { appendAccess, type Culprit, findExposure, periodOf, recordsUnderKey } from '../modules/audit/index.ts';
import { consentEntry, listConsents, patientOf } from '../modules/consent/index.ts';
import { authorityOf } from './authenticate.ts';
import type { ApiContext } from './context.ts';

interface Query {
  readonly user?: string;
  readonly app?: string;
  readonly organization?: string;
  readonly key?: string;
  readonly from?: string;
  readonly to?: string;
}

const HOUR = 3_600_000;

/**
 * `GET /api/v1/breach-report`: which patients, records and times were exposed by a user (`user=Practitioner/7`), an app (`app=` its client id), an
 * organisation (`organization=` its Directory id) or a key (`key=` a subject's address, or the id of a content key), in a period (`from`, `to`). For
 * operators and auditors, who read no record: it names records and holds nothing of what is in them. It is an entry of the access log itself.
 *
 * `encrypted-only`: a content key was lost; what lies under it counts as exposed to whoever also has the database.
 */
export function breachReportRoutes(server: FastifyInstance, api: ApiContext): void {
  const { context } = api;

  server.get<{ Querystring: Query }>('/api/v1/breach-report', async (request) => {
    const authority = await authorityOf(api, request);
    const { basis, actor, display, organization, automatic, requestId } = authority;
    if (basis.kind !== 'staff' || (basis.role !== 'operator' && basis.role !== 'auditor')) throw forbidden();
    const { query } = request;
    const now = context.clock();
    const from = query.from === undefined ? 0 : periodOf(query.from)[0];
    const until = query.to === undefined ? now + 1 : periodOf(query.to)[1];
    if (from >= until) throw badRequest('from must be before to');
    const asked = (['user', 'app', 'organization', 'key'] as const).filter((name) => query[name] !== undefined);
    const [by] = asked;
    if (by === undefined || asked.length > 1)
      throw badRequest('Exactly one of user, app, organization and key is needed');
    const found = await exposureBy(api, by, query[by] ?? '', { from, until });
    const description = `Breach report: ${by}, ${found.patients.length} patients`;
    const entry = consentEntry(
      { actor, display, organization, automatic, requestId },
      { at: now, action: 'search', basis: 'staff', purpose: 'HSYSADMIN', patients: [], query: `breach-report?${by}` },
    );
    await context.database.transaction((tx) => appendAccess(context, tx, [{ ...entry, description }]));
    const records = new Set(found.patients.flatMap((one) => one.records.map(({ reference }) => reference)));
    return {
      format: 'anamnesis-breach-report/1',
      organization: context.ledger.organization,
      by: { kind: by, value: query[by] },
      from: new Date(from).toISOString(),
      until: new Date(until).toISOString(),
      madeAt: new Date(now).toISOString(),
      // What laws ask for begins when a breach is known (GDPR Art. 33; 45 CFR 164.404): at the latest now.
      within: {
        hours72: new Date(now + 72 * HOUR).toISOString(),
        days60: new Date(now + 60 * 24 * HOUR).toISOString(),
      },
      totals: { patients: found.patients.length, records: records.size },
      ...found,
    };
  });
}

async function exposureBy(
  api: ApiContext,
  by: 'user' | 'app' | 'organization' | 'key',
  value: string,
  period: { from: number; until: number },
) {
  const { context } = api;
  const fromLog = async (culprit: Culprit) => ({
    classified: 'accessed' as const,
    ...(await findExposure(context, context.database, culprit, period)),
  });
  if (by === 'user') return fromLog({ kind: 'user', actor: value });
  if (by === 'app') return fromLog({ kind: 'app', client: value });
  if (by === 'organization') {
    if (!/^[1-9]\d{0,9}$/.test(value)) throw badRequest('organization must be an id of the Directory');
    return fromLog({ kind: 'organization', organization: Number(value) });
  }
  if (isAddress(value, { strict: false })) {
    const patient = await patientOf(context.database, value);
    if (patient === null) throw notFound('No such subject is linked here');
    const consents = (await listConsents(context, value)).map(({ id }) => id.toLowerCase());
    return fromLog({ kind: 'subject', actor: `Patient/${patient}`, consents });
  }
  const under = await recordsUnderKey(context.database, value);
  if (under === null) throw notFound('There is no such key');
  const patients = [...under].flatMap(([patient, references]) =>
    patient === null
      ? []
      : [{ patient, entries: references.length, records: references.map((reference) => ({ reference, times: [] })) }],
  );
  return { classified: 'encrypted-only' as const, patients, aboutNobody: under.get(null)?.length ?? 0 };
}
