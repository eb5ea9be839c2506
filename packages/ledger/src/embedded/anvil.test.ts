import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../testing/folder.ts';
import { killStray, startAnvil } from './anvil.ts';
import { openGenesis } from './genesis.ts';
import { lockDirectory } from './lock.ts';
import { commandLine, processIdentity } from './process.ts';

test('default: an anvil that was left behind is ended at the next start', async () => {
  const folder = await temporaryFolder();
  const { path, chainId, timestamp } = await openGenesis(folder, undefined, 1_800_000_000);
  const directory = join(folder, 'engine');
  const anvil = await startAnvil({ directory, chainId, genesisPath: path, timestamp });
  onTestFinished(() => anvil.kill());
  await killStray(join(folder, 'another'));
  expect(commandLine(anvil.pid)).toContain('anvil');
  await killStray(directory);
  await anvil.ended;
});

test('behavior: another process that got its number is left alone', async () => {
  const folder = await temporaryFolder();
  const stranger = spawn('sleep', ['60']);
  onTestFinished(() => void stranger.kill());
  await writeFile(join(folder, 'engine.pid'), String(stranger.pid));
  await killStray(join(folder, 'engine'));
  expect(processIdentity(stranger.pid ?? 0)).not.toBeNull();
});

test('behavior: the lock of a process that is gone, or of an earlier one with its number, is taken over', async () => {
  for (const stale of [
    { pid: 2 ** 22 - 1, identity: 'x' },
    { pid: process.ppid, identity: 'an earlier boot' },
    'torn',
  ]) {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'lock'), JSON.stringify(stale));
    const lock = await lockDirectory(folder);
    await lock.release();
  }
});

test('error: the lock of a living process holds', async () => {
  const folder = await temporaryFolder();
  const living = { pid: process.ppid, identity: processIdentity(process.ppid) };
  await writeFile(join(folder, 'lock'), JSON.stringify(living));
  await expect(lockDirectory(folder)).rejects.toMatchObject({ code: 'ledger-folder-in-use' });
});
