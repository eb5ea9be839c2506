import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AnamnesisError } from '@anamnesis/protocol';
import type { Intention } from '../call.ts';
import type { Settlement } from '../client.ts';
import { syncDirectory, writeDurably } from '../durable.ts';
import type { Attempt, OutboxEntry, OutboxStore } from './outbox.ts';

/** One line of the file. */
type Line =
  | { readonly insert: string; readonly call: Intention }
  | { readonly attempt: string; readonly with: Attempt }
  | { readonly withdraw: string }
  | { readonly settle: string; readonly as: Settlement };

/**
 * An outbox in a file of JSON lines, each on disk before it counts. For tools and the testbed: one process at a time. At
 * open a half-written last line is dropped and the file is rewritten without what is superseded; settled ids are kept, so
 * that nothing is done twice.
 *
 * @throws AnamnesisError `outbox-damaged` when a line other than the last is unreadable.
 */
export async function fileOutboxStore(path: string): Promise<OutboxStore & { close(): Promise<void> }> {
  await mkdir(dirname(path), { recursive: true });
  const entries = new Map<string, OutboxEntry>();
  for (const line of await readLines(path)) applyLine(entries, line);
  const compact = [...entries.values()].flatMap(linesOf).map((line) => `${JSON.stringify(line)}\n`);
  await writeDurably(path, [Buffer.from(compact.join(''))]);
  const handle: FileHandle = await open(path, 'a');
  await syncDirectory(dirname(path));

  let lane: Promise<void> = Promise.resolve();
  let broken = false;
  /** One line after the other; the entry changes when its line is on disk. After a failed write nothing more is accepted. */
  function write(line: Line): Promise<void> {
    const written = lane.then(async () => {
      if (broken) throw new AnamnesisError('outbox-write', `The outbox ${path} cannot be written.`);
      broken = true;
      await handle.appendFile(`${JSON.stringify(line)}\n`);
      await handle.datasync();
      broken = false;
      applyLine(entries, line);
    });
    lane = written.catch(() => {});
    return written;
  }

  const inserting = new Map<string, Promise<void>>();
  return {
    async insert(id, call) {
      if (entries.has(id) || inserting.has(id)) {
        await inserting.get(id);
        return false;
      }
      const writing = write({ insert: id, call }).finally(() => inserting.delete(id));
      inserting.set(id, writing);
      await writing;
      return true;
    },
    find: async (id) => entries.get(id) ?? null,
    async pending(waiting) {
      let left = waiting;
      return [...entries.values()].filter((entry) => {
        if (entry.settlement) return false;
        if (entry.attempts.length > 0 || entry.call.from !== undefined) return true;
        left -= 1;
        return left >= 0;
      });
    },
    attempt: (id, attempt) => write({ attempt: id, with: attempt }),
    withdraw: (id) => write({ withdraw: id }),
    settle: (id, settlement) => write({ settle: id, as: settlement }),
    async close() {
      await lane;
      broken = true;
      await handle.close(); // closing twice does nothing
    },
  };
}

async function readLines(path: string): Promise<Line[]> {
  const handle = await open(path, 'a+');
  const text = await handle.readFile('utf8').finally(() => handle.close());
  const lines = text.split('\n');
  lines.pop(); // empty, or what a crash cut off: nobody was told that it is there
  return lines.map((line) => {
    try {
      return JSON.parse(line) as Line;
    } catch (cause) {
      throw new AnamnesisError('outbox-damaged', `The outbox ${path} is damaged.`, { cause });
    }
  });
}

function applyLine(entries: Map<string, OutboxEntry>, line: Line): void {
  if ('insert' in line) {
    entries.set(line.insert, { id: line.insert, call: line.call, attempts: [], settlement: null });
    return;
  }
  const id = 'attempt' in line ? line.attempt : 'withdraw' in line ? line.withdraw : line.settle;
  const entry = entries.get(id);
  if (!entry) return;
  if ('attempt' in line) entries.set(id, { ...entry, attempts: [...entry.attempts, line.with] });
  else if ('withdraw' in line) entries.set(id, { ...entry, attempts: [] });
  else entries.set(id, { ...entry, settlement: line.as });
}

function linesOf({ id, call, attempts, settlement }: OutboxEntry): Line[] {
  if (settlement)
    return [
      { insert: id, call },
      { settle: id, as: settlement },
    ];
  return [{ insert: id, call }, ...attempts.map((attempt) => ({ attempt: id, with: attempt }))];
}
