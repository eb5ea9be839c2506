import { randomUUID } from 'node:crypto';
import { parseJson, stringifyJson } from '@anamnesis/protocol';
import { describe, expect, test } from 'vitest';
import { logSize } from '../../storage/index.ts';
import { readAccessLog } from '../audit/index.ts';
import type { FhirResource } from './index.ts';

import { heartRate, idOf, type RecordsWorld } from './records.fixture.ts';

/** Records and their versions: made, changed, deleted, and all of it kept. */
export function describeVersions(at: RecordsWorld): void {
  describe('create and read', () => {
    test('default: what is created is read, with a version and a time, and otherwise as it came', async () => {
      const patient = await at.admitPatient();
      const text = `{"resourceType":"Observation","meta":{"versionId":"99","lastUpdated":"2001-01-01T00:00:00Z","profile":["http://example.org/p"],
        "tag":[{"system":"urn:t","code":"x"}],"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"N"}]},"status":"final",
        "code":{"text":"weight"},"subject":{"reference":"Patient/${patient}"},"valueQuantity":{"value":70.00,"unit":"kg"},
        "component":[{"code":{"text":"a"},"valueQuantity":{"value":1.50e1}}]}`;
      const { resource, created, version, lastUpdated } = await at.writer.create(parseJson(text));
      expect({ created, version }).toEqual({ created: true, version: '1' });
      expect(Math.abs(Date.parse(lastUpdated) - Date.now())).toBeLessThan(60_000);
      const read = await at.reader.read('Observation', idOf(resource));
      expect(read).toEqual(resource);
      const written = stringifyJson(read);
      expect(written).toContain('"value":70.00');
      expect(written).toContain('"value":1.50e1');
      const sent = parseJson(text) as { meta: object };
      expect(read).toEqual({ ...sent, id: resource.id, meta: { ...sent.meta, versionId: '1', lastUpdated } });
    });

    test('behavior: the server gives the id', async () => {
      const { resource } = await at.writer.create({ resourceType: 'Organization', id: 'mine', name: 'Meridian' });
      expect(resource.id).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
    });

    test('behavior: ifNoneExist answers the one that exists', async () => {
      const system = `urn:test:${randomUUID()}`;
      const organization = { resourceType: 'Organization', identifier: [{ system, value: '1' }], name: 'Meridian' };
      const ifNoneExist = `identifier=${system}|1`;
      const first = await at.writer.create(organization, { ifNoneExist });
      const second = await at.writer.create(organization, { ifNoneExist });
      expect([first.created, second.created]).toEqual([true, false]);
      expect(second.resource).toEqual(first.resource);
      await at.writer.create(organization);
      await expect(at.writer.create(organization, { ifNoneExist })).rejects.toMatchObject({ status: 412 });
    });

    test('behavior: of conditional creates at the same time one creates', async () => {
      const system = `urn:test:${randomUUID()}`;
      const organization = { resourceType: 'Organization', identifier: [{ system, value: '1' }], name: 'Meridian' };
      const all = await Promise.all(
        Array.from({ length: 6 }, () => at.writer.create(organization, { ifNoneExist: `identifier=${system}|1` })),
      );
      expect(all.filter((one) => one.created)).toHaveLength(1);
      expect(new Set(all.map((one) => one.resource.id)).size).toBe(1);
    });

    test('error: nothing there', async () => {
      await expect(at.reader.read('Patient', 'nobody')).rejects.toMatchObject({ status: 404 });
      await expect(at.reader.vread('Patient', 'nobody', '1')).rejects.toMatchObject({ status: 404 });
    });

    test('error: what is no valid resource is refused, without its content', async () => {
      await expect(at.writer.create('Patient')).rejects.toMatchObject({ status: 400 });
      await expect(at.writer.create({ name: 'x' })).rejects.toMatchObject({ status: 400 });
      await expect(at.writer.create({ resourceType: 'Patient' }, { type: 'Group' })).rejects.toMatchObject({
        status: 400,
      });
      const refused = await at.writer
        .create({ resourceType: 'Patient', birthDate: 'Maria' })
        .catch((error: unknown) => error);
      expect(refused).toMatchObject({ status: 422 });
      expect(JSON.stringify((refused as { outcome: object }).outcome)).not.toContain('Maria');
    });
  });

  describe('update', () => {
    test('default: a new version, the old one kept', async () => {
      const id = await at.admitPatient();
      const answer = await at.writer.update({ resourceType: 'Patient', id, active: false });
      expect(answer).toMatchObject({ created: false, version: '2', resource: { active: false } });
      expect(await at.reader.read('Patient', id)).toMatchObject({ active: false, meta: { versionId: '2' } });
      expect(await at.reader.vread('Patient', id, '1')).toMatchObject({ active: true, meta: { versionId: '1' } });
      expect(await at.reader.vread('Patient', id, '2')).toMatchObject({ active: false });
    });

    test('behavior: an update of nothing creates under its id', async () => {
      const id = `own-${randomUUID()}`;
      const answer = await at.writer.update({ resourceType: 'Patient', id, active: true }, { type: 'Patient', id });
      expect(answer).toMatchObject({ created: true, version: '1' });
      expect(idOf(await at.reader.read('Patient', id))).toBe(id);
    });

    test('behavior: ifMatch lets through the version seen, and of writers at the same time one', async () => {
      const id = await at.admitPatient();
      await at.writer.update({ resourceType: 'Patient', id }, { ifMatch: 'W/"1"' });
      await expect(at.writer.update({ resourceType: 'Patient', id }, { ifMatch: 'W/"1"' })).rejects.toMatchObject({
        status: 412,
      });
      const all = await Promise.allSettled(
        Array.from({ length: 8 }, (_, n) =>
          at.writer.update({ resourceType: 'Patient', id, multipleBirthInteger: n }, { ifMatch: '2' }),
        ),
      );
      expect(all.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
      expect(await at.reader.read('Patient', id)).toMatchObject({ meta: { versionId: '3' } });
    });

    test('behavior: updates at the same time each make a version', async () => {
      const id = await at.admitPatient();
      const all = await Promise.all(
        Array.from({ length: 10 }, (_, n) =>
          at.writer.update({ resourceType: 'Patient', id, multipleBirthInteger: n }),
        ),
      );
      expect(all.map((one) => Number(one.version)).toSorted((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    });

    test('behavior: what is stored already makes no version, but an entry in the access log', async () => {
      const id = await at.admitPatient();
      const stored = await at.reader.read('Patient', id);
      const size = await logSize(at.context.database, 'records');
      const accesses = async () =>
        (await readAccessLog(at.context, at.context.database, { patient: id, count: 100 })).entries;
      const before = (await accesses()).length;
      // With the server's at.own meta or without, alone or in a transaction.
      for (const again of [{ resourceType: 'Patient', active: true, id }, stored]) {
        expect(await at.writer.update(again)).toMatchObject({ created: false, version: '1', resource: stored });
      }
      const { lastUpdated } = stored.meta as { lastUpdated: string };
      expect(await at.writer.update(stored, { ifMatch: 'W/"1"' })).toMatchObject({ version: '1', lastUpdated });
      const entry = { resource: stored, request: { method: 'PUT', url: `Patient/${id}` } };
      const { entry: [answer] = [] } = await at.writer.process({
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [entry],
      });
      expect(answer?.response).toMatchObject({ status: expect.stringMatching(/^200/), etag: 'W/"1"' });
      expect(await logSize(at.context.database, 'records')).toBe(size);
      expect(await accesses()).toHaveLength(before + 4);
      expect((await accesses())[0]?.event).toMatchObject({ action: 'R' });
    });

    test('behavior: a digit, a tag or another order of a list is a change; what cannot be opened is replaced', async () => {
      const patient = await at.admitPatient();
      const first = parseJson(stringifyJson(heartRate(patient)).replace('"value":72', '"value":72.0')) as FhirResource;
      const { resource } = await at.writer.create(first);
      const id = idOf(resource);
      let version = 1;
      for (const changed of [
        { ...heartRate(patient), id },
        { ...heartRate(patient), id, meta: { tag: [{ code: 'a' }, { code: 'b' }] } },
        { ...heartRate(patient), id, meta: { tag: [{ code: 'b' }, { code: 'a' }] } },
      ]) {
        expect(await at.writer.update(changed)).toMatchObject({ version: String(++version) });
        expect(await at.writer.update(changed)).toMatchObject({ version: String(version) });
      }
      await at.context.database.query('update resource set content = $2 where id = $1', [id, new Uint8Array(64)]);
      const last = { ...heartRate(patient), id, meta: { tag: [{ code: 'b' }, { code: 'a' }] } };
      expect(await at.writer.update(last)).toMatchObject({ version: String(version + 1) });
      expect(await at.reader.read('Observation', id)).toMatchObject({ id });
      await expect(at.writer.update(last, { ifMatch: '1' })).rejects.toMatchObject({ status: 412 });
    });

    test('error: an id that is missing, malformed or another', async () => {
      await expect(at.writer.update({ resourceType: 'Patient' })).rejects.toMatchObject({ status: 400 });
      await expect(at.writer.update({ resourceType: 'Patient', id: 'a' }, { id: 'b' })).rejects.toMatchObject({
        status: 400,
      });
      await expect(
        at.writer.update({ resourceType: 'Patient', id: 'a' }, { ifMatch: 'no"good' }),
      ).rejects.toMatchObject({ status: 400 });
    });
  });

  describe('delete', () => {
    test('default: gone afterwards, its versions kept', async () => {
      const id = await at.admitPatient();
      expect(await at.writer.delete('Patient', id)).toMatchObject({ version: '2' });
      await expect(at.reader.read('Patient', id)).rejects.toMatchObject({ status: 410 });
      await expect(at.reader.vread('Patient', id, '2')).rejects.toMatchObject({ status: 410 });
      expect(await at.reader.vread('Patient', id, '1')).toMatchObject({ active: true });
      expect((await at.reader.search('Patient', `_id=${id}`)).entry).toEqual([]);
    });

    test('behavior: deleting what is not there, or deleted, does nothing', async () => {
      const id = await at.admitPatient();
      expect(await at.writer.delete('Patient', 'nobody')).toBeNull();
      await at.writer.delete('Patient', id);
      expect(await at.writer.delete('Patient', id)).toBeNull();
    });

    test('behavior: an update brings it back with the next version', async () => {
      const id = await at.admitPatient();
      await at.writer.delete('Patient', id);
      expect(await at.writer.update({ resourceType: 'Patient', id })).toMatchObject({ created: true, version: '3' });
      expect(await at.reader.read('Patient', id)).toMatchObject({ id });
    });

    test('error: ifMatch names another version', async () => {
      const id = await at.admitPatient();
      await expect(at.writer.delete('Patient', id, { ifMatch: 'W/"7"' })).rejects.toMatchObject({ status: 412 });
    });
  });

  describe('history', () => {
    test('default: a record from the newest version to the oldest', async () => {
      const id = await at.admitPatient();
      await at.writer.update({ resourceType: 'Patient', id, active: false });
      await at.writer.delete('Patient', id);
      const bundle = await at.reader.history('Patient', id);
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
      for (let n = 0; n < 5; n++)
        await at.writer.create({ resourceType: 'Location', identifier: [{ system, value: `${n}` }] });
      const seen: unknown[] = [];
      let cursor: string | undefined;
      do {
        const page = await at.reader.history('Location', undefined, {
          count: 2,
          ...(cursor !== undefined && { cursor }),
        });
        seen.push(
          ...page.entry.map((entry) => (entry.resource?.identifier as { value: string }[] | undefined)?.[0]?.value),
        );
        await at.writer.create({ resourceType: 'Location', name: 'meanwhile' });
        const next = page.link?.find((link) => link.relation === 'next')?.url;
        cursor = next === undefined ? undefined : (new URL(next).searchParams.get('_cursor') ?? undefined);
      } while (cursor !== undefined && seen.length < 50);
      expect(seen.slice(0, 5)).toEqual(['4', '3', '2', '1', '0']);
      const all = await at.reader.history(undefined, undefined, { count: 3 });
      expect(all.entry).toHaveLength(3);
    });

    test('behavior: since a time', async () => {
      const id = await at.admitPatient();
      const past = await at.reader.history('Patient', id, { since: '2001-01-01T00:00:00Z' });
      const future = await at.reader.history('Patient', id, { since: '2999-01-01T00:00:00Z' });
      expect([past.entry.length, future.entry.length]).toEqual([1, 0]);
    });

    test('error: nothing there, a cursor or a time that is none', async () => {
      await expect(at.reader.history('Patient', 'nobody')).rejects.toMatchObject({ status: 404 });
      await expect(at.reader.history('Patient', undefined, { cursor: 'x' })).rejects.toMatchObject({ status: 400 });
      await expect(at.reader.history('Patient', undefined, { since: 'yesterday' })).rejects.toMatchObject({
        status: 400,
      });
    });
  });
}
