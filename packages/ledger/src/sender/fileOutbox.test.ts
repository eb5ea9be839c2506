import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Settlement } from '../client.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { fileOutboxStore } from './fileOutbox.ts';

const call = { to: `0x${'11'.repeat(20)}`, data: '0x1234' } as const;
const attempt = (nonce: number) =>
  ({ nonce, hash: `0x${'22'.repeat(32)}`, raw: '0x00', max: '1', tip: '0', signedAt: 5 }) as const;
const done: Settlement = { status: 'succeeded', hash: null, block: 4, blockHash: null, gasUsed: 21_000, error: null };

async function open(path: string) {
  const store = await fileOutboxStore(path);
  onTestFinished(() => store.close());
  return store;
}

test('default: entries, attempts and settlements come back in order after closing', async () => {
  const path = join(await temporaryFolder(), 'outbox.jsonl');
  const first = await open(path);
  for (const id of ['a', 'b', 'c', 'd']) expect(await first.insert(id, call)).toBe(true);
  expect(await first.insert('a', call)).toBe(false);
  await first.attempt('a', attempt(1));
  await first.attempt('a', attempt(1));
  await first.attempt('b', attempt(2));
  await first.withdraw('b');
  await first.settle('d', done);
  await first.close();

  const second = await open(path);
  expect((await second.pending(9)).map(({ id, attempts }) => [id, attempts.length])).toEqual([
    ['a', 2],
    ['b', 0],
    ['c', 0],
  ]);
  expect((await second.pending(1)).map(({ id }) => id)).toEqual(['a', 'b']);
  expect((await second.find('d'))?.settlement).toEqual(done);
  expect(await second.insert('d', call)).toBe(false);
  expect(await second.find('e')).toBeNull();
});

test('behavior: the same id inserted twice at once is one entry', async () => {
  const store = await open(join(await temporaryFolder(), 'outbox.jsonl'));
  const inserted = await Promise.all([store.insert('a', call), store.insert('a', call), store.insert('a', call)]);
  expect(inserted).toEqual([true, false, false]);
});

test('behavior: a half-written last line is dropped', async () => {
  const path = join(await temporaryFolder(), 'outbox.jsonl');
  const first = await open(path);
  await first.insert('a', call);
  await first.close();
  await writeFile(path, '{"insert":"b","ca', { flag: 'a' });
  const second = await open(path);
  expect((await second.pending(9)).map(({ id }) => id)).toEqual(['a']);
  expect(await second.insert('b', call)).toBe(true);
  expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(3);
});

test('error: damage elsewhere is not passed over', async () => {
  const path = join(await temporaryFolder(), 'outbox.jsonl');
  await writeFile(path, '{"insert":"a"\n{"insert":"b","call":{}}\n');
  await expect(fileOutboxStore(path)).rejects.toMatchObject({ code: 'outbox-damaged' });
});
