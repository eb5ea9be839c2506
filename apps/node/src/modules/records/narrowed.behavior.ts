import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ENGINES, TestDatabase } from '../../testing/databases.ts';
import { clinician, testContext } from '../../testing/records-world.ts';
import { readAccessLog } from '../audit/index.ts';
import type { Authority } from '../consent/authority.ts';
import { ALL, type Scope } from '../consent/scope.ts';
import { openRecords, openRecordWriter, type RecordsContext } from './index.ts';
import { type ParsedScopes, scopesFrom } from './narrowed.fixture.ts';

const LAB = 'http://terminology.hl7.org/CodeSystem/observation-category|laboratory';

/** What an app's scopes leave of what its user may do, on every path. */
export function narrowedBehavior({ name, open }: (typeof ENGINES)[number]): void {
  describe(`narrowed scopes (${name})`, () => {
    let opened: TestDatabase;
    let context: RecordsContext;

    const app = (
      scopes: ParsedScopes,
      patient: string | null = 'maria',
      within: Exclude<Scope, { kind: 'narrowed' }> = ALL,
    ): Authority =>
      clinician({
        basis: { kind: 'app', for: 'staff' },
        app: { id: 'chart', name: 'Growth Chart' },
        scope: { kind: 'narrowed', within, rules: scopesFrom(scopes, patient), action: null },
      });
    const reader = (...args: Parameters<typeof app>) => openRecords(context, app(...args));
    const writer = (...args: Parameters<typeof app>) => openRecordWriter(context, app(...args));
    const idsOf = (bundle: { entry: readonly { resource?: { id?: string } }[] }): string[] =>
      bundle.entry.flatMap(({ resource }) => (typeof resource?.id === 'string' ? [resource.id] : [])).sort();
    const INSUFFICIENT = expect.objectContaining({ status: 403, code: 'insufficient-scope' });
    const MISSING = expect.objectContaining({ status: 404 });

    beforeAll(async () => {
      opened = await open();
      context = testContext(opened.database);
      const all = openRecordWriter(context, clinician());
      await all.update({ resourceType: 'Practitioner', id: 'hale', name: [{ family: 'Hale' }] });
      await all.update({ resourceType: 'Organization', id: 'aldhelm', name: 'St. Aldhelm' });
      for (const patient of ['maria', 'john']) {
        const subject = { reference: `Patient/${patient}` };
        await all.update({
          resourceType: 'Patient',
          id: patient,
          name: [{ family: patient }],
          managingOrganization: { reference: 'Organization/aldhelm' },
        });
        await all.update({ resourceType: 'Condition', id: `asthma-${patient}`, subject, code: { text: 'Asthma' } });
        for (const kind of ['laboratory', 'vital-signs']) {
          await all.update({
            resourceType: 'Observation',
            id: `${kind}-${patient}`,
            status: 'final',
            category: [{ coding: [{ system: LAB.split('|')[0], code: kind }] }],
            code: { text: kind },
            subject,
            performer: [{ reference: 'Practitioner/hale' }],
          });
        }
      }
      // Once a laboratory result, now a vital sign.
      await all.update({
        resourceType: 'Observation',
        id: 'moved',
        status: 'final',
        category: [{ coding: [{ system: LAB.split('|')[0], code: 'laboratory' }] }],
        code: { text: 'x' },
        subject: { reference: 'Patient/maria' },
      });
      await all.update({
        resourceType: 'Observation',
        id: 'moved',
        status: 'final',
        category: [{ coding: [{ system: LAB.split('|')[0], code: 'vital-signs' }] }],
        code: { text: 'x' },
        subject: { reference: 'Patient/maria' },
      });
    });
    afterAll(() => opened.end());

    test('default: a scope of a patient opens her records of the type, and no others', async () => {
      const chart = reader(['patient/Observation.rs']);
      expect(idsOf(await chart.search('Observation', ''))).toEqual(['laboratory-maria', 'moved', 'vital-signs-maria']);
      expect((await chart.read('Observation', 'laboratory-maria')).id).toBe('laboratory-maria');
      await expect(chart.read('Observation', 'laboratory-john')).rejects.toEqual(MISSING);
      await expect(chart.read('Condition', 'asthma-maria')).rejects.toEqual(INSUFFICIENT);
      await expect(chart.search('Condition', '')).rejects.toEqual(INSUFFICIENT);
    });

    test('behavior: reading and searching are two', async () => {
      await expect(reader(['patient/Observation.r']).search('Observation', '')).rejects.toEqual(INSUFFICIENT);
      await expect(reader(['patient/Observation.s']).read('Observation', 'laboratory-maria')).rejects.toEqual(
        INSUFFICIENT,
      );
      await expect(reader(['patient/Observation.s']).vread('Observation', 'laboratory-maria', '1')).rejects.toEqual(
        INSUFFICIENT,
      );
      await expect(reader(['patient/Observation.s']).history('Observation', 'laboratory-maria')).rejects.toEqual(
        INSUFFICIENT,
      );
      await expect(reader(['patient/Observation.r']).history('Observation')).rejects.toEqual(INSUFFICIENT);
    });

    test('behavior: a restriction holds for reads, searches, counts, versions and history', async () => {
      const chart = reader([`patient/Observation.rs?category=${LAB}`]);
      expect(idsOf(await chart.search('Observation', ''))).toEqual(['laboratory-maria']);
      expect((await chart.search('Observation', '_summary=count')).total).toBe(1);
      expect((await chart.search('Observation', '_total=accurate&_count=1')).total).toBe(1);
      expect(idsOf(await chart.search('Observation', 'category=vital-signs'))).toEqual([]);
      expect((await chart.read('Observation', 'laboratory-maria')).id).toBe('laboratory-maria');
      await expect(chart.read('Observation', 'vital-signs-maria')).rejects.toEqual(MISSING);
      await expect(chart.read('Observation', 'laboratory-john')).rejects.toEqual(MISSING);
      await expect(chart.vread('Observation', 'moved', '1')).rejects.toEqual(MISSING);
      await expect(chart.history('Observation', 'vital-signs-maria')).rejects.toEqual(MISSING);
      expect(idsOf(await chart.history('Observation'))).toEqual(['laboratory-maria']);
      await expect(chart.proof('Observation', 'vital-signs-maria', '1')).rejects.toEqual(MISSING);
    });

    test('behavior: rules add up', async () => {
      const chart = reader([`patient/Observation.rs?category=${LAB}`, 'patient/Condition.rs', 'patient/Patient.r']);
      expect(idsOf(await chart.search(null, '_type=Observation,Condition,Patient'))).toEqual([
        'asthma-maria',
        'laboratory-maria',
      ]);
    });

    test('behavior: nothing is chained through that may not be seen', async () => {
      const chart = reader(['user/Observation.rs'], null);
      expect(idsOf(await chart.search('Observation', 'subject:Patient.name=maria'))).toEqual([]);
      const both = reader(['user/Observation.rs', 'patient/Patient.rs']);
      expect(idsOf(await both.search('Observation', 'subject:Patient.name=john'))).toEqual([]);
      expect(idsOf(await both.search('Observation', 'subject:Patient.name=maria'))).toHaveLength(3);
      const patients = reader(['user/Patient.rs', `user/Observation.rs?category=${LAB}`], null);
      expect(idsOf(await patients.search('Patient', '_has:Observation:subject:category=vital-signs'))).toEqual([]);
      expect(idsOf(await patients.search('Patient', '_has:Observation:subject:category=laboratory'))).toEqual([
        'john',
        'maria',
      ]);
    });

    test('behavior: nothing is included that may not be seen', async () => {
      const observations = reader(['patient/Observation.rs']);
      expect(
        idsOf(
          await observations.search(
            'Observation',
            '_id=laboratory-maria&_include=Observation:subject&_include=Observation:performer',
          ),
        ),
      ).toEqual(['laboratory-maria']);
      const patient = reader(['patient/Patient.rs', `patient/Observation.rs?category=${LAB}`]);
      expect(idsOf(await patient.search('Patient', '_revinclude=Observation:subject'))).toEqual([
        'laboratory-maria',
        'maria',
      ]);
      const everything = reader(['patient/*.rs']);
      const page = await everything.search(
        'Observation',
        '_id=laboratory-maria&_include=*&_include:iterate=Patient:organization',
      );
      expect(idsOf(page)).toEqual(['aldhelm', 'hale', 'laboratory-maria', 'maria']);
    });

    test('behavior: who treated her is read with her record, other patients are not', async () => {
      const everything = reader(['patient/*.rs']);
      expect((await everything.read('Practitioner', 'hale')).id).toBe('hale');
      expect(idsOf(await everything.search('Patient', ''))).toEqual(['maria']);
      await expect(everything.read('Patient', 'john')).rejects.toEqual(MISSING);
      await expect(
        writer(['patient/*.cruds']).update({ resourceType: 'Practitioner', id: 'hale', name: [{ family: 'Mallory' }] }),
      ).rejects.toMatchObject({ status: 403 });
    });

    test('behavior: creating, changing and deleting are three, and for her alone', async () => {
      const observation = (patient: string) => ({
        resourceType: 'Observation',
        status: 'final',
        code: { text: 'x' },
        subject: { reference: `Patient/${patient}` },
      });
      const creator = writer(['patient/Observation.c']);
      const { resource } = await creator.create(observation('maria'));
      await expect(creator.create(observation('john'))).rejects.toMatchObject({ status: 403 });
      await expect(creator.update({ ...observation('maria'), id: resource.id })).rejects.toEqual(INSUFFICIENT);
      await expect(creator.delete('Observation', String(resource.id))).rejects.toEqual(INSUFFICIENT);
      const changer = writer(['patient/Observation.u']);
      await expect(changer.create(observation('maria'))).rejects.toEqual(INSUFFICIENT);
      await expect(changer.update({ ...observation('maria'), id: 'brand-new' })).rejects.toEqual(INSUFFICIENT);
      await expect(changer.update({ ...observation('maria'), id: 'laboratory-john' })).rejects.toMatchObject({
        status: 403,
      });
      await expect(changer.update({ ...observation('john'), id: resource.id })).rejects.toMatchObject({ status: 403 });
      expect((await changer.update({ ...observation('maria'), id: resource.id, code: { text: 'y' } })).version).toBe(
        '2',
      );
      await expect(writer(['patient/Observation.d']).delete('Observation', 'laboratory-john')).rejects.toEqual(MISSING);
      expect(await writer(['patient/Observation.d']).delete('Observation', String(resource.id))).toMatchObject({
        version: '3',
      });
      await expect(writer([`patient/Observation.cruds?category=${LAB}`]).create(observation('maria'))).rejects.toEqual(
        INSUFFICIENT,
      );
    });

    test('behavior: bundles are held to it, entry by entry', async () => {
      const get = (url: string) => ({ request: { method: 'GET', url } });
      const urls = [
        'Observation/laboratory-maria',
        'Observation/vital-signs-maria',
        'Condition/asthma-maria',
        'Observation',
        'Observation/moved/_history/1',
      ];
      const batch = await writer([`patient/Observation.rs?category=${LAB}`]).process({
        resourceType: 'Bundle',
        type: 'batch',
        entry: urls.map(get),
      });
      expect(batch.entry.map(({ response }) => response?.status)).toEqual(['200', '404', '403', '200', '404']);
      expect(idsOf(batch.entry[3]?.resource as never)).toEqual(['laboratory-maria']);
      for (const url of urls.slice(1, 3)) {
        const transaction = { resourceType: 'Bundle', type: 'transaction', entry: [get(url)] };
        await expect(writer([`patient/Observation.rs?category=${LAB}`]).process(transaction)).rejects.toMatchObject({
          status: url.startsWith('C') ? 403 : 404,
        });
      }
      const post = {
        request: { method: 'POST', url: 'Condition' },
        resource: { resourceType: 'Condition', subject: { reference: 'Patient/maria' } },
      };
      await expect(
        writer(['patient/Observation.cruds']).process({ resourceType: 'Bundle', type: 'transaction', entry: [post] }),
      ).rejects.toMatchObject({ status: 403 });
    });

    test('behavior: a condition of a write finds only what may be searched', async () => {
      const observation = {
        resourceType: 'Observation',
        status: 'final',
        code: { text: 'x' },
        subject: { reference: 'Patient/maria' },
      };
      await expect(
        writer(['patient/Observation.c']).create(observation, { ifNoneExist: '_id=laboratory-maria' }),
      ).rejects.toEqual(INSUFFICIENT);
      const found = await writer(['patient/Observation.crs']).create(observation, {
        ifNoneExist: '_id=laboratory-maria',
      });
      expect(found).toMatchObject({ created: false, resource: { id: 'laboratory-maria' } });
    });

    test('behavior: never more than the user may do herself', async () => {
      const own = {
        kind: 'limited',
        patients: ['maria'],
        categories: 0x1ffff,
        sensitive: 0,
        careFrom: -Infinity,
        careUntil: Infinity,
      } as const;
      const chart = reader(['user/*.rs', 'patient/*.rs'], 'john', own);
      expect(idsOf(await chart.search('Patient', ''))).toEqual(['maria']);
      await expect(chart.read('Observation', 'laboratory-john')).rejects.toEqual(MISSING);
    });

    test('behavior: without a patient the scopes of a patient open nothing', async () => {
      await expect(reader(['patient/*.cruds'], null).search('Observation', '')).rejects.toEqual(INSUFFICIENT);
    });

    test('behavior: the access log names the person and the app', async () => {
      await reader(['patient/Observation.rs']).read('Observation', 'laboratory-maria');
      const { entries } = await readAccessLog(context, opened.database, { patient: 'maria', count: 1 });
      expect(entries[0]?.event).toMatchObject({
        agent: [
          { who: { reference: 'Practitioner/hale' }, policy: ['https://anamnesis.example/basis/app'] },
          {},
          { who: { identifier: { value: 'chart' }, display: 'Growth Chart' }, requestor: false },
          {},
        ],
      });
    });
  });
}
