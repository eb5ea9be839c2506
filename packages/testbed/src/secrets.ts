import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newSeed } from '@anamnesis/crypto';
import type { ClientRole } from '@anamnesis/node';
import { CAST_KEYS, type CastKey } from '@anamnesis/population';

/** What the demonstration's people hold: staff their bearer tokens, patients the seeds of their accounts. */
export interface Secrets {
  /** Tokens by node and role. */
  readonly tokens: Readonly<Record<string, Readonly<Partial<Record<ClientRole, string>>>>>;
  readonly seeds: Readonly<Record<CastKey, Uint8Array>>;
}

interface Stored {
  readonly tokens: Secrets['tokens'];
  readonly seeds: Readonly<Record<string, string>>;
}

/** The secrets of a demonstration's folder, made at random the first time. The file is readable by its user alone. */
export async function openSecrets(directory: string, tokens: () => Secrets['tokens']): Promise<Secrets> {
  const path = join(directory, 'secrets.json');
  let stored = await readStored(path);
  if (stored === null) {
    const seeds = CAST_KEYS.map((key) => [key, Buffer.from(newSeed()).toString('base64url')] as const);
    stored = { tokens: tokens(), seeds: Object.fromEntries(seeds) };
    await writeFile(`${path}.new`, `${JSON.stringify(stored, null, 2)}\n`, { mode: 0o600, flush: true });
    await rename(`${path}.new`, path);
  }
  const seeds = Object.entries(stored.seeds).map(
    ([key, seed]) => [key, Uint8Array.from(Buffer.from(seed, 'base64url'))] as const,
  );
  return { tokens: stored.tokens, seeds: Object.fromEntries(seeds) as Secrets['seeds'] };
}

async function readStored(path: string): Promise<Stored | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Stored;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
