import { canonicalize, verifyRecordProof, withoutAddedLabels } from '@anamnesis/protocol';
import { hexToBytes } from 'viem';
import { expect, test } from 'vitest';
import type { ContentKey } from '../../storage/index.ts';
import { ENGINES } from '../../testing/databases.ts';
import { clinician, grantee, testContext } from '../../testing/records-world.ts';
import { sealContent, sealSalt } from './content.ts';
import { openRecords, openRecordWriter, reindexRecords } from './index.ts';

test.each(ENGINES)(
  'behavior: the index is made anew on $name when its definitions have changed, and only then',
  async ({ open }) => {
    const own = await open();
    const context = testContext(own.database);
    const writer = openRecordWriter(context, clinician());
    const reader = openRecords(context, clinician());
    expect(await reindexRecords(context)).toBe(false);
    const patient = await writer.create({ resourceType: 'Patient', name: [{ family: 'Reindexed' }] });
    const damaged = await writer.create({ resourceType: 'Patient', name: [{ family: 'Damaged' }] });
    const found = async (query: string) => (await reader.search('Patient', query)).total;
    await own.database.query('delete from search_string');
    expect(await found('family=reindexed')).toBe(0);
    expect(await reindexRecords(context)).toBe(false);
    await own.database.query("update search_index set made_by = 'another version'");
    await own.database.query("update resource set content = '\\x00' where id = $1", [
      (damaged.resource as { id: string }).id,
    ]);
    expect(await reindexRecords(context)).toBe(true);
    expect(await found('family=reindexed')).toBe(1);
    expect(await found(`_id=${(patient.resource as { id: string }).id}`)).toBe(1);
    expect(await reindexRecords(context)).toBe(false);
    await own.end();
  },
);

test.each(ENGINES)(
  'behavior: records are labelled anew on $name when the value sets have changed',
  async ({ open }) => {
    const own = await open();
    const context = testContext(own.database);
    const writer = openRecordWriter(context, clinician());
    const reader = openRecords(context, clinician());
    await reindexRecords(context);
    const maria = (await writer.create({ resourceType: 'Patient' })).resource.id as string;
    const made = await writer.create({
      ...{ resourceType: 'Condition', subject: { reference: `Patient/${maria}` } },
      code: { coding: [{ system: 'http://hl7.org/fhir/sid/icd-10', code: 'F32.1' }] },
    });
    const id = made.resource.id as string;
    await writer.update({ ...made.resource, verificationStatus: { text: 'again' } });
    const proof = await reader.proof('Condition', id, '1');
    // As an older version of the value sets, which did not know the code, would have left it.
    const plain = (await context.database.transaction((tx) => context.keys.forOwners(tx, [`Patient/${maria}`]))).get(
      `Patient/${maria}`,
    ) as ContentKey;
    for (const version of [1, 2]) {
      const place = { type: 'Condition', id, version };
      const stored = withoutAddedLabels(await reader.vread('Condition', id, String(version)));
      const content = sealContent(plain, place, canonicalize(stored));
      const salt = sealSalt(plain, place, hexToBytes((await reader.proof('Condition', id, String(version))).salt));
      await own.database.query(
        `update resource_version set sensitive = 0, key_id = $2, salt = $3, content = $4 where type = 'Condition' and version = $1`,
        [version, plain.id, salt, version === 1 ? content : null],
      );
      if (version === 2)
        await own.database.query(
          `update resource set sensitive = 0, key_id = $1, content = $2 where type = 'Condition'`,
          [plain.id, content],
        );
    }
    const abroad = openRecords(context, grantee(maria));
    expect((await abroad.search('Condition', '')).total).toBe(1);
    expect((await reader.read('Condition', id)).meta).not.toHaveProperty('security');

    expect(await reindexRecords(context, 'other value sets')).toBe(true);
    expect((await abroad.search('Condition', '')).total).toBe(0);
    await expect(abroad.vread('Condition', id, '1')).rejects.toMatchObject({ status: 404 });
    expect((await reader.vread('Condition', id, '1')).meta).toMatchObject({
      security: [{ code: 'R' }, { code: 'MH' }],
    });
    expect((await reader.search('Condition', '_security=MH')).total).toBe(1);
    // Under the key of their class, each version; and what is committed is what it was.
    const keys = await own.database.query<{ owner: string }>(
      `select k.owner from resource_version v join content_key k on k.id = v.key_id where v.type = 'Condition'`,
    );
    expect(keys.map(({ owner }) => owner)).toEqual([`Patient/${maria}/sensitive/1`, `Patient/${maria}/sensitive/1`]);
    expect(await reader.proof('Condition', id, '1')).toEqual({
      ...proof,
      size: 3,
      path: expect.anything(),
      root: expect.anything(),
    });
    expect(
      verifyRecordProof(await reader.proof('Condition', id, '1'), await reader.vread('Condition', id, '1')),
    ).toEqual({ ok: true });
    expect(await reindexRecords(context, 'other value sets')).toBe(false);
    await own.end();
  },
);
