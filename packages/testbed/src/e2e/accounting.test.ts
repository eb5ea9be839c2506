import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { ensureClient, newSecret } from '@anamnesis/node';
import { stringifyJson } from '@anamnesis/protocol';
import {
  type AccountingFile,
  type Client,
  checkAccountingFile,
  checkReportFile,
  compareAccountings,
  createClient,
  type ReportFile,
  verifyAccounting,
  verifyReport,
} from '@anamnesis/sdk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anamnesis } from '../testing/cli.ts';
import { eventually, type Hospitals, newFolder, startHospitals, termsFor } from '../testing/hospitals.ts';

/* What a patient can prove about who saw her records, and what an operator can say after a theft: with traffic that is known to the request. */

const LEILA = 'د. ليلى حسن';
let folder: Awaited<ReturnType<typeof newFolder>>;
let world: Hospitals;
let operator: Client;
/** A clinician of her own, whose requests nobody else makes. */
let leila: Client;
let observations: string[];
let began: string;

beforeAll(async () => {
  folder = await newFolder();
  world = await startHospitals(folder.path, { watchEveryMs: 0 });
  const { url, tokens, running } = world.aldhelm;
  operator = createClient({ baseUrl: url, token: tokens.operator });
  const token = newSecret('client');
  const { database } = running.context;
  await ensureClient(
    database,
    { role: 'clinician', name: LEILA, actor: 'Practitioner/leila' },
    { now: Date.now(), token },
  );
  leila = createClient({ baseUrl: url, token });
  await running.checkpoints.sealNow();
  // The ledger counts in seconds: what comes now is after what was sealed.
  await eventually('the next second', async () => ((await ledgerTime()) < Math.floor(Date.now() / 1000) ? true : null));
  began = new Date().toISOString();
  const found = await world.desk.fhir.search('Observation', { patient: world.maria.patient, _count: 3 });
  observations = found.entry?.map(({ resource }) => `Observation/${resource?.id}`) ?? [];
  for (const reference of observations) await leila.fhir.read('Observation', reference.slice('Observation/'.length));
  const { client, signer } = world.maria;
  const { terms, signature } = await client.grantConsent({ terms: termsFor(world), domain: world.domain, signer });
  await world.silva.fetchFromPeer({ terms, signature, custodian: world.aldhelm.organization, purpose: 'TREAT' });
  await running.checkpoints.sealNow();
});
afterAll(async () => {
  await world.stop();
  await folder.remove();
});

async function ledgerTime(): Promise<number> {
  const posted = await world.ledger.checkpoints({ organization: world.aldhelm.organization, log: 'access' });
  return posted.at(-1)?.time ?? 0;
}

/** Everything of Maria's since the beginning of the traffic, sealed. */
const accounting = (): Promise<AccountingFile> =>
  eventually('the sealed accounting', async () => {
    const file = await world.maria.client.getAccounting({ from: began });
    return file.entries.every(({ proof }) => proof.checkpoint !== null) && file.range.to !== null ? file : null;
  });
const reasons = async (file: AccountingFile, ledger = world.ledger as typeof world.ledger | null): Promise<string[]> =>
  (await verifyAccounting(file, ledger)).failures.map(({ reason }) => reason);
const copy = (file: AccountingFile): AccountingFile => checkAccountingFile(JSON.parse(stringifyJson(file)));

