import { expect, test } from 'vitest';
import { ENGINES } from '../../testing/databases.ts';
import { clinician, testContext } from '../../testing/records-world.ts';
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
