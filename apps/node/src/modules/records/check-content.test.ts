import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES, type TestDatabase } from '../../testing/databases.ts';
import { clinician, testContext } from '../../testing/records-world.ts';
import { r4Library } from '../library/index.ts';
import { contentCheck, openRecordWriter, type RecordWriter } from './index.ts';

describe.each(ENGINES)('full validation of writes on $name', ({ open }) => {
  let own: TestDatabase;
  let strict: RecordWriter;
  beforeAll(async () => {
    own = await open();
    strict = openRecordWriter({ ...testContext(own.database), checkContent: contentCheck(r4Library) }, clinician());
  }, 60_000);
  afterAll(() => own.end());

  // att-1: an attachment with data has a content type.
  const wrong = { resourceType: 'Patient', photo: [{ data: 'QUJD' }] };
  const right = { resourceType: 'Patient', photo: [{ data: 'QUJD', contentType: 'image/png' }] };

  test('default', async () => {
    expect((await strict.create(right)).created).toBe(true);
  });

  test('error: a broken invariant, in a create, an update and a transaction', async () => {
    const refused = { status: 422, code: 'invariant', message: expect.stringContaining('att-1') };
    await expect(strict.create(wrong)).rejects.toMatchObject(refused);
    await expect(strict.update({ ...wrong, id: 'w' })).rejects.toMatchObject(refused);
    const entry = [{ resource: wrong, request: { method: 'POST', url: 'Patient' } }];
    await expect(strict.process({ resourceType: 'Bundle', type: 'transaction', entry })).rejects.toMatchObject({
      status: 422,
    });
  });

  test('behavior: what is refused leaves what waited with it untouched', async () => {
    const written = await Promise.allSettled([strict.create(right), strict.create(wrong), strict.create(right)]);
    expect(written.map((one) => one.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });
});
