import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';

const HERE = import.meta.dirname;
const ROOT = join(HERE, '..', '..');
const DIST = join(HERE, 'dist');
/** Names the sources that `dist` was made of. */
const STAMP = join(DIST, 'sources.txt');
const CACHE = join(ROOT, 'node_modules', '.cache');
const LOCK = join(CACHE, 'portal-build.lock');

/** What the bundle is made of. */
const SOURCES = [
  ...['src', 'public', 'index.html', 'vite.config.ts', 'package.json'].map((name) => join(HERE, name)),
  ...['protocol', 'crypto', 'ledger', 'sdk'].map((name) => join(ROOT, 'packages', name, 'src')),
  ...[join(HERE, 'build.ts'), join(ROOT, 'package-lock.json')],
];
/** Files beside the sources that the bundle does not hold. */
const NOT_BUNDLED = /\.(test|browser)\.tsx?$|\/(testing|e2e)\//;
const LOCK_OLD_MS = 180_000;
/** Files that become smaller; fonts and pictures are packed already. */
const TEXTS = /\.(?:js|css|svg|json)$/;
const brotli = promisify(brotliCompress);
const zip = promisify(gzip);

/**
 * Builds the portal unless `dist` was made of these very sources, and says where it is. Several processes may ask at once: one builds, the others
 * wait for it.
 *
 * Errors: an Error with what Vite said.
 */
export async function buildPortal(log: (message: string) => void = () => {}): Promise<string> {
  const sources = await hashSources();
  if (await isBuilt(sources)) return DIST;
  await mkdir(CACHE, { recursive: true });
  const unlock = await lock();
  try {
    if (await isBuilt(sources)) return DIST;
    log('building the portal');
    const fresh = join(HERE, `dist.${process.pid}`);
    await rm(fresh, { recursive: true, force: true });
    await vite(['build', '--outDir', fresh, '--emptyOutDir', '--logLevel', 'warn']);
    await pack(join(fresh, 'assets'));
    await writeFile(join(fresh, 'sources.txt'), `${sources}\n`);
    await rm(DIST, { recursive: true, force: true });
    await rename(fresh, DIST);
    return DIST;
  } finally {
    await unlock();
  }
}

async function isBuilt(sources: string): Promise<boolean> {
  return existsSync(STAMP) && (await readFile(STAMP, 'utf8')).trim() === sources;
}

async function hashSources(): Promise<string> {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    for (const path of await filesOf(source)) {
      hash.update(`${path}\0`).update(await readFile(path));
    }
  }
  return hash.digest('hex');
}

async function filesOf(path: string): Promise<string[]> {
  if (!existsSync(path)) return [];
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !NOT_BUNDLED.test(join(entry.parentPath, entry.name)));
  return files.map((entry) => join(entry.parentPath, entry.name)).sort();
}

/** Waits until no other process builds; a lock whose holder is gone is broken. */
async function lock(): Promise<() => Promise<void>> {
  for (;;) {
    try {
      const file = await open(LOCK, 'wx');
      await file.write(String(process.pid));
      await file.close();
      return () => rm(LOCK, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (await isAbandoned()) await rm(LOCK, { force: true });
      else await pause(100);
    }
  }
}

async function isAbandoned(): Promise<boolean> {
  try {
    const { mtimeMs } = await stat(LOCK);
    const age = Date.now() - mtimeMs;
    const holder = Number(await readFile(LOCK, 'utf8'));
    if (age > LOCK_OLD_MS) return true;
    return holder > 0 && !runs(holder);
  } catch {
    return false;
  }
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Writes `.br` and `.gz` beside every text, as small as they become: a file is packed once, and a first page waits for each of its bytes. */
async function pack(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => TEXTS.test(name));
  await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const plain = await readFile(path);
      const packed = { br: await brotli(plain), gz: await zip(plain, { level: 9 }) };
      for (const [extension, bytes] of Object.entries(packed)) await writeFile(`${path}.${extension}`, bytes);
    }),
  );
}

async function vite(args: readonly string[]): Promise<void> {
  const program = join(dirname(createRequire(import.meta.url).resolve('vite/package.json')), 'bin', 'vite.js');
  const child = spawn(process.execPath, [program, ...args], {
    cwd: HERE,
    // Tests build too, and what they call themselves would make a development build of React.
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => said.push(text.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`The portal could not be built:\n${said.join('').slice(-4000)}`);
}