describe('accounting of disclosures', () => {
  test('default: who, for whom, why, when: verified against the ledger and offline', async () => {
    const file = await accounting();
    const report = await verifyAccounting(file, world.ledger);
    expect(report).toMatchObject({ ok: true, against: 'ledger', unsealed: 0, warnings: [] });
    expect(report.checks.map(({ name }) => name)).toEqual([
      'origin',
      'access log',
      'signature',
      'entries',
      'nothing removed',
    ]);
    expect(await verifyAccounting(file, null)).toMatchObject({ ok: true, against: 'notes' });
    expect(file.range.from).not.toBeNull();
    const text = JSON.stringify(file.entries);
    expect(text).toContain(LEILA);
    expect(text).toContain(world.testbed.cast.silva.name);
    const kinds = new Set(
      file.entries.map(({ event }) => (event as { subtype?: { code: string }[] }).subtype?.[0]?.code),
    );
    for (const kind of ['read', 'search-type', 'token', 'grant']) expect(kinds).toContain(kind);
    // Staff may have it made; the desk's own look is then in the next one.
    const bundle = await world.desk.getAccountingBundle({ patient: world.maria.patient, from: began });
    expect(bundle.entry?.length).toBe(file.entries.length);
    await expect(operator.getAccounting({ patient: world.maria.patient })).rejects.toMatchObject({ status: 403 });
  });

  test('behavior: periods: a day, before it, wrong ones', async () => {
    const day = began.slice(0, 10);
    const { client } = world.maria;
    expect((await client.getAccounting({ from: day, to: day })).entries.length).toBeGreaterThan(3);
    const before = await client.getAccounting({ to: '2001' });
    expect(before.entries).toEqual([]);
    expect(await reasons(before)).toEqual([]);
    for (const wrong of [{ from: 'spring' }, { from: '2030', to: '2029' }, { to: '20' }])
      await expect(client.getAccounting(wrong)).rejects.toMatchObject({ status: 400 });
  });

  test('error: an entry changed, left out, put in, moved; a leaf taken out; a date changed: each is found', async () => {
    const file = await accounting();
    const changed = (change: (file: { -readonly [K in keyof AccountingFile]: AccountingFile[K] }) => void) => {
      const other = copy(file);
      change(other);
      return reasons(other);
    };
    const [first, second, ...rest] = file.entries;
    if (!first || !second) throw new Error('there are entries');
    const lied = { ...first, event: { ...first.event, outcome: '4' } };
    expect(await changed((f) => (f.entries = [lied, second, ...rest]))).toEqual(
      expect.arrayContaining(['not-included', 'signature-invalid', 'other-leaf']),
    );
    expect(await changed((f) => (f.entries = [second, ...rest]))).toEqual(['signature-invalid']);
    expect(await changed((f) => (f.entries = [second, first, ...rest]))).toEqual(['signature-invalid', 'not-in-order']);
    expect(await changed((f) => (f.entries = [first, first, second, ...rest]))).toContain('not-in-order');
    expect(await changed((f) => (f.patient = 'somebody'))).toContain('other-patient');
    expect(await changed((f) => (f.from = new Date().toISOString()))).toContain('other-period');
    expect(await changed((f) => (f.range = { ...f.range, leaves: f.range.leaves.slice(1) }))).toContain('root-differs');
    const [one = '0x', two = '0x', ...others] = file.range.leaves;
    expect(await changed((f) => (f.range = { ...f.range, leaves: [two, one, ...others] }))).toContain('root-differs');
    expect(await changed((f) => (f.range = { ...f.range, from: null, before: [] }))).toContain('root-differs');
    const root = `0x${'1'.repeat(64)}` as const;
    expect(await changed((f) => (f.range = { ...f.range, to: f.range.to && { ...f.range.to, root } }))).toContain(
      'other-than-ledger',
    );
    // Offline the checkpoints are measured by the log's key.
    const other = copy(file) as { -readonly [K in keyof AccountingFile]: AccountingFile[K] };
    other.notes = [];
    expect(await reasons(other, null)).toContain('signature-invalid');
  });

  test('error: what was shown once cannot be left out later: an accounting that was kept tells', async () => {
    const earlier = await accounting();
    await leila.fhir.read('Observation', observations[0]?.slice('Observation/'.length) ?? '');
    await world.aldhelm.running.checkpoints.sealNow();
    const later = await accounting();
    expect(later.entries.length).toBe(earlier.entries.length + 1);
    expect(compareAccountings(earlier, later)).toEqual([]);
    const id = earlier.entries[1]?.event.id;
    const without = { ...later, entries: later.entries.filter(({ event }) => event.id !== id) };
    expect(compareAccountings(earlier, without)).toMatchObject([{ where: `AuditEvent/${id}`, reason: 'left-out' }]);
    expect(compareAccountings(earlier, { ...later, patient: 'x' })).toMatchObject([{ reason: 'other-log' }]);

    const path = (name: string): string => join(folder.path, name);
    await writeFile(path('earlier.json'), stringifyJson(earlier));
    await writeFile(path('without.json'), stringifyJson(without));
    await writeFile(path('deployment.json'), JSON.stringify(world.testbed.ledger.deployment));
    const ledger = ['--rpc', world.testbed.ledger.rpcUrl, '--deployment', path('deployment.json'), '--json'];
    const token = { ANAMNESIS_TOKEN: world.aldhelm.tokens.clinician ?? '' };
    const made = ['accounting', '--node', world.aldhelm.url, '--patient', world.maria.patient, '--from', began];
    const files = ['--out', path('later.json'), '--pdf', path('later.pdf'), '--json'];
    expect((await anamnesis([...made, ...files], token)).code).toBe(0);
    expect((await readFile(path('later.pdf'))).subarray(0, 5).toString()).toBe('%PDF-');
    expect(await anamnesis(['verify', path('later.json'), '--earlier', path('earlier.json'), ...ledger])).toMatchObject(
      { code: 0 },
    );
    expect(await anamnesis(['verify', path('later.json'), '--offline', '--json'])).toMatchObject({ code: 0 });
    const found = await anamnesis(['verify', path('without.json'), '--earlier', path('earlier.json'), ...ledger]);
    expect(found.code).toBe(8);
    expect(JSON.stringify(found.json().failures)).toContain('left-out');
  });

  test('behavior: as PDF: fonts embedded, nothing that runs, names of other scripts as their letters', async () => {
    const pdf = Buffer.from(await world.maria.client.getAccountingPdf({ from: began }));
    const raw = pdf.toString('latin1');
    expect(raw).toMatch(/^%PDF-1\./);
    expect(raw).toMatch(/\/FontFile[23]/);
    for (const word of ['/JavaScript', '/JS', '/OpenAction', '/AA', '/Launch', '/EmbeddedFile', '/URI'])
      expect(raw).not.toContain(word);
    // The maps of the embedded fonts say which letters were drawn.
    const streams = [...raw.matchAll(/stream\r?\n([\s\S]*?)\r?\nendstream/g)].flatMap(([, body = '']) => {
      try {
        return [inflateSync(Buffer.from(body, 'latin1')).toString('latin1')];
      } catch {
        return [];
      }
    });
    const maps = streams
      .filter((one) => one.includes('beginbfrange') || one.includes('beginbfchar'))
      .join('\n')
      .toLowerCase();
    for (const letter of 'ليحسن') expect(maps).toContain((letter.codePointAt(0) ?? 0).toString(16).padStart(4, '0'));
  });
});

