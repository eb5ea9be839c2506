import { randomUUID } from 'node:crypto';
import { equalBytes, rootOf, verifyRecordProof } from '@anamnesis/protocol';
import { describe, expect, test } from 'vitest';
import { leafHashes, logRoot, logSize } from '../../storage/index.ts';
import { grantee } from '../../testing/records-world.ts';
import { proveAccess, proveAccesses, readAccessLog } from '../audit/index.ts';
import { openRecords } from './index.ts';

import { heartRate, idOf, type RecordsWorld } from './records.fixture.ts';

/** The two logs: what each version and each access leaves behind, and the proof of it. */
export function describeLogs(at: RecordsWorld): void {
  describe('logs', () => {
    test('default: each version is a leaf of the record log, and the proof of it holds', async () => {
      const before = await logSize(at.own.database, 'records');
      const id = await at.admitPatient();
      await at.writer.update({ resourceType: 'Patient', id, active: false });
      await at.writer.delete('Patient', id);
      expect(await logSize(at.own.database, 'records')).toBe(before + 3);
      const resource = await at.reader.vread('Patient', id, '2');
      const proof = await at.reader.proof('Patient', id, '2');
      expect(verifyRecordProof(proof, resource, { organization: 1, chainId: 31337 })).toEqual({ ok: true });
      expect(verifyRecordProof(proof, { ...resource, active: true })).toEqual({ ok: false, reason: 'not-included' });
      const { versionId: _, ...meta } = resource.meta as { versionId: string; lastUpdated: string };
      const deletion = {
        resourceType: 'Patient',
        id,
        deleted: true,
        meta: { ...meta, versionId: '3', lastUpdated: '' },
      };
      const [newest] = (await at.reader.history('Patient', id)).entry;
      deletion.meta.lastUpdated = newest?.response?.lastModified ?? '';
      expect(verifyRecordProof(await at.reader.proof('Patient', id, '3'), deletion)).toEqual({ ok: true });
    });

    test('behavior: the roots are those of all leaves', async () => {
      for (const log of ['records', 'access'] as const) {
        const size = await logSize(at.own.database, log);
        const root = await logRoot(at.own.database, log, size);
        expect(equalBytes(root, rootOf(await leafHashes(at.own.database, log, 0, size)))).toBe(true);
      }
      const [versions] = await at.own.database.query<{ n: number }>('select count(*) as n from resource_version');
      expect(await logSize(at.own.database, 'records')).toBe(versions?.n);
    });

    test('behavior: the patient finds each access in her log, with its proof', async () => {
      const id = await at.admitPatient();
      const { resource } = await at.writer.create(heartRate(id));
      await at.reader.read('Observation', idOf(resource));
      await at.reader.search('Observation', `patient=${id}`);
      await expect(at.reader.read('Observation', 'nothing')).rejects.toMatchObject({ status: 404 });
      const { entries } = await readAccessLog(at.context, at.own.database, { patient: id });
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
        expect(
          verifyRecordProof(await proveAccess(at.context, at.own.database, index), event, { kind: 'access' }),
        ).toEqual({ ok: true });
      }
    });

    test("behavior: a page of several patients leaves in each one's log her at.own records only", async () => {
      const system = `urn:test:${randomUUID()}`;
      const [one, other] = [await at.admitPatient(), await at.admitPatient()];
      for (const patient of [one, other])
        await at.writer.create(heartRate(patient, { identifier: [{ system, value: patient }] }));
      const found = await at.reader.search('Observation', `identifier=${system}|`);
      expect(found.entry).toHaveLength(2);
      const { entries } = await readAccessLog(at.context, at.own.database, { patient: one, count: 1 });
      const text = JSON.stringify(entries[0]?.event);
      expect(text).toContain(`Patient/${one}`);
      expect(text.match(/Observation\/[^"]*_history/g)).toHaveLength(1);
    });

    test('behavior: a search about a patient that shows nothing of hers is in her log', async () => {
      const system = `urn:test:${randomUUID()}`;
      const { resource } = await at.writer.create({ resourceType: 'Patient', identifier: [{ system, value: '1' }] });
      const id = idOf(resource);
      const encounter = idOf(
        (
          await at.writer.create({
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
        ['Condition', `patient=${at.context.base}/Patient/${id}`],
        ['Condition', `patient:Patient._id=${id}`],
        ['Condition', `patient.identifier=${system}|1`],
        ['Condition', `encounter=${encounter}`],
        ['Patient', `_id=${id}&birthdate=1999-01-01`],
        ['Patient', `identifier=${system}|1&_has:Condition:patient:code=86406008`],
        ['Practitioner', `_has:Observation:performer:patient=${id}`],
        ['Condition', 'code=86406008', true],
      ];
      for (const [type, query, within] of asked) {
        const before = (await readAccessLog(at.context, at.own.database, { patient: id })).entries.length;
        await at.reader.search(type, query, within ? { compartment: { type: 'Patient', id } } : {});
        const { entries } = await readAccessLog(at.context, at.own.database, { patient: id });
        expect({ query, entries: entries.length }).toEqual({ query, entries: before + 1 });
        expect(entries[0]?.event).toMatchObject({ action: 'E', outcome: '0' });
      }
    });

    test('behavior: a patient of whom nothing came is told without the other', async () => {
      const [one, other] = [await at.admitPatient(), await at.admitPatient()];
      await at.writer.create(heartRate(other));
      await at.reader.search('Observation', `patient=${one},${other}`);
      const { entries } = await readAccessLog(at.context, at.own.database, { patient: one, count: 1 });
      const event = entries[0]?.event as { entity: { query?: string; what?: object }[] };
      expect(JSON.stringify(event)).not.toContain(other);
      const query = event.entity.find((entity) => entity.query !== undefined)?.query ?? '';
      expect(Buffer.from(query, 'base64').toString()).toBe(`Observation?patient=${one},*`);
    });

    test('behavior: a search about somebody who is not here leaves no log, and no key, of hers', async () => {
      const nobody = `nobody-${randomUUID()}`;
      await at.reader.search('Condition', `patient=${nobody}&_summary=count`);
      expect((await readAccessLog(at.context, at.own.database, { patient: nobody })).entries).toEqual([]);
      const keys = await at.own.database.query('select 1 from content_key where owner = $1', [`Patient/${nobody}`]);
      expect(keys).toEqual([]);
    });

    test("behavior: under a consent, what is asked is in the log of its patient and in nobody else's", async () => {
      const [maria, other] = [await at.admitPatient(), await at.admitPatient()];
      const limited = openRecords(at.context, grantee(maria));
      await limited.search('Condition', `patient=${other}&_summary=count`);
      await limited.search('Condition', 'code=86406008');
      const log = async (patient: string) =>
        (await readAccessLog(at.context, at.own.database, { patient })).entries.filter(({ event }) =>
          JSON.stringify(event).includes('Practitioner/silva'),
        );
      expect([(await log(maria)).length, (await log(other)).length]).toEqual([2, 0]);
    });

    test('behavior: a history that is refused, or shows no version, is in the log', async () => {
      const [maria, other] = [await at.admitPatient(), await at.admitPatient()];
      await expect(openRecords(at.context, grantee(maria)).history('Patient', other)).rejects.toMatchObject({
        status: 404,
      });
      const refused = await readAccessLog(at.context, at.own.database, { patient: other, count: 1 });
      expect(refused.entries[0]?.event).toMatchObject({ action: 'R', outcome: '4' });
      await at.reader.history('Patient', other, { count: 0 });
      const empty = await readAccessLog(at.context, at.own.database, { patient: other, count: 1 });
      expect(empty.entries[0]?.event).toMatchObject({ action: 'R', outcome: '0' });
      await expect(at.reader.history('Patient', 'nobody')).rejects.toMatchObject({ status: 404 });
    });

    test('behavior: the access log page by page', async () => {
      const id = await at.admitPatient();
      for (let n = 0; n < 4; n++) await at.reader.read('Patient', id);
      const first = await readAccessLog(at.context, at.own.database, { patient: id, count: 3 });
      const second = await readAccessLog(at.context, at.own.database, {
        patient: id,
        count: 3,
        before: first.next as number,
      });
      expect([first.entries.length, second.entries.length, second.next]).toEqual([3, 2, null]);
    });

    test('behavior: an entry that was changed is named and hides no other', async () => {
      const id = await at.admitPatient();
      await at.reader.read('Patient', id);
      const { entries } = await readAccessLog(at.context, at.own.database, { patient: id });
      const index = entries[0]?.index as number;
      const turn = 'set content = set_byte(content, 40, get_byte(content, 40) # 1) where leaf_index = $1';
      await at.own.database.query(`update access_entry ${turn}`, [index]);
      const after = await readAccessLog(at.context, at.own.database, { patient: id });
      expect([after.entries.length, after.unreadable]).toEqual([1, [index]]);
      await at.own.database.query(`update access_entry ${turn}`, [index]);
      const proofs = await proveAccesses(at.context, at.own.database, [index, entries[1]?.index as number]);
      for (const [n, proof] of proofs.entries()) {
        expect(verifyRecordProof(proof, entries[n]?.event as object)).toEqual({ ok: true });
      }
      await expect(proveAccess(at.context, at.own.database, 10 ** 9)).rejects.toMatchObject({ status: 404 });
    });

    test('behavior: all of a patient with proofs, in one access', async () => {
      const id = await at.admitPatient();
      for (let n = 0; n < 5; n++) await at.writer.create(heartRate(id));
      const { proven: all } = await at.reader.proven(id);
      expect(all).toHaveLength(6);
      for (const { resource, proof } of all) expect(verifyRecordProof(proof, resource)).toEqual({ ok: true });
      const { entries } = await readAccessLog(at.context, at.own.database, { patient: id, count: 1 });
      expect(JSON.stringify(entries[0]?.event).match(/_history\/1/g)).toHaveLength(6);
    });

    test('error: a read whose entry cannot be written does not happen, and neither does a write', async () => {
      const id = await at.admitPatient();
      await at.own.database.query('alter table access_entry rename to access_entry_away');
      try {
        await expect(at.reader.read('Patient', id)).rejects.toMatchObject({ code: 'storage-refused' });
        await expect(at.reader.search('Patient', `_id=${id}`)).rejects.toMatchObject({ code: 'storage-refused' });
        await expect(at.writer.update({ resourceType: 'Patient', id })).rejects.toMatchObject({
          code: 'storage-refused',
        });
      } finally {
        await at.own.database.query('alter table access_entry_away rename to access_entry');
      }
      expect(await at.reader.read('Patient', id)).toMatchObject({ meta: { versionId: '1' } });
    });
  });
}
