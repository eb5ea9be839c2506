import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import type { LoadSize } from './load/measure.ts';
import type { Profile } from './profile.ts';

/** A measured line: what it is about, and its figures. */
export interface Row {
  readonly labels: readonly string[];
  readonly figures: readonly string[];
}

/** What stands under one heading. */
export interface Table {
  readonly title: string;
  /** How to read it, in a sentence or two. */
  readonly note: string;
  readonly labels: readonly string[];
  readonly figures: readonly string[];
  readonly rows: readonly Row[];
}

/** A number with three digits that matter. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value === 0 || Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}

/** A share of a base, such as `12 %`. */
export function share(part: number, base: number): string {
  return `${figure((part / base) * 100)} %`;
}

/** A value as a multiple of a base, such as `0.85 ×`. */
export function ratio(value: number, base: number): string {
  return `${figure(value / base)} ×`;
}

/** One table of the same measurement on several engines: their figures side by side. */
export function sideBySide(tables: readonly { readonly engine: string; readonly table: Table }[]): Table {
  const [first] = tables;
  if (first === undefined) throw new TypeError('there is nothing to lay side by side');
  const keys = first.table.rows.map((row) => row.labels.join('\n'));
  return {
    ...first.table,
    figures: tables.flatMap(({ engine, table }) => table.figures.map((name) => `${engine}: ${name}`)),
    rows: keys.map((key, at) => ({
      labels: (first.table.rows[at] as Row).labels,
      figures: tables.flatMap(
        ({ table }) => table.rows.find((row) => row.labels.join('\n') === key)?.figures ?? table.figures.map(() => '–'),
      ),
    })),
  };
}

/** A table in Markdown, its columns aligned for who reads it as text. */
export function markdown(table: Table): string {
  const head = [...table.labels, ...table.figures];
  const lines = [head, ...table.rows.map((row) => [...row.labels, ...row.figures])];
  const widths = head.map((_, at) => Math.max(...lines.map((line) => (line[at] ?? '').length)));
  const isLabel = (at: number): boolean => at < table.labels.length;
  const cell = (text: string, at: number): string =>
    isLabel(at) ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0);
  const [first = '', ...rest] = lines.map((line) => `| ${line.map(cell).join(' | ')} |`);
  const rule = `|${widths.map((width, at) => (isLabel(at) ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [`## ${table.title}`, '', table.note, '', first, rule, ...rest, ''].join('\n');
}

/** Between what `npm run bench` writes and what `npm run bench:load` does. */
const LOAD = '\n<!-- npm run bench:load -->\n';

/** Writes what `npm run bench` measured, and leaves what `bench:load` wrote. */
export function keepBench(file: string, report: string): void {
  writeFileSync(file, [report, ...partsOf(file).slice(1)].join(LOAD));
}

/** Writes what `npm run bench:load` measured, and leaves what `bench` wrote. */
export function keepLoad(file: string, report: string): void {
  writeFileSync(file, [partsOf(file)[0], report].join(LOAD));
}

function partsOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split(LOAD) : [''];
}

/** What the load was put on, and of how much data. */
export function loadHead({ name, patients, observations, seconds }: LoadSize): string {
  const [, all] = patients;
  return [
    '# Under load',
    '',
    'Written by `npm run bench:load`.',
    '',
    ...seenOn(),
    `* Profile: ${name} (${seconds} s a phase; ${all} patients with ${observations} observations each, and one of 500 records)`,
    `* Load of the machine in the last minute: ${figure(loadavg()[0] ?? 0)}`,
    '',
    '',
  ].join('\n');
}

function seenOn(): string[] {
  const [cpu] = cpus();
  const commit = git(['rev-parse', '--short', 'HEAD']);
  return [
    `* Date: ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC${commit && `, commit ${commit}`}`,
    `* Machine: ${cpus().length} cores (${cpu?.model.trim() || process.arch}), ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform}, Node ${process.version}`,
  ];
}

/** What the figures were seen on, and whether the machine had other things to do. */
export function machine(profile: Profile, loadBefore: number): string {
  return [
    '# Results',
    '',
    'Written by `npm run bench`; README.md says what each figure means.',
    '',
    ...seenOn(),
    `* Profile: ${profile.name} (${profile.runs} runs of ${profile.seconds} s, medians; ${profile.patients} patients with ${profile.observations} observations each)`,
    `* Load of the machine: ${figure(loadBefore)} in the minute before the start, ${figure(loadavg()[0] ?? 0)} in the last one`,
    '',
    '',
  ].join('\n');
}

function git(args: readonly string[]): string {
  try {
    return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
}
