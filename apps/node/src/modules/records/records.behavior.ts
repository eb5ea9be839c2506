import { randomUUID } from 'node:crypto';
import { equalBytes, parseJson, rootOf, stringifyJson, verifyRecordProof } from '@anamnesis/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ContentKeys, leafHashes, logRoot, logSize } from '../../storage/index.ts';
import type { TestDatabase } from '../../testing/databases.ts';
import { clinician, grantee, TEST_MASTER_KEY, testContext } from '../../testing/records-world.ts';
import { proveAccess, proveAccesses, readAccessLog } from '../audit/index.ts';
import {
  type FhirResource,
  openRecords,
  openRecordWriter,
  type RecordReader,
  type RecordsContext,
  type RecordWriter,
} from './index.ts';

/** An observation of a patient's heart rate. */
export function heartRate(patient: string, over: object = {}): FhirResource {
  return {
    resourceType: 'Observation',
    status: 'final',
    category: [
      { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' }] },
    ],
    code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
    subject: { reference: `Patient/${patient}` },
    effectiveDateTime: '2026-01-05T10:00:00Z',
    valueQuantity: { value: 72, unit: '/min' },
    ...over,
  };
}

const idOf = (resource: FhirResource): string => resource.id as string;

/** What the repository promises on every engine. */
export function describeRecords(name: string, open: () => Promise<TestDatabase>): void {
  describe(`records on ${name}`, () => {
    let own: TestDatabase;
    let context: RecordsContext;
    let reader: RecordReader;
    let writer: RecordWriter;

    beforeAll(async () => {
      own = await open();
      context = testContext(own.database);
      reader = openRecords(context, clinician());
      writer = openRecordWriter(context, clinician());
    });
    afterAll(() => own.end());

    async function admitPatient(): Promise<string> {
      const { resource } = await writer.create({ resourceType: 'Patient', active: true });
      return idOf(resource);
    }

    describe('create and read', () => {
      test('default: what is created is read, with a version and a time, and otherwise as it came', async () => {
        const patient = await admitPatient();
        const text = `{"resourceType":"Observation","meta":{"versionId":"99","lastUpdated":"2001-01-01T00:00:00Z","profile":["http://example.org/p"],
          "tag":[{"system":"urn:t","code":"x"}],"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"N"}]},"status":"final",
          "code":{"text":"weight"},"subject":{"reference":"Patient/${patient}"},"valueQuantity":{"value":70.00,"unit":"kg"},
          "component":[{"code":{"text":"a"},"valueQuantity":{"value":1.50e1}}]}`;
        const { resource, created, version, lastUpdated } = await writer.create(parseJson(text));
        expect({ created, version }).toEqual({ created: true, version: '1' });
        expect(Math.abs(Date.parse(lastUpdated) - Date.now())).toBeLessThan(60_000);
        const read = await reader.read('Observation', idOf(resource));
        expect(read).toEqual(resource);
        const written = stringifyJson(read);
        expect(written).toContain('"value":70.00');
        expect(written).toContain('"value":1.50e1');
        const sent = parseJson(text) as { meta: object };
        expect(read).toEqual({ ...sent, id: resource.id, meta: { ...sent.meta, versionId: '1', lastUpdated } });
      });

      test('behavior: the server gives the id', async () => {
        const { resource } = await writer.create({ resourceType: 'Organization', id: 'mine', name: 'Meridian' });
        expect(resource.id).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
      });

      test('behavior: ifNoneExist answers the one that exists', async () => {
        const system = `urn:test:${randomUUID()}`;
        const organization = { resourceType: 'Organization', identifier: [{ system, value: '1' }], name: 'Meridian' };
        const ifNoneExist = `identifier=${system}|1`;
        const first = await writer.create(organization, { ifNoneExist });
        const second = await writer.create(organization, { ifNoneExist });
        expect([first.created, second.created]).toEqual([true, false]);
        expect(second.resource).toEqual(first.resource);
        await writer.create(organization);
        await expect(writer.create(organization, { ifNoneExist })).rejects.toMatchObject({ status: 412 });
      });

      test('behavior: of conditional creates at the same time one creates', async () => {
        const system = `urn:test:${randomUUID()}`;
        const organization = { resourceType: 'Organization', identifier: [{ system, value: '1' }], name: 'Meridian' };
        const all = await Promise.all(
          Array.from({ length: 6 }, () => writer.create(organization, { ifNoneExist: `identifier=${system}|1` })),
        );
        expect(all.filter((one) => one.created)).toHaveLength(1);
        expect(new Set(all.map((one) => one.resource.id)).size).toBe(1);
      });

      test('error: nothing there', async () => {
        await expect(reader.read('Patient', 'nobody')).rejects.toMatchObject({ status: 404 });
        await expect(reader.vread('Patient', 'nobody', '1')).rejects.toMatchObject({ status: 404 });
      });

      test('error: what is no valid resource is refused, without its content', async () => {
        await expect(writer.create('Patient')).rejects.toMatchObject({ status: 400 });
        await expect(writer.create({ name: 'x' })).rejects.toMatchObject({ status: 400 });
        await expect(writer.create({ resourceType: 'Patient' }, { type: 'Group' })).rejects.toMatchObject({
          status: 400,
        });
        const refused = await writer
          .create({ resourceType: 'Patient', birthDate: 'Maria' })
          .catch((error: unknown) => error);
        expect(refused).toMatchObject({ status: 422 });
        expect(JSON.stringify((refused as { outcome: object }).outcome)).not.toContain('Maria');
      });
    });

    describe('update', () => {
      test('default: a new version, the old one kept', async () => {
        const id = await admitPatient();
        const answer = await writer.update({ resourceType: 'Patient', id, active: false });
        expect(answer).toMatchObject({ created: false, version: '2', resource: { active: false } });
        expect(await reader.read('Patient', id)).toMatchObject({ active: false, meta: { versionId: '2' } });
        expect(await reader.vread('Patient', id, '1')).toMatchObject({ active: true, meta: { versionId: '1' } });
        expect(await reader.vread('Patient', id, '2')).toMatchObject({ active: false });
      });

      test('behavior: an update of nothing creates under its id', async () => {
        const id = `own-${randomUUID()}`;
        const answer = await writer.update({ resourceType: 'Patient', id, active: true }, { type: 'Patient', id });
        expect(answer).toMatchObject({ created: true, version: '1' });
        expect(idOf(await reader.read('Patient', id))).toBe(id);
      });

      test('behavior: ifMatch lets through the version seen, and of writers at the same time one', async () => {
        const id = await admitPatient();
        await writer.update({ resourceType: 'Patient', id }, { ifMatch: 'W/"1"' });
        await expect(writer.update({ resourceType: 'Patient', id }, { ifMatch: 'W/"1"' })).rejects.toMatchObject({
          status: 412,
        });
        const all = await Promise.allSettled(
          Array.from({ length: 8 }, (_, n) =>
            writer.update({ resourceType: 'Patient', id, multipleBirthInteger: n }, { ifMatch: '2' }),
          ),
        );
        expect(all.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
        expect(await reader.read('Patient', id)).toMatchObject({ meta: { versionId: '3' } });
      });

      test('behavior: updates at the same time each make a version', async () => {
        const id = await admitPatient();
        const all = await Promise.all(
          Array.from({ length: 10 }, (_, n) => writer.update({ resourceType: 'Patient', id, multipleBirthInteger: n })),
        );
        expect(all.map((one) => Number(one.version)).toSorted((a, b) => a - b)).toEqual([
          2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
        ]);
      });

      test('behavior: what is stored already makes no version, but an entry in the access log', async () => {
        const id = await admitPatient();
        const stored = await reader.read('Patient', id);
        const size = await logSize(context.database, 'records');
        const accesses = async () =>
          (await readAccessLog(context, context.database, { patient: id, count: 100 })).entries;
        const before = (await accesses()).length;
        // With the server's own meta or without, alone or in a transaction.
        for (const again of [{ resourceType: 'Patient', active: true, id }, stored]) {
          expect(await writer.update(again)).toMatchObject({ created: false, version: '1', resource: stored });
        }
        const { lastUpdated } = stored.meta as { lastUpdated: string };
        expect(await writer.update(stored, { ifMatch: 'W/"1"' })).toMatchObject({ version: '1', lastUpdated });
        const entry = { resource: stored, request: { method: 'PUT', url: `Patient/${id}` } };
        const { entry: [answer] = [] } = await writer.process({
          resourceType: 'Bundle',
          type: 'transaction',
          entry: [entry],
        });
        expect(answer?.response).toMatchObject({ status: expect.stringMatching(/^200/), etag: 'W/"1"' });
        expect(await logSize(context.database, 'records')).toBe(size);
        expect(await accesses()).toHaveLength(before + 4);
        expect((await accesses())[0]?.event).toMatchObject({ action: 'R' });
      });

      test('behavior: a digit, a tag or another order of a list is a change; what cannot be opened is replaced', async () => {
        const patient = await admitPatient();
        const first = parseJson(
          stringifyJson(heartRate(patient)).replace('"value":72', '"value":72.0'),
        ) as FhirResource;
        const { resource } = await writer.create(first);
        const id = idOf(resource);
        let version = 1;
        for (const changed of [
          { ...heartRate(patient), id },
          { ...heartRate(patient), id, meta: { tag: [{ code: 'a' }, { code: 'b' }] } },
          { ...heartRate(patient), id, meta: { tag: [{ code: 'b' }, { code: 'a' }] } },
        ]) {
          expect(await writer.update(changed)).toMatchObject({ version: String(++version) });
          expect(await writer.update(changed)).toMatchObject({ version: String(version) });
        }
        await context.database.query('update resource set content = $2 where id = $1', [id, new Uint8Array(64)]);
        const last = { ...heartRate(patient), id, meta: { tag: [{ code: 'b' }, { code: 'a' }] } };
        expect(await writer.update(last)).toMatchObject({ version: String(version + 1) });
        expect(await reader.read('Observation', id)).toMatchObject({ id });
        await expect(writer.update(last, { ifMatch: '1' })).rejects.toMatchObject({ status: 412 });
      });

      test('error: an id that is missing, malformed or another', async () => {
        await expect(writer.update({ resourceType: 'Patient' })).rejects.toMatchObject({ status: 400 });
        await expect(writer.update({ resourceType: 'Patient', id: 'a' }, { id: 'b' })).rejects.toMatchObject({
          status: 400,
        });
        await expect(writer.update({ resourceType: 'Patient', id: 'a' }, { ifMatch: 'no"good' })).rejects.toMatchObject(
          { status: 400 },
        );
      });
    });

    describe('delete', () => {
      test('default: gone afterwards, its versions kept', async () => {
        const id = await admitPatient();
        expect(await writer.delete('Patient', id)).toMatchObject({ version: '2' });
        await expect(reader.read('Patient', id)).rejects.toMatchObject({ status: 410 });
        await expect(reader.vread('Patient', id, '2')).rejects.toMatchObject({ status: 410 });
        expect(await reader.vread('Patient', id, '1')).toMatchObject({ active: true });
        expect((await reader.search('Patient', `_id=${id}`)).entry).toEqual([]);
      });

      test('behavior: deleting what is not there, or deleted, does nothing', async () => {
        const id = await admitPatient();
        expect(await writer.delete('Patient', 'nobody')).toBeNull();
        await writer.delete('Patient', id);
        expect(await writer.delete('Patient', id)).toBeNull();
      });

      test('behavior: an update brings it back with the next version', async () => {
        const id = await admitPatient();
        await writer.delete('Patient', id);
        expect(await writer.update({ resourceType: 'Patient', id })).toMatchObject({ created: true, version: '3' });
        expect(await reader.read('Patient', id)).toMatchObject({ id });
      });

      test('error: ifMatch names another version', async () => {
        const id = await admitPatient();
        await expect(writer.delete('Patient', id, { ifMatch: 'W/"7"' })).rejects.toMatchObject({ status: 412 });
      });
    });

    describe('history', () => {
      test('default: a record from the newest version to the oldest', async () => {
        const id = await admitPatient();
        await writer.update({ resourceType: 'Patient', id, active: false });
        await writer.delete('Patient', id);
        const bundle = await reader.history('Patient', id);
        expect(bundle).toMatchObject({ type: 'history', total: 3 });
        expect(
          bundle.entry.map((entry) => [entry.request?.method, entry.response?.status, entry.response?.etag]),
        ).toEqual([
          ['DELETE', '204', 'W/"3"'],
          ['PUT', '200', 'W/"2"'],
          ['POST', '201', 'W/"1"'],
        ]);
        expect(bundle.entry.map((entry) => entry.resource?.active)).toEqual([undefined, false, true]);
      });

      test('behavior: of a type and of everything, page by page, without gaps while others write', async () => {
        const system = `urn:test:${randomUUID()}`;
        for (let at = 0; at < 5; at++)
          await writer.create({ resourceType: 'Location', identifier: [{ system, value: `${at}` }] });
        const seen: unknown[] = [];
        let cursor: string | undefined;
        do {
          const page = await reader.history('Location', undefined, {
            count: 2,
            ...(cursor !== undefined && { cursor }),
          });
          seen.push(
            ...page.entry.map((entry) => (entry.resource?.identifier as { value: string }[] | undefined)?.[0]?.value),
          );
          await writer.create({ resourceType: 'Location', name: 'meanwhile' });
          const next = page.link?.find((link) => link.relation === 'next')?.url;
          cursor = next === undefined ? undefined : (new URL(next).searchParams.get('_cursor') ?? undefined);
        } while (cursor !== undefined && seen.length < 50);
        expect(seen.slice(0, 5)).toEqual(['4', '3', '2', '1', '0']);
        const all = await reader.history(undefined, undefined, { count: 3 });
        expect(all.entry).toHaveLength(3);
      });

      test('behavior: since a time', async () => {
        const id = await admitPatient();
        const past = await reader.history('Patient', id, { since: '2001-01-01T00:00:00Z' });
        const future = await reader.history('Patient', id, { since: '2999-01-01T00:00:00Z' });
        expect([past.entry.length, future.entry.length]).toEqual([1, 0]);
      });

      test('error: nothing there, a cursor or a time that is none', async () => {
        await expect(reader.history('Patient', 'nobody')).rejects.toMatchObject({ status: 404 });
        await expect(reader.history('Patient', undefined, { cursor: 'x' })).rejects.toMatchObject({ status: 400 });
        await expect(reader.history('Patient', undefined, { since: 'yesterday' })).rejects.toMatchObject({
          status: 400,
        });
      });
    });

    describe('search', () => {
      test('default: matches and what is included, with their modes', async () => {
        const id = await admitPatient();
        const { resource } = await writer.create(heartRate(id));
        const bundle = await reader.search('Observation', `patient=${id}&_include=Observation:subject&_total=accurate`);
        expect(bundle).toMatchObject({ type: 'searchset', total: 1 });
        expect(bundle.entry.map((entry) => [entry.fullUrl, entry.search?.mode])).toEqual([
          [`${context.base}/Observation/${resource.id}`, 'match'],
          [`${context.base}/Patient/${id}`, 'include'],
        ]);
        expect(bundle.entry[0]?.resource).toEqual(resource);
      });

      test('behavior: within a compartment, and page by page', async () => {
        const id = await admitPatient();
        for (let at = 0; at < 3; at++) await writer.create(heartRate(id));
        const compartment = { type: 'Patient', id } as const;
        const first = await reader.search('Observation', '_count=2', { compartment });
        const next = new URL(first.link?.find((link) => link.relation === 'next')?.url ?? '');
        expect(next.pathname).toBe(`/fhir/R4/Patient/${id}/Observation`);
        const second = await reader.search('Observation', next.search.slice(1), { compartment });
        const ids = [...first.entry, ...second.entry].map((entry) => entry.resource?.id);
        expect(new Set(ids).size).toBe(3);
      });

      test('behavior: _elements and _summary cut matches down and say so', async () => {
        const id = await admitPatient();
        await writer.create(
          heartRate(id, { text: { status: 'empty', div: '<div xmlns="http://www.w3.org/1999/xhtml">x</div>' } }),
        );
        const keys = async (query: string): Promise<string[]> => {
          const [entry] = (await reader.search('Observation', `patient=${id}&${query}`)).entry;
          expect(entry?.resource?.meta).toMatchObject({ tag: [{ code: 'SUBSETTED' }] });
          return Object.keys(entry?.resource ?? {}).toSorted();
        };
        expect(await keys('_elements=value')).toEqual([
          'code',
          'id',
          'meta',
          'resourceType',
          'status',
          'valueQuantity',
        ]);
        expect(await keys('_summary=text')).toEqual(['code', 'id', 'meta', 'resourceType', 'status', 'text']);
        expect(await keys('_summary=data')).not.toContain('text');
      });

      test('behavior: unknown parameters are named, or refused when that is asked for', async () => {
        const bundle = await reader.search('Patient', 'shoesize=43&_count=1');
        expect(bundle.entry.at(-1)).toMatchObject({
          search: { mode: 'outcome' },
          resource: { issue: [{ severity: 'warning' }] },
        });
        await expect(reader.search('Patient', 'shoesize=43', { strict: true })).rejects.toMatchObject({ status: 400 });
      });
    });

    describe('logs', () => {
      test('default: each version is a leaf of the record log, and the proof of it holds', async () => {
        const before = await logSize(own.database, 'records');
        const id = await admitPatient();
        await writer.update({ resourceType: 'Patient', id, active: false });
        await writer.delete('Patient', id);
        expect(await logSize(own.database, 'records')).toBe(before + 3);
        const resource = await reader.vread('Patient', id, '2');
        const proof = await reader.proof('Patient', id, '2');
        expect(verifyRecordProof(proof, resource, { organization: 1, chainId: 31337 })).toEqual({ ok: true });
        expect(verifyRecordProof(proof, { ...resource, active: true })).toEqual({ ok: false, reason: 'not-included' });
        const { versionId: _, ...meta } = resource.meta as { versionId: string; lastUpdated: string };
        const deletion = {
          resourceType: 'Patient',
          id,
          deleted: true,
          meta: { ...meta, versionId: '3', lastUpdated: '' },
        };
        const [newest] = (await reader.history('Patient', id)).entry;
        deletion.meta.lastUpdated = newest?.response?.lastModified ?? '';
        expect(verifyRecordProof(await reader.proof('Patient', id, '3'), deletion)).toEqual({ ok: true });
      });

      test('behavior: the roots are those of all leaves', async () => {
        for (const log of ['records', 'access'] as const) {
          const size = await logSize(own.database, log);
          const root = await logRoot(own.database, log, size);
          expect(equalBytes(root, rootOf(await leafHashes(own.database, log, 0, size)))).toBe(true);
        }
        const [versions] = await own.database.query<{ n: number }>('select count(*) as n from resource_version');
        expect(await logSize(own.database, 'records')).toBe(versions?.n);
      });

      test('behavior: the patient finds each access in her log, with its proof', async () => {
        const id = await admitPatient();
        const { resource } = await writer.create(heartRate(id));
        await reader.read('Observation', idOf(resource));
        await reader.search('Observation', `patient=${id}`);
        await expect(reader.read('Observation', 'nothing')).rejects.toMatchObject({ status: 404 });
        const { entries } = await readAccessLog(context, own.database, { patient: id });
        const events = entries.map(
          (entry) => entry.event as { action: string; entity: { what?: { reference?: string } }[]; outcome: string },
        );
        expect(events.map((event) => event.action)).toEqual(['E', 'R', 'C', 'C']);
        expect(events[1]).toMatchObject({
          resourceType: 'AuditEvent',
          outcome: '0',
          purposeOfEvent: [{ coding: [{ code: 'TREAT' }] }],
          agent: expect.arrayContaining([
            expect.objectContaining({ who: { reference: 'Practitioner/hale', display: 'Dr Hale' }, requestor: true }),
            expect.objectContaining({ requestor: false }),
          ]),
        });
        expect(events[1]?.entity.map((entity) => entity.what?.reference)).toContain(
          `Observation/${resource.id}/_history/1`,
        );
        for (const { index, event } of entries) {
          expect(verifyRecordProof(await proveAccess(context, own.database, index), event, { kind: 'access' })).toEqual(
            { ok: true },
          );
        }
      });

      test("behavior: a page of several patients leaves in each one's log her own records only", async () => {
        const system = `urn:test:${randomUUID()}`;
        const [one, other] = [await admitPatient(), await admitPatient()];
        for (const patient of [one, other])
          await writer.create(heartRate(patient, { identifier: [{ system, value: patient }] }));
        const found = await reader.search('Observation', `identifier=${system}|`);
        expect(found.entry).toHaveLength(2);
        const { entries } = await readAccessLog(context, own.database, { patient: one, count: 1 });
        const text = JSON.stringify(entries[0]?.event);
        expect(text).toContain(`Patient/${one}`);
        expect(text.match(/Observation\/[^"]*_history/g)).toHaveLength(1);
      });

      test('behavior: a search about a patient that shows nothing of hers is in her log', async () => {
        const system = `urn:test:${randomUUID()}`;
        const { resource } = await writer.create({ resourceType: 'Patient', identifier: [{ system, value: '1' }] });
        const id = idOf(resource);
        const encounter = idOf(
          (
            await writer.create({
              resourceType: 'Encounter',
              status: 'finished',
              class: { code: 'AMB' },
              subject: { reference: `Patient/${id}` },
            })
          ).resource,
        );
        const asked: [type: string, query: string, compartment?: boolean][] = [
          ['Condition', `patient=${id}&code=86406008&_summary=count`],
          ['Condition', `subject=Patient/${id}&_count=0`],
          ['Condition', `subject:Patient=${id}`],
          ['Condition', `patient=${context.base}/Patient/${id}`],
          ['Condition', `patient:Patient._id=${id}`],
          ['Condition', `patient.identifier=${system}|1`],
          ['Condition', `encounter=${encounter}`],
          ['Patient', `_id=${id}&birthdate=1999-01-01`],
          ['Patient', `identifier=${system}|1&_has:Condition:patient:code=86406008`],
          ['Practitioner', `_has:Observation:performer:patient=${id}`],
          ['Condition', 'code=86406008', true],
        ];
        for (const [type, query, within] of asked) {
          const before = (await readAccessLog(context, own.database, { patient: id })).entries.length;
          await reader.search(type, query, within ? { compartment: { type: 'Patient', id } } : {});
          const { entries } = await readAccessLog(context, own.database, { patient: id });
          expect({ query, entries: entries.length }).toEqual({ query, entries: before + 1 });
          expect(entries[0]?.event).toMatchObject({ action: 'E', outcome: '0' });
        }
      });

      test('behavior: a patient of whom nothing came is told without the other', async () => {
        const [one, other] = [await admitPatient(), await admitPatient()];
        await writer.create(heartRate(other));
        await reader.search('Observation', `patient=${one},${other}`);
        const { entries } = await readAccessLog(context, own.database, { patient: one, count: 1 });
        const event = entries[0]?.event as { entity: { query?: string; what?: object }[] };
        expect(JSON.stringify(event)).not.toContain(other);
        const query = event.entity.find((entity) => entity.query !== undefined)?.query ?? '';
        expect(Buffer.from(query, 'base64').toString()).toBe(`Observation?patient=${one},*`);
      });

      test('behavior: a search about somebody who is not here leaves no log, and no key, of hers', async () => {
        const nobody = `nobody-${randomUUID()}`;
        await reader.search('Condition', `patient=${nobody}&_summary=count`);
        expect((await readAccessLog(context, own.database, { patient: nobody })).entries).toEqual([]);
        const keys = await own.database.query('select 1 from content_key where owner = $1', [`Patient/${nobody}`]);
        expect(keys).toEqual([]);
      });

      test("behavior: under a consent, what is asked is in the log of its patient and in nobody else's", async () => {
        const [maria, other] = [await admitPatient(), await admitPatient()];
        const limited = openRecords(context, grantee(maria));
        await limited.search('Condition', `patient=${other}&_summary=count`);
        await limited.search('Condition', 'code=86406008');
        const log = async (patient: string) =>
          (await readAccessLog(context, own.database, { patient })).entries.filter(({ event }) =>
            JSON.stringify(event).includes('Practitioner/silva'),
          );
        expect([(await log(maria)).length, (await log(other)).length]).toEqual([2, 0]);
      });

      test('behavior: a history that is refused, or shows no version, is in the log', async () => {
        const [maria, other] = [await admitPatient(), await admitPatient()];
        await expect(openRecords(context, grantee(maria)).history('Patient', other)).rejects.toMatchObject({
          status: 404,
        });
        const refused = await readAccessLog(context, own.database, { patient: other, count: 1 });
        expect(refused.entries[0]?.event).toMatchObject({ action: 'R', outcome: '4' });
        await reader.history('Patient', other, { count: 0 });
        const empty = await readAccessLog(context, own.database, { patient: other, count: 1 });
        expect(empty.entries[0]?.event).toMatchObject({ action: 'R', outcome: '0' });
        await expect(reader.history('Patient', 'nobody')).rejects.toMatchObject({ status: 404 });
      });

      test('behavior: the access log page by page', async () => {
        const id = await admitPatient();
        for (let at = 0; at < 4; at++) await reader.read('Patient', id);
        const first = await readAccessLog(context, own.database, { patient: id, count: 3 });
        const second = await readAccessLog(context, own.database, {
          patient: id,
          count: 3,
          before: first.next as number,
        });
        expect([first.entries.length, second.entries.length, second.next]).toEqual([3, 2, null]);
      });

      test('behavior: an entry that was changed is named and hides no other', async () => {
        const id = await admitPatient();
        await reader.read('Patient', id);
        const { entries } = await readAccessLog(context, own.database, { patient: id });
        const index = entries[0]?.index as number;
        const turn = 'set content = set_byte(content, 40, get_byte(content, 40) # 1) where leaf_index = $1';
        await own.database.query(`update access_entry ${turn}`, [index]);
        const after = await readAccessLog(context, own.database, { patient: id });
        expect([after.entries.length, after.unreadable]).toEqual([1, [index]]);
        await own.database.query(`update access_entry ${turn}`, [index]);
        const proofs = await proveAccesses(context, own.database, [index, entries[1]?.index as number]);
        for (const [at, proof] of proofs.entries()) {
          expect(verifyRecordProof(proof, entries[at]?.event as object)).toEqual({ ok: true });
        }
        await expect(proveAccess(context, own.database, 10 ** 9)).rejects.toMatchObject({ status: 404 });
      });

      test('behavior: all of a patient with proofs, in one access', async () => {
        const id = await admitPatient();
        for (let at = 0; at < 5; at++) await writer.create(heartRate(id));
        const { proven: all } = await reader.proven(id);
        expect(all).toHaveLength(6);
        for (const { resource, proof } of all) expect(verifyRecordProof(proof, resource)).toEqual({ ok: true });
        const { entries } = await readAccessLog(context, own.database, { patient: id, count: 1 });
        expect(JSON.stringify(entries[0]?.event).match(/_history\/1/g)).toHaveLength(6);
      });

      test('error: a read whose entry cannot be written does not happen, and neither does a write', async () => {
        const id = await admitPatient();
        await own.database.query('alter table access_entry rename to access_entry_away');
        try {
          await expect(reader.read('Patient', id)).rejects.toMatchObject({ code: 'storage-refused' });
          await expect(reader.search('Patient', `_id=${id}`)).rejects.toMatchObject({ code: 'storage-refused' });
          await expect(writer.update({ resourceType: 'Patient', id })).rejects.toMatchObject({
            code: 'storage-refused',
          });
        } finally {
          await own.database.query('alter table access_entry_away rename to access_entry');
        }
        expect(await reader.read('Patient', id)).toMatchObject({ meta: { versionId: '1' } });
      });
    });

    describe('content at rest', () => {
      test('default: no content in the row, and another process with the master key opens it', async () => {
        const id = await admitPatient();
        const { resource } = await writer.create(heartRate(id, { note: [{ text: 'zebrafinch' }] }));
        const [row] = await own.database.query<{ content: Uint8Array }>('select content from resource where id = $1', [
          resource.id,
        ]);
        expect(Buffer.from(row?.content ?? []).includes('zebrafinch')).toBe(false);
        const fresh = openRecords({ ...context, keys: new ContentKeys(TEST_MASTER_KEY) }, clinician());
        expect(await fresh.read('Observation', idOf(resource))).toEqual(resource);
      });

      test('error: a row that was changed or moved is not read', async () => {
        const id = await admitPatient();
        const [one, other] = [await writer.create(heartRate(id)), await writer.create(heartRate(id))];
        await own.database.query(
          `update resource set content = set_byte(content, 40, get_byte(content, 40) # 1) where id = $1`,
          [one.resource.id],
        );
        const damaged = { code: 'storage-damaged' };
        await expect(reader.read('Observation', idOf(one.resource))).rejects.toMatchObject(damaged);
        await expect(reader.vread('Observation', idOf(one.resource), '1')).rejects.toMatchObject(damaged);
        await expect(reader.search('Observation', `patient=${id}`)).rejects.toMatchObject(damaged);
        await expect(reader.history('Observation', idOf(one.resource))).rejects.toThrow(
          `Observation/${one.resource.id}/_history/1`,
        );
        await own.database.query(
          'update resource set content = (select content from resource where id = $1) where id = $2',
          [other.resource.id, one.resource.id],
        );
        await expect(reader.read('Observation', idOf(one.resource))).rejects.toMatchObject(damaged);
        // Not left behind for the other tests, which read histories of everything.
        await own.database.query('delete from resource where id = $1', [one.resource.id]);
        await own.database.query('delete from resource_version where id = $1', [one.resource.id]);
      });

      test('error: a key that was erased takes its records with it', async () => {
        const id = await admitPatient();
        await own.database.query('delete from content_key where owner = $1', [`Patient/${id}`]);
        const fresh = openRecords({ ...context, keys: new ContentKeys(TEST_MASTER_KEY) }, clinician());
        await expect(fresh.read('Patient', id)).rejects.toMatchObject({ code: 'key-erased' });
        await own.database.query('delete from resource where id = $1', [id]);
        await own.database.query('delete from access_entry where patient = $1', [id]);
      });
    });

    describe('scope', () => {
      const sensitive = {
        meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'HIV' }] },
      };

      test("default: another patient's records are on no read path", async () => {
        const [maria, other] = [await admitPatient(), await admitPatient()];
        const hers = (await writer.create(heartRate(maria))).resource;
        const others = (await writer.create(heartRate(other))).resource;
        await writer.update({ ...others, status: 'amended' });
        const limited = openRecords(context, grantee(maria));
        expect(idOf(await limited.read('Observation', idOf(hers)))).toBe(hers.id);
        for (const attempt of [
          () => limited.read('Observation', idOf(others)),
          () => limited.vread('Observation', idOf(others), '1'),
          () => limited.history('Observation', idOf(others)),
          () => limited.proof('Observation', idOf(others), '1'),
          () => limited.proven(other),
          () => limited.read('Patient', other),
        ]) {
          await expect(attempt()).rejects.toMatchObject({ status: 404 });
        }
        const searches = [
          ['Observation', ''],
          ['Observation', `patient=${other}`],
          ['Observation', `subject:Patient._id=${other}`],
          ['Observation', '_include=Observation:subject&_summary=count'],
          [null, '_type=Observation,Patient'],
        ] as const;
        for (const [type, query] of searches) {
          const bundle = await limited.search(type, query);
          expect(JSON.stringify(bundle.entry)).not.toContain(other);
          expect(bundle.total ?? 0).toBeLessThanOrEqual(2);
        }
        for (const bundle of [await limited.history('Observation'), await limited.history()]) {
          expect(JSON.stringify(bundle.entry)).not.toContain(other);
          expect(JSON.stringify(bundle.entry)).toContain(maria);
        }
      });

      test('behavior: a refused read of what is there is in the log of the patient concerned', async () => {
        const [maria, other] = [await admitPatient(), await admitPatient()];
        await expect(openRecords(context, grantee(maria)).read('Patient', other)).rejects.toMatchObject({
          status: 404,
        });
        const { entries } = await readAccessLog(context, own.database, { patient: other, count: 1 });
        expect(entries[0]?.event).toMatchObject({
          action: 'R',
          outcome: '4',
          agent: expect.arrayContaining([
            expect.objectContaining({ who: expect.objectContaining({ reference: 'Practitioner/silva' }) }),
          ]),
        });
      });

      test('behavior: a sensitive class is withheld unless named, in the versions before it was labelled too', async () => {
        const maria = await admitPatient();
        const { resource } = await writer.create(heartRate(maria));
        await writer.update({ ...resource, ...sensitive });
        const id = idOf(resource);
        const limited = openRecords(context, grantee(maria));
        await expect(limited.read('Observation', id)).rejects.toMatchObject({ status: 404 });
        await expect(limited.vread('Observation', id, '1')).rejects.toMatchObject({ status: 404 });
        await expect(limited.history('Observation', id)).rejects.toMatchObject({ status: 404 });
        expect((await limited.search('Observation', `_id=${id}`)).entry).toEqual([]);
        const named = openRecords(context, grantee(maria, { sensitive: 0b100 }));
        expect(await named.read('Observation', id)).toMatchObject({ id });
        const [key] = await own.database.query<{ owner: string }>(
          'select owner from content_key k join resource r on r.key_id = k.id where r.id = $1',
          [id],
        );
        expect(key?.owner).toBe(`Patient/${maria}/sensitive/4`);
      });

      test('behavior: categories and the period of care', async () => {
        const maria = await admitPatient();
        const id = idOf((await writer.create(heartRate(maria))).resource);
        const at = Date.parse('2026-01-05T10:00:00Z') / 1000;
        const may = async (over: object): Promise<boolean> => {
          try {
            await openRecords(context, grantee(maria, over)).read('Observation', id);
            return true;
          } catch {
            return false;
          }
        };
        expect(await may({ categories: 1 << 6 })).toBe(true);
        expect(await may({ categories: 1 << 7 })).toBe(false);
        expect(await may({ careFrom: at - 10, careUntil: at + 10 })).toBe(true);
        expect(await may({ careFrom: at + 10 })).toBe(false);
        expect(await may({ careUntil: at - 10 })).toBe(false);
      });

      test('error: no reading or writing without the action, no writing outside the scope', async () => {
        const [maria, other] = [await admitPatient(), await admitPatient()];
        const idle = clinician({ actions: new Set() });
        await expect(openRecords(context, idle).read('Patient', maria)).rejects.toMatchObject({ status: 403 });
        await expect(openRecordWriter(context, idle).create(heartRate(maria))).rejects.toMatchObject({ status: 403 });
        const contributor = openRecordWriter(context, { ...grantee(maria), actions: new Set(['read', 'write']) });
        expect((await contributor.create(heartRate(maria))).created).toBe(true);
        await expect(contributor.create(heartRate(other))).rejects.toMatchObject({ status: 403 });
        await expect(contributor.update({ resourceType: 'Patient', id: other })).rejects.toMatchObject({ status: 403 });
        await expect(contributor.delete('Patient', other)).rejects.toMatchObject({ status: 404 });
        const moved = { ...heartRate(other), id: idOf((await contributor.create(heartRate(maria))).resource) };
        await expect(contributor.update(moved)).rejects.toMatchObject({ status: 403 });
      });
    });
  });
}
