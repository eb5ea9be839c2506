import { type FileHandle, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { AnamnesisError } from '@anamnesis/protocol';
import type { Hex } from 'viem';
import { syncDirectory } from '../durable.ts';

/*
 * The journal is what makes an acknowledgement true. Each line is one group of transactions that went to disk with one
 * fsync: `crc32 {"first":12,"entries":[[time,"0x…"],…]}`. The next line is written only after the one before is on disk,
 * so a line that does not verify can only be the last (nothing in it was acknowledged) and is cut off; anywhere else it
 * is damage, and the ledger refuses to start rather than forget something.
 */

/** A transaction as it was received, and the timestamp (seconds) of the block that it goes into. */
export interface JournalEntry {
  readonly sequence: number;
  readonly time: number;
  readonly raw: Hex;
}

export interface Journal {
  /** The number of the last entry on disk; 0 when there is none. */
  readonly last: number;
  readonly lastTime: number;
  /** Resolves once the entry is on disk. Numbers rise in the order of the calls. */
  append(raw: Hex): Promise<JournalEntry>;
  /** Entries with a number above `after`, up to `until`, in order. */
  read(after: number, until: number): AsyncGenerator<JournalEntry>;
  /** Starts a new file and deletes files that hold nothing above `keepAfter`. */
  rotate(keepAfter: number): Promise<void>;
  close(): Promise<void>;
}

interface Group {
  readonly first: number;
  readonly entries: readonly (readonly [number, Hex])[];
}

const fileName = (first: number) => `journal-${String(first).padStart(12, '0')}.log`;
const firstOf = (name: string) => Number(name.slice('journal-'.length, -'.log'.length));

function encode(group: Group): Buffer {
  const text = JSON.stringify(group);
  return Buffer.from(`${crc32(text).toString(16).padStart(8, '0')} ${text}\n`);
}

/** Groups of a file and the length of the part that verifies. */
function decode(content: Buffer): { groups: Group[]; valid: number } {
  const groups: Group[] = [];
  let valid = 0;
  while (valid < content.length) {
    const end = content.indexOf(10, valid);
    if (end < 0) break;
    const text = content.toString('utf8', valid + 9, end);
    if (content.toString('latin1', valid, valid + 8) !== crc32(text).toString(16).padStart(8, '0')) break;
    groups.push(JSON.parse(text) as Group);
    valid = end + 1;
  }
  return { groups, valid };
}

/**
 * Opens the journal in a folder.
 *
 * @param options.after Position of the newest snapshot: numbering goes on at least from there.
 * @param options.now The clock, in seconds; timestamps never fall.
 * @throws AnamnesisError `ledger-journal-damaged` when something other than the unacknowledged tail is unreadable.
 */
export async function openJournal(
  directory: string,
  options: { after: number; afterTime: number; now: () => number; log: (message: string) => void },
): Promise<Journal> {
  const listFiles = async () =>
    (await readdir(directory)).filter((name) => /^journal-\d{12}\.log$/.test(name)).sort((a, b) => a.localeCompare(b));

  let last = 0;
  let lastTime = options.afterTime;
  const files = await listFiles();
  for (const [position, name] of files.entries()) {
    const content = await readFile(join(directory, name));
    const { groups, valid } = decode(content);
    if (valid < content.length) {
      if (position < files.length - 1 || hasLaterLine(content, valid)) {
        throw new AnamnesisError('ledger-journal-damaged', `The ledger journal ${join(directory, name)} is damaged.`);
      }
      options.log(`ledger: dropped ${content.length - valid} bytes of an unfinished write at the end of ${name}`);
      const handle = await open(join(directory, name), 'r+');
      await handle.truncate(valid);
      await handle.sync();
      await handle.close();
    }
    for (const group of groups) {
      if (last > 0 && group.first !== last + 1) {
        throw new AnamnesisError('ledger-journal-damaged', `Entries are missing in the ledger journal before ${name}.`);
      }
      last = group.first + group.entries.length - 1;
      lastTime = Math.max(lastTime, ...group.entries.map(([time]) => time));
    }
  }
  last = Math.max(last, options.after);

  let handle: FileHandle;
  let offset: number;
  let current = '';
  async function startFile(): Promise<void> {
    const name = fileName(last + 1);
    if (current === name) return;
    const next = await open(join(directory, name), 'a+');
    await next.sync();
    await syncDirectory(directory);
    if (current) await handle.close();
    handle = next;
    offset = (await next.stat()).size;
    current = name;
  }
  await startFile();

  let numbered = last;
  let broken: unknown;
  let flushing: Promise<void> | undefined;
  let waiting: { entry: JournalEntry; resolve: (entry: JournalEntry) => void; reject: (error: unknown) => void }[] = [];

  async function write(bytes: Buffer): Promise<void> {
    try {
      await handle.write(bytes, 0, bytes.length, offset);
      await handle.datasync();
      offset += bytes.length;
    } catch (error) {
      // A full disk: take back the half-written line, or else accept nothing more.
      await handle.truncate(offset).catch(() => {
        broken = error;
      });
      throw error;
    }
  }

  async function flush(): Promise<void> {
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      const first = group[0]?.entry.sequence ?? 0;
      try {
        if (broken) throw broken;
        await write(encode({ first, entries: group.map(({ entry }) => [entry.time, entry.raw] as const) }));
        last = first + group.length - 1;
        for (const { entry, resolve } of group) resolve(entry);
      } catch (cause) {
        const failed = [...group, ...waiting];
        waiting = [];
        numbered = last;
        const error = new AnamnesisError('ledger-journal-write', 'The ledger journal cannot be written.', { cause });
        for (const { reject } of failed) reject(error);
      }
    }
    flushing = undefined;
  }

  return {
    get last() {
      return last;
    },
    get lastTime() {
      return lastTime;
    },
    append(raw) {
      return new Promise((resolve, reject) => {
        numbered += 1;
        lastTime = Math.max(lastTime, options.now());
        waiting.push({ entry: { sequence: numbered, time: lastTime, raw }, resolve, reject });
        flushing ??= Promise.resolve().then(flush);
      });
    },
    async *read(after, until) {
      const names = await listFiles();
      for (const [position, name] of names.entries()) {
        const next = names[position + 1];
        if (next && firstOf(next) <= after + 1) continue;
        for (const { first, entries } of decode(await readFile(join(directory, name))).groups) {
          for (const [position, [time, raw]] of entries.entries()) {
            const sequence = first + position;
            if (sequence > after && sequence <= until) yield { sequence, time, raw };
          }
        }
      }
    },
    async rotate(keepAfter) {
      while (flushing) await flushing;
      // Runs in one turn up to the new file: appends meanwhile wait in the queue.
      flushing = startFile()
        .catch((error: unknown) => {
          broken = error;
        })
        .then(flush);
      await flushing;
      if (broken) return;
      const names = await listFiles();
      for (const [position, name] of names.entries()) {
        const next = names[position + 1];
        if (next && firstOf(next) <= keepAfter + 1) await rm(join(directory, name));
      }
      await syncDirectory(directory);
    },
    async close() {
      while (flushing) await flushing;
      await handle.close();
    },
  };
}

function hasLaterLine(content: Buffer, from: number): boolean {
  for (let at = content.indexOf(10, from); at >= 0 && at + 1 < content.length; at = content.indexOf(10, at + 1)) {
    if (decode(content.subarray(at + 1)).groups.length > 0) return true;
  }
  return false;
}