describe('breach report', () => {
  test('default: a user: the very records and times of the known traffic, and of nobody else', async () => {
    const report = await operator.getBreachReport({ user: 'Practitioner/leila' });
    expect(report).toMatchObject({ classified: 'accessed', totals: { patients: 1, records: 3 } });
    const [maria] = report.patients;
    expect(maria).toMatchObject({ patient: world.maria.patient, entries: 4, actions: ['read'] });
    const seen = maria?.records.map(({ reference }) => reference.replace(/\/_history\/.*/, '')) ?? [];
    expect(new Set(seen)).toEqual(new Set(observations));
    expect(maria?.records.reduce((sum, { times }) => sum + times.length, 0)).toBe(4);
    for (const { times } of maria?.records ?? []) for (const at of times) expect(at >= began).toBe(true);
    expect((await operator.getBreachReport({ user: 'Practitioner/leila', to: '2001' })).totals).toEqual({
      patients: 0,
      records: 0,
    });
    expect((await operator.getBreachReport({ user: 'Practitioner/nobody' })).totals.records).toBe(0);
  });

  test('behavior: an organisation, a patient’s key, a content key; nothing of what is in records', async () => {
    const { organization } = world.luzNova;
    const byOrganization = await operator.getBreachReport({ organization });
    expect(byOrganization.patients).toMatchObject([{ patient: world.maria.patient }]);
    const received = await world.silva.getReceived({
      custodian: world.aldhelm.organization,
      subject: world.maria.signer.address,
    });
    const released = received.entry?.filter(({ resource }) => resource?.resourceType !== 'Provenance').length;
    expect(byOrganization.totals.records).toBe(released);
    const byKey = await operator.getBreachReport({ key: world.maria.signer.address });
    expect(byKey.totals.records).toBeGreaterThanOrEqual(released ?? 0);
    const { database } = world.aldhelm.running.context;
    const [row] = await database.query<{ id: string; count: number }>(
      `select k.id, count(*)::int as count from content_key k join resource_version v on v.key_id = k.id
       where k.owner = $1 group by k.id`,
      [`Patient/${world.maria.patient}`],
    );
    const byContentKey = await operator.getBreachReport({ key: row?.id ?? '' });
    expect(byContentKey).toMatchObject({ classified: 'encrypted-only', totals: { patients: 1, records: row?.count } });
    expect(JSON.stringify([byOrganization, byKey, byContentKey])).not.toMatch(/valueQuantity|birthDate|"code":/);
  });

  test('behavior: by the command; for operators only; it is in the access log itself', async () => {
    const args = ['breach-report', '--node', world.aldhelm.url, '--user', 'Practitioner/leila', '--json'];
    const ran = await anamnesis(args, { ANAMNESIS_TOKEN: world.aldhelm.tokens.operator ?? '' });
    expect(ran.json()).toMatchObject({ ok: true, totals: { patients: 1, records: 3 } });
    await expect(leila.getBreachReport({ user: 'Practitioner/leila' })).rejects.toMatchObject({ status: 403 });
    await expect(world.maria.client.getBreachReport({ user: 'x' })).rejects.toMatchObject({ status: 403 });
    for (const wrong of [{}, { user: 'x', app: 'y' }, { organization: 0 }]) {
      await expect(operator.getBreachReport(wrong)).rejects.toMatchObject({ status: 400 });
    }
    await expect(operator.getBreachReport({ key: 'none' })).rejects.toMatchObject({ status: 404 });
    const own = await operator.getBreachReport({ user: 'Device/operator' });
    expect(own.aboutNobody).toBeGreaterThan(5);
  });
});

