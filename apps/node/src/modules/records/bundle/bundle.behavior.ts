import { randomUUID } from 'node:crypto';
import { parseJson, stringifyJson } from '@anamnesis/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { logSize } from '../../../storage/index.ts';
import type { TestDatabase } from '../../../testing/databases.ts';
import { clinician, grantee, testContext } from '../../../testing/records-world.ts';
import { readAccessLog } from '../../audit/index.ts';
import {
  type Bundle,
  type FhirResource,
  openRecords,
  openRecordWriter,
  type RecordReader,
  type RecordsContext,
  type RecordWriter,
} from '../index.ts';

const PATIENT = 'urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a';
const OBSERVATION = 'urn:uuid:88f151c0-a954-468a-88bd-5ae15c08e059';

const post = (resource: object, over: { fullUrl?: string; ifNoneExist?: string } = {}): object => {
  const { fullUrl, ifNoneExist } = over;
  const url = (resource as FhirResource).resourceType;
  return {
    ...(fullUrl && { fullUrl }),
    resource,
    request: { method: 'POST', url, ...(ifNoneExist && { ifNoneExist }) },
  };
};
const put = (resource: FhirResource, over: object = {}): object => ({
  resource,
  request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}`, ...over },
});
const bundleOf = (type: string, ...entry: object[]): object => ({ resourceType: 'Bundle', type, entry });
const transaction = (...entry: object[]): object => bundleOf('transaction', ...entry);
const statuses = (bundle: Bundle): unknown[] => bundle.entry.map((entry) => entry.response?.status);
const organization = (system: string, value = '1'): FhirResource => ({
  resourceType: 'Organization',
  identifier: [{ system, value }],
  name: 'Meridian Laboratory',
});

/** Type and id of the record that an answer's location names. */
function located(bundle: Bundle, index: number): string {
  const [, type, id] = /R4\/([^/]+)\/([^/]+)\/_history/.exec(bundle.entry[index]?.response?.location ?? '') ?? [];
  return `${type}/${id}`;
}

/** What Bundles promise on every engine. */
export function describeBundles(name: string, open: () => Promise<TestDatabase>): void {
  describe(`bundles on ${name}`, () => {
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

    const read = (reference: string): Promise<FhirResource> => {
      const [type = '', id = ''] = reference.split('/');
      return reader.read(type, id);
    };

    describe('transaction', () => {
      test('default: entries that name one another are stored together, in every kind of link', async () => {
        const observation =
          parseJson(`{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"${PATIENT}"},
          "identifier":[{"system":"urn:ietf:rfc:3986","value":"${PATIENT}"}],"valueQuantity":{"value":5.40},
          "extension":[{"url":"http://example.org/seen","valueUri":"${PATIENT}"},{"url":"http://example.org/who","valueReference":{"reference":"${PATIENT}#name"}}],
          "text":{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\"><a href=\\"${PATIENT}\\">her</a><img src='${OBSERVATION}'/></div>"}}`);
        const document = {
          resourceType: 'DocumentReference',
          status: 'current',
          subject: { reference: PATIENT },
          content: [{ attachment: { url: OBSERVATION } }],
        };
        const answer = await writer.process(
          transaction(
            post(observation as object, { fullUrl: OBSERVATION }),
            post(document),
            post({ resourceType: 'Patient', active: true }, { fullUrl: PATIENT }),
          ),
        );
        expect(answer.type).toBe('transaction-response');
        expect(statuses(answer)).toEqual(['201', '201', '201']);
        const [seen, filed, patient] = [located(answer, 0), located(answer, 1), located(answer, 2)];
        const stored = await read(seen);
        expect(stored).toMatchObject({
          subject: { reference: patient },
          identifier: [{ value: PATIENT }],
          extension: [{ valueUri: patient }, { valueReference: { reference: `${patient}#name` } }],
        });
        expect((stored.text as { div: string }).div).toContain(`href="${patient}"`);
        expect((stored.text as { div: string }).div).toContain(`src='${seen}'`);
        expect(stringifyJson(stored)).toContain('5.40');
        expect(await read(filed)).toMatchObject({ content: [{ attachment: { url: seen } }] });
        const found = await reader.search('Observation', `subject=${patient}`);
        expect(found.entry).toHaveLength(1);
      });

      test('behavior: full URLs of another server, absolute and relative, are followed', async () => {
        const base = 'http://elsewhere.example/fhir';
        const answer = await writer.process(
          transaction(
            post({ resourceType: 'Patient', id: '7' }, { fullUrl: `${base}/Patient/7` }),
            post(
              {
                resourceType: 'Encounter',
                status: 'finished',
                class: { code: 'AMB' },
                subject: { reference: 'Patient/7' },
              },
              { fullUrl: `${base}/Encounter/9` },
            ),
            post({
              resourceType: 'Encounter',
              status: 'finished',
              class: { code: 'AMB' },
              subject: { reference: `${base}/Patient/7` },
            }),
          ),
        );
        for (const at of [1, 2]) {
          expect(await read(located(answer, at))).toMatchObject({ subject: { reference: located(answer, 0) } });
        }
      });

      test('behavior: DELETE, POST, PUT, GET, whatever the order; answers in the order of the entries', async () => {
        const system = `urn:test:${randomUUID()}`;
        const old = (await writer.create(organization(system))).resource;
        const id = randomUUID();
        const answer = await writer.process(
          transaction(
            { request: { method: 'GET', url: `Organization?identifier=${system}|1` } },
            { request: { method: 'GET', url: `Organization/${id}` } },
            put({ ...organization(system, '2'), id }),
            post(organization(system), { ifNoneExist: `identifier=${system}|1` }),
            { request: { method: 'DELETE', url: `Organization/${old.id}` } },
          ),
        );
        expect(statuses(answer)).toEqual(['200', '200', '201', '201', '204']);
        expect(answer.entry[0]?.resource).toMatchObject({
          type: 'searchset',
          entry: [{ resource: { name: 'Meridian Laboratory' } }],
        });
        expect(located(answer, 3)).not.toBe(`Organization/${old.id}`);
      });

      test('behavior: references by search are resolved, and conditional entries find what exists', async () => {
        const system = `urn:test:${randomUUID()}`;
        const existing = (await writer.create(organization(system))).resource;
        const condition = `identifier=${system}|1`;
        const answer = await writer.process(
          transaction(
            post({ resourceType: 'Patient', managingOrganization: { reference: `Organization?${condition}` } }),
            post(organization(system), { fullUrl: PATIENT, ifNoneExist: condition }),
            post({ resourceType: 'Location', managingOrganization: { reference: PATIENT } }),
            {
              resource: { ...organization(system, '9'), name: 'Other' },
              request: { method: 'PUT', url: `Organization?identifier=${system}|9` },
            },
          ),
          { returns: 'representation' },
        );
        expect(statuses(answer)).toEqual(['201', '200', '201', '201']);
        const reference = `Organization/${existing.id}`;
        expect(answer.entry[0]?.resource).toMatchObject({ managingOrganization: { reference } });
        expect(answer.entry[1]?.resource).toEqual(existing);
        expect(answer.entry[2]?.resource).toMatchObject({ managingOrganization: { reference } });
        const again = await writer.process(
          transaction(
            {
              resource: { ...organization(system, '9'), name: 'Changed' },
              request: { method: 'PUT', url: `Organization?identifier=${system}|9` },
            },
            { request: { method: 'DELETE', url: `Organization?identifier=${system}|1` } },
            { request: { method: 'DELETE', url: `Organization?identifier=${system}|none` } },
          ),
        );
        expect(statuses(again)).toEqual(['200', '204', '204']);
        await expect(read(reference)).rejects.toMatchObject({ status: 410 });
      });

      test('behavior: posted again, what has an identifier is not doubled', async () => {
        const system = `urn:test:${randomUUID()}`;
        const bundle = transaction(
          ...Array.from({ length: 20 }, (_, at) =>
            post(organization(system, `${at}`), { ifNoneExist: `identifier=${system}|${at}` }),
          ),
        );
        expect(new Set(statuses(await writer.process(bundle)))).toEqual(new Set(['201']));
        const size = await logSize(own.database, 'records');
        expect(new Set(statuses(await writer.process(bundle)))).toEqual(new Set(['200']));
        expect(await logSize(own.database, 'records')).toBe(size);
      });

      test('behavior: one access entry for each patient and kind of change', async () => {
        const id = randomUUID();
        const observation = {
          resourceType: 'Observation',
          status: 'final',
          code: { text: 'x' },
          subject: { reference: `Patient/${id}` },
        };
        await writer.process(
          transaction(put({ resourceType: 'Patient', id }), ...Array.from({ length: 9 }, () => post(observation))),
        );
        const { entries } = await readAccessLog(context, own.database, { patient: id });
        expect(entries).toHaveLength(1);
        expect(JSON.stringify(entries[0]?.event).match(/_history\/1/g)).toHaveLength(10);
      });

      test('error: one bad entry refuses all, and is named', async () => {
        const system = `urn:test:${randomUUID()}`;
        const sizes = async (): Promise<number[]> => [
          await logSize(own.database, 'records'),
          await logSize(own.database, 'access'),
        ];
        const before = await sizes();
        const bad: [object, number, string][] = [
          [post({ resourceType: 'Patient', birthDate: 'no' }), 422, 'Bundle.entry[1].resource.birthDate'],
          [
            post({
              resourceType: 'Patient',
              managingOrganization: { reference: `Organization?identifier=${system}|no` },
            }),
            412,
            'Bundle.entry[1]',
          ],
          [put({ resourceType: 'Patient', id: 'x' }, { ifMatch: 'W/"4"' }), 412, 'Bundle.entry[1]'],
          [put({ resourceType: 'Patient', id: 'x' }, { url: 'Patient/y' }), 400, 'Bundle.entry[1].resource.id'],
          [{ request: { method: 'GET', url: 'Patient/nobody' } }, 404, 'Bundle.entry[1]'],
          [{ request: { method: 'OPTIONS', url: 'Patient/x' } }, 400, 'Bundle.entry[1].request.method'],
          [{ request: { method: 'DELETE', url: 'Patient' } }, 400, 'Bundle.entry[1].request.url'],
          [{ fullUrl: 7 }, 400, 'Bundle.entry[1].request'],
        ];
        for (const [entry, status, place] of bad) {
          const refused = await writer
            .process(transaction(post(organization(system)), entry))
            .catch((error: unknown) => error);
          expect(refused).toMatchObject({ status });
          const { issues } = refused as { issues: { expression?: string[] }[] };
          expect(issues.flatMap((issue) => issue.expression)).toContain(place);
        }
        expect((await reader.search('Organization', `identifier=${system}|1&_summary=count`)).total).toBe(0);
        expect(await logSize(own.database, 'records')).toBe(before[0]);
      });

      test('error: two entries about one record, or with one full URL or condition', async () => {
        const id = randomUUID();
        const patient: FhirResource = { resourceType: 'Patient', id };
        const system = `urn:test:${randomUUID()}`;
        for (const bundle of [
          transaction(put(patient), put(patient)),
          transaction(put(patient), { request: { method: 'DELETE', url: `Patient/${id}` } }),
          transaction(
            post({ resourceType: 'Patient' }, { fullUrl: PATIENT }),
            post({ resourceType: 'Patient' }, { fullUrl: PATIENT }),
          ),
          transaction(
            post(organization(system), { ifNoneExist: `identifier=${system}|1` }),
            post(organization(system), { ifNoneExist: `identifier=${system}|1` }),
          ),
        ]) {
          await expect(writer.process(bundle)).rejects.toMatchObject({ status: 400 });
        }
        await expect(reader.read('Patient', id)).rejects.toMatchObject({ status: 404 });
      });

      test('error: what is no Bundle to process', async () => {
        for (const bundle of [
          null,
          'x',
          {},
          bundleOf('document'),
          { resourceType: 'Bundle', type: 'transaction', entry: {} },
        ]) {
          await expect(writer.process(bundle)).rejects.toMatchObject({ status: 400 });
        }
      });

      test('error: nothing outside the scope, nothing without the action', async () => {
        const maria = (await writer.create({ resourceType: 'Patient' })).resource.id as string;
        const contributor = openRecordWriter(context, { ...grantee(maria), actions: new Set(['read', 'write']) });
        const code = { coding: [{ system: 'http://snomed.info/sct', code: '22298006' }] };
        const mine = post({ resourceType: 'Condition', code, subject: { reference: `Patient/${maria}` } });
        const other = post({ resourceType: 'Condition', subject: { reference: 'Patient/other' } });
        expect(statuses(await contributor.process(transaction(mine)))).toEqual(['201']);
        await expect(contributor.process(transaction(mine, other))).rejects.toMatchObject({ status: 403 });
        await expect(openRecordWriter(context, grantee(maria)).process(transaction(mine))).rejects.toMatchObject({
          status: 403,
        });
      });
    });

    describe('batch', () => {
      test('default: each entry on its own, answered in order', async () => {
        const id = randomUUID();
        const answer = await writer.process(
          bundleOf(
            'batch',
            { request: { method: 'GET', url: `Patient/${id}` } },
            post({ resourceType: 'Patient', birthDate: 'no' }),
            put({ resourceType: 'Patient', id }),
            post({ resourceType: 'Organization', name: 'A' }),
            { request: { method: 'DELETE', url: 'Patient/nobody' } },
            put({ resourceType: 'Patient', id: 'x' }, { ifMatch: 'W/"3"' }),
            { request: { method: 'GET', url: 'Patient/nobody' } },
            7 as never,
          ),
        );
        expect(answer.type).toBe('batch-response');
        expect(statuses(answer)).toEqual(['200', '422', '201', '201', '204', '412', '404', '400']);
        expect(answer.entry[1]?.response?.outcome).toMatchObject({ resourceType: 'OperationOutcome' });
        expect(answer.entry[0]?.resource).toMatchObject({ id });
      });

      test('behavior: many entries share transactions, and two about one record keep their order', async () => {
        const id = randomUUID();
        const creates = Array.from({ length: 120 }, () => post({ resourceType: 'Organization', name: 'B' }));
        const first = { resourceType: 'Patient', id, active: true };
        const answer = await writer.process(
          bundleOf('batch', ...creates, put(first), put({ ...first, active: false })),
        );
        expect(statuses(answer).filter((status) => status === '201')).toHaveLength(121);
        expect(await reader.read('Patient', id)).toMatchObject({ active: false, meta: { versionId: '2' } });
      });
    });
  });
}
