/**
 * Which lines and branches of contracts/src the unit and fuzz tests reach; fails below 100 %.
 *
 *     node scripts/cover-contracts.ts
 *
 * `forge coverage` reads the sources with a parser that finds no import above the project's root, where npm keeps
 * OpenZeppelin. So it runs in a temporary copy that has OpenZeppelin inside.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { contractsRoot, forgeBinary } from '../contracts/bin/forge.ts';

interface Counts {
  lines: [reached: number, all: number];
  branches: [reached: number, all: number];
  functions: [reached: number, all: number];
  missed: string[];
}

const REMAPPING = '@openzeppelin/contracts/=../node_modules/@openzeppelin/contracts/';

function copyTo(folder: string): string {
  const repository = resolve(contractsRoot, '..');
  const contracts = join(folder, 'contracts');
  for (const part of ['src', 'bin', 'foundry.toml', 'test/unit', 'test/fuzz']) {
    cpSync(join(contractsRoot, part), join(contracts, part), { recursive: true });
  }
  for (const base of ['Base', 'GuardiansBase', 'LedgerBase', 'ProxiesBase', 'Wallets']) {
    cpSync(join(contractsRoot, `test/${base}.sol`), join(contracts, `test/${base}.sol`));
  }
  cpSync(join(repository, 'node_modules/@openzeppelin/contracts'), join(contracts, 'oz'), { recursive: true });
  symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'));
  cpSync(join(repository, 'package.json'), join(folder, 'package.json'));
  const settings = join(contracts, 'foundry.toml');
  const text = readFileSync(settings, 'utf8');
  if (!text.includes(REMAPPING)) throw new Error(`foundry.toml: expected the remapping ${REMAPPING}`);
  writeFileSync(settings, text.replace(REMAPPING, '@openzeppelin/contracts/=oz/'));
  return contracts;
}

/** The report of the tracefile for files under src/. */
function read(lcov: string): Map<string, Counts> {
  const found = new Map<string, Counts>();
  for (const record of lcov.split('end_of_record')) {
    const file = /^SF:(src\/.+)$/m.exec(record)?.[1];
    if (file === undefined) continue;
    const counts: Counts = { lines: [0, 0], branches: [0, 0], functions: [0, 0], missed: [] };
    const count = (kind: 'lines' | 'branches' | 'functions', reached: boolean, where: string): void => {
      counts[kind][0] += reached ? 1 : 0;
      counts[kind][1]++;
      if (!reached) counts.missed.push(`${file} ${where}`);
    };
    for (const [, line, hits] of record.matchAll(/^DA:(\d+),(\d+)/gm)) count('lines', hits !== '0', `line ${line}`);
    for (const [, line, , branch, hits] of record.matchAll(/^BRDA:(\d+),(\d+),(\d+),(\d+|-)/gm)) {
      count('branches', hits !== '0' && hits !== '-', `line ${line}, branch ${branch}`);
    }
    for (const [, hits, name] of record.matchAll(/^FNDA:(\d+),(.+)$/gm)) {
      count('functions', hits !== '0', `function ${name}`);
    }
    found.set(file, counts);
  }
  return found;
}

const folder = mkdtempSync(join(tmpdir(), 'anamnesis-coverage-'));
try {
  const cwd = copyTo(folder);
  const inherited = Object.entries(process.env).filter(([name]) => !/^(FOUNDRY|FORGE|DAPP)_/.test(name));
  const env = { ...Object.fromEntries(inherited), PATH: `${dirname(process.execPath)}:${process.env.PATH}` };
  const run = spawnSync(forgeBinary(), ['coverage', '--report', 'lcov'], {
    cwd,
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (run.status !== 0) throw new Error(`${run.stdout}${run.stderr}`);
  const report = read(readFileSync(join(cwd, 'lcov.info'), 'utf8'));
  const total = { lines: [0, 0], branches: [0, 0], functions: [0, 0] };
  for (const [file, counts] of [...report].sort()) {
    const part = (kind: 'lines' | 'branches' | 'functions'): string => {
      total[kind][0] = (total[kind][0] ?? 0) + counts[kind][0];
      total[kind][1] = (total[kind][1] ?? 0) + counts[kind][1];
      return `${kind} ${counts[kind].join('/')}`;
    };
    console.log(`${file.padEnd(36)} ${part('lines').padEnd(16)} ${part('branches').padEnd(18)} ${part('functions')}`);
  }
  const missed = [...report.values()].flatMap((counts) => counts.missed);
  for (const place of missed) console.error(`not reached: ${place}`);
  const sums = Object.entries(total).map(([kind, [reached, all]]) => `${kind} ${reached}/${all}`);
  console.log(`contracts/src: ${sums.join(', ')}`);
  if (missed.length > 0 || report.size === 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