describe("an auditor's report", () => {
  const made = async (): Promise<ReportFile> => {
    const auditor = createClient({ baseUrl: world.aldhelm.url, token: world.aldhelm.tokens.auditor });
    return eventually('the sealed report', async () => {
      const file = await auditor.getReport({ from: began });
      return file.entries.every(({ proof }) => proof.checkpoint !== null) && file.range.to !== null ? file : null;
    });
  };
  const wrong = async (file: ReportFile): Promise<string[]> =>
    (await verifyReport(file, world.ledger)).failures.map(({ reason }) => reason);
  const again = (file: ReportFile): ReportFile => checkReportFile(JSON.parse(stringifyJson(file)));

  test('default: everybody’s accesses of a period, none left out, verified against the ledger', async () => {
    const file = await made();
    const report = await verifyReport(file, world.ledger);
    expect(report).toMatchObject({ ok: true, against: 'ledger' });
    expect(report.checks.map(({ name }) => name)).toContain('nothing left out');
    const indexes = file.entries.map(({ proof }) => proof.index);
    expect(indexes).toEqual(indexes.map((_, at) => (indexes[0] ?? 0) + at));
    expect(stringifyJson(file)).toContain(LEILA);
    expect(stringifyJson(file)).not.toContain('valueQuantity');
  });

  test('error: an entry taken out, changed, or a finding hushed up is told', async () => {
    const file = again(await made());
    expect(await wrong({ ...file, entries: file.entries.filter((_, at) => at !== 1) })).toEqual(
      expect.arrayContaining(['left-out', 'signature-invalid']),
    );
    const [first, ...rest] = file.entries;
    if (first === undefined) throw new Error('no entry');
    const other = { ...first, event: { ...first.event, outcome: '8' } };
    expect(await wrong({ ...file, entries: [other, ...rest] })).toContain('not-included');
    const invented = [{ id: '0x1', declaredAt: 1, state: 'reviewed', outcome: 'justified' }];
    expect(await wrong({ ...file, emergencies: invented })).toEqual(['signature-invalid']);
  });

  test('error: nobody but an auditor has it; a period that has not begun is refused', async () => {
    const ask = (token: string | undefined, query = '') =>
      fetch(`${world.aldhelm.url}/api/v1/report${query}`, { headers: { authorization: `Bearer ${token}` } });
    const { tokens } = world.aldhelm;
    for (const token of [tokens.clinician, tokens.operator, tokens.registrar])
      expect((await ask(token)).status).toBe(403);
    expect((await ask(tokens.auditor, '?from=2999-01-01')).status).toBe(400);
    expect((await ask(tokens.auditor, '?from=yesterday')).status).toBe(400);
  });
});
