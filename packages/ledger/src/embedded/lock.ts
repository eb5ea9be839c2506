import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AnamnesisError } from '@anamnesis/protocol';
import { processIdentity } from './process.ts';

/** A held lock. `release` may be called more than once. */
export interface Lock {
  release(): Promise<void>;
}

const heldHere = new Set<string>();

/**
 * Takes a folder for this process. The lock of a process that no longer lives (or whose number now belongs to another
 * process) is taken over.
 *
 * @throws AnamnesisError `ledger-folder-in-use` when another living process, or another part of this one, holds it.
 */
export async function lockDirectory(directory: string): Promise<Lock> {
  const path = join(directory, 'lock');
  if (heldHere.has(path)) throw inUse(directory, process.pid);
  heldHere.add(path);
  const own = `${path}.${process.pid}.${randomUUID()}`;
  try {
    await writeFile(own, JSON.stringify({ pid: process.pid, identity: processIdentity(process.pid) }));
    for (let attempt = 0; ; attempt++) {
      try {
        await link(own, path); // atomic: fails when the name exists
        break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt > 20) throw error;
      }
      const holder = await livingHolder(path);
      if (holder) throw inUse(directory, holder);
      await setAside(path, directory);
    }
  } catch (error) {
    heldHere.delete(path);
    throw error;
  } finally {
    await rm(own, { force: true });
  }
  return {
    async release() {
      if (heldHere.delete(path)) await rm(path, { force: true });
    },
  };
}

async function livingHolder(path: string): Promise<number | null> {
  try {
    const { pid, identity } = JSON.parse(await readFile(path, 'utf8')) as { pid: number; identity: string | null };
    return identity !== null && processIdentity(pid) === identity && pid !== process.pid ? pid : null;
  } catch {
    return null; // gone in the meantime, or torn: nobody holds it
  }
}

/** Two processes may find the same stale lock; the slower must not remove the lock that the faster has just taken. */
async function setAside(path: string, directory: string): Promise<void> {
  const aside = `${path}.stale.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  try {
    const holder = await livingHolder(aside);
    if (holder) {
      await link(aside, path).catch(() => {});
      throw inUse(directory, holder);
    }
  } finally {
    await rm(aside, { force: true });
  }
}

function inUse(directory: string, pid: number): AnamnesisError {
  return new AnamnesisError(
    'ledger-folder-in-use',
    `The ledger folder ${directory} is in use by process ${pid}. Stop it first, or choose another folder.`,
  );
}
