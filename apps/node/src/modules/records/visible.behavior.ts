import { describe, expect, test } from 'vitest';
import { ContentKeys } from '../../storage/index.ts';
import { clinician, grantee, TEST_MASTER_KEY } from '../../testing/records-world.ts';
import { readAccessLog } from '../audit/index.ts';
import { openRecords, openRecordWriter } from './index.ts';

import { heartRate, idOf, type RecordsWorld } from './records.fixture.ts';

/** Who finds what: search, and what a scope lets be seen and written; nobody reads it without the key. */
export function describeVisible(at: RecordsWorld): void {
  describe('search', () => {
    test('default: matches and what is included, with their modes', async () => {
      const id = await at.admitPatient();
      const { resource } = await at.writer.create(heartRate(id));
      const bundle = await at.reader.search(
        'Observation',
        `patient=${id}&_include=Observation:subject&_total=accurate`,
      );
      expect(bundle).toMatchObject({ type: 'searchset', total: 1 });
      expect(bundle.entry.map((entry) => [entry.fullUrl, entry.search?.mode])).toEqual([
        [`${at.context.base}/Observation/${resource.id}`, 'match'],
        [`${at.context.base}/Patient/${id}`, 'include'],
      ]);
      expect(bundle.entry[0]?.resource).toEqual(resource);
    });

    test('behavior: within a compartment, and page by page', async () => {
      const id = await at.admitPatient();
      for (let n = 0; n < 3; n++) await at.writer.create(heartRate(id));
      const compartment = { type: 'Patient', id } as const;
      const first = await at.reader.search('Observation', '_count=2', { compartment });
      const next = new URL(first.link?.find((link) => link.relation === 'next')?.url ?? '');
      expect(next.pathname).toBe(`/fhir/R4/Patient/${id}/Observation`);
      const second = await at.reader.search('Observation', next.search.slice(1), { compartment });
      const ids = [...first.entry, ...second.entry].map((entry) => entry.resource?.id);
      expect(new Set(ids).size).toBe(3);
    });

    test('behavior: _elements and _summary cut matches down and say so', async () => {
      const id = await at.admitPatient();
      await at.writer.create(
        heartRate(id, { text: { status: 'empty', div: '<div xmlns="http://www.w3.org/1999/xhtml">x</div>' } }),
      );
      const keys = async (query: string): Promise<string[]> => {
        const [entry] = (await at.reader.search('Observation', `patient=${id}&${query}`)).entry;
        expect(entry?.resource?.meta).toMatchObject({ tag: [{ code: 'SUBSETTED' }] });
        return Object.keys(entry?.resource ?? {}).toSorted();
      };
      expect(await keys('_elements=value')).toEqual(['code', 'id', 'meta', 'resourceType', 'status', 'valueQuantity']);
      expect(await keys('_summary=text')).toEqual(['code', 'id', 'meta', 'resourceType', 'status', 'text']);
      expect(await keys('_summary=data')).not.toContain('text');
    });

    test('behavior: unknown parameters are named, or refused when that is asked for', async () => {
      const bundle = await at.reader.search('Patient', 'shoesize=43&_count=1');
      expect(bundle.entry.at(-1)).toMatchObject({
        search: { mode: 'outcome' },
        resource: { issue: [{ severity: 'warning' }] },
      });
      await expect(at.reader.search('Patient', 'shoesize=43', { strict: true })).rejects.toMatchObject({ status: 400 });
    });
  });

  describe('content at rest', () => {
    test('default: no content in the row, and another process with the master key opens it', async () => {
      const id = await at.admitPatient();
      const { resource } = await at.writer.create(heartRate(id, { note: [{ text: 'zebrafinch' }] }));
      const [row] = await at.own.database.query<{ content: Uint8Array }>('select content from resource where id = $1', [
        resource.id,
      ]);
      expect(Buffer.from(row?.content ?? []).includes('zebrafinch')).toBe(false);
      const fresh = openRecords({ ...at.context, keys: new ContentKeys(TEST_MASTER_KEY) }, clinician());
      expect(await fresh.read('Observation', idOf(resource))).toEqual(resource);
    });

    test('error: a row that was changed or moved is not read', async () => {
      const id = await at.admitPatient();
      const [one, other] = [await at.writer.create(heartRate(id)), await at.writer.create(heartRate(id))];
      await at.own.database.query(
        `update resource set content = set_byte(content, 40, get_byte(content, 40) # 1) where id = $1`,
        [one.resource.id],
      );
      const damaged = { code: 'storage-damaged' };
      await expect(at.reader.read('Observation', idOf(one.resource))).rejects.toMatchObject(damaged);
      await expect(at.reader.vread('Observation', idOf(one.resource), '1')).rejects.toMatchObject(damaged);
      await expect(at.reader.search('Observation', `patient=${id}`)).rejects.toMatchObject(damaged);
      await expect(at.reader.history('Observation', idOf(one.resource))).rejects.toThrow(
        `Observation/${one.resource.id}/_history/1`,
      );
      await at.own.database.query(
        'update resource set content = (select content from resource where id = $1) where id = $2',
        [other.resource.id, one.resource.id],
      );
      await expect(at.reader.read('Observation', idOf(one.resource))).rejects.toMatchObject(damaged);
      // Not left behind for the other tests, which read histories of everything.
      await at.own.database.query('delete from resource where id = $1', [one.resource.id]);
      await at.own.database.query('delete from resource_version where id = $1', [one.resource.id]);
    });

    test('error: a key that was erased takes its records with it', async () => {
      const id = await at.admitPatient();
      await at.own.database.query('delete from content_key where owner = $1', [`Patient/${id}`]);
      const fresh = openRecords({ ...at.context, keys: new ContentKeys(TEST_MASTER_KEY) }, clinician());
      await expect(fresh.read('Patient', id)).rejects.toMatchObject({ code: 'key-erased' });
      await at.own.database.query('delete from resource where id = $1', [id]);
      await at.own.database.query('delete from access_entry where patient = $1', [id]);
    });
  });

  describe('scope', () => {
    const sensitive = {
      meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'HIV' }] },
    };

    test("default: another patient's records are on no read path", async () => {
      const [maria, other] = [await at.admitPatient(), await at.admitPatient()];
      const hers = (await at.writer.create(heartRate(maria))).resource;
      const others = (await at.writer.create(heartRate(other))).resource;
      await at.writer.update({ ...others, status: 'amended' });
      const limited = openRecords(at.context, grantee(maria));
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
      const [maria, other] = [await at.admitPatient(), await at.admitPatient()];
      await expect(openRecords(at.context, grantee(maria)).read('Patient', other)).rejects.toMatchObject({
        status: 404,
      });
      const { entries } = await readAccessLog(at.context, at.own.database, { patient: other, count: 1 });
      expect(entries[0]?.event).toMatchObject({
        action: 'R',
        outcome: '4',
        agent: expect.arrayContaining([
          expect.objectContaining({ who: expect.objectContaining({ reference: 'Practitioner/silva' }) }),
        ]),
      });
    });

    test('behavior: a sensitive class is withheld unless named, in the versions before it was labelled too', async () => {
      const maria = await at.admitPatient();
      const { resource } = await at.writer.create(heartRate(maria));
      await at.writer.update({ ...resource, ...sensitive });
      const id = idOf(resource);
      const limited = openRecords(at.context, grantee(maria));
      await expect(limited.read('Observation', id)).rejects.toMatchObject({ status: 404 });
      await expect(limited.vread('Observation', id, '1')).rejects.toMatchObject({ status: 404 });
      await expect(limited.history('Observation', id)).rejects.toMatchObject({ status: 404 });
      expect((await limited.search('Observation', `_id=${id}`)).entry).toEqual([]);
      const named = openRecords(at.context, grantee(maria, { sensitive: 0b100 }));
      expect(await named.read('Observation', id)).toMatchObject({ id });
      const [key] = await at.own.database.query<{ owner: string }>(
        'select owner from content_key k join resource r on r.key_id = k.id where r.id = $1',
        [id],
      );
      expect(key?.owner).toBe(`Patient/${maria}/sensitive/4`);
    });

    test('behavior: categories and the period of care', async () => {
      const maria = await at.admitPatient();
      const id = idOf((await at.writer.create(heartRate(maria))).resource);
      const cared = Date.parse('2026-01-05T10:00:00Z') / 1000;
      const may = async (over: object): Promise<boolean> => {
        try {
          await openRecords(at.context, grantee(maria, over)).read('Observation', id);
          return true;
        } catch {
          return false;
        }
      };
      expect(await may({ categories: 1 << 6 })).toBe(true);
      expect(await may({ categories: 1 << 7 })).toBe(false);
      expect(await may({ careFrom: cared - 10, careUntil: cared + 10 })).toBe(true);
      expect(await may({ careFrom: cared + 10 })).toBe(false);
      expect(await may({ careUntil: cared - 10 })).toBe(false);
    });

    test('error: no reading or writing without the action, no writing outside the scope', async () => {
      const [maria, other] = [await at.admitPatient(), await at.admitPatient()];
      const idle = clinician({ actions: new Set() });
      await expect(openRecords(at.context, idle).read('Patient', maria)).rejects.toMatchObject({ status: 403 });
      await expect(openRecordWriter(at.context, idle).create(heartRate(maria))).rejects.toMatchObject({ status: 403 });
      const contributor = openRecordWriter(at.context, { ...grantee(maria), actions: new Set(['read', 'write']) });
      expect((await contributor.create(heartRate(maria))).created).toBe(true);
      await expect(contributor.create(heartRate(other))).rejects.toMatchObject({ status: 403 });
      await expect(contributor.update({ resourceType: 'Patient', id: other })).rejects.toMatchObject({ status: 403 });
      await expect(contributor.delete('Patient', other)).rejects.toMatchObject({ status: 404 });
      const moved = { ...heartRate(other), id: idOf((await contributor.create(heartRate(maria))).resource) };
      await expect(contributor.update(moved)).rejects.toMatchObject({ status: 403 });
    });
  });
}
