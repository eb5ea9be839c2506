import { figure, type Row, ratio, type Table } from '../report.ts';
import type { Measured } from './measure.ts';
import { PEER, type PeerLine } from './peer.ts';
import type { PhaseRun } from './script.ts';

const NONE = '–';

/** All that was measured, as tables. */
export function loadTables(measured: readonly Measured[]): Table[] {
  return [comparison(measured), costs(measured), growth(measured), trips(measured), ...measured.map(steps)];
}

/** Units a second: an export is timed as a whole. */
function unitsOf(run: PhaseRun, each: number): number {
  return run.phase === 'export' ? (run.info.resources ?? 0) / (run.p50 / 1000) : run.rate * each;
}

const runOf = (runs: readonly PhaseRun[], phase: string): PhaseRun | undefined =>
  runs.find((run) => run.phase === phase);

function comparison(measured: readonly Measured[]): Table {
  const cells = (line: PeerLine, { runs }: Measured): string[] => {
    const run = runOf(runs, line.phase);
    if (run === undefined) return [NONE, NONE, NONE, NONE];
    const units = unitsOf(run, line.each);
    return [
      `${figure(units)}${run.bad > 0 ? ` (${run.bad} failed)` : ''}`,
      ratio(units, line.rate),
      figure(run.p99),
      figure(run.rssPeakMB),
    ];
  };
  return {
    title: 'Under load, beside the peer',
    note: 'A second, by the closed loop of ../shared/bench/fhirload.mjs; p99 in milliseconds, memory of the node in MB. Access log, consent check, encryption and record log are on. The peer’s figures are the best of its medians on a machine of this kind, at another hour, with its audit events not stored.',
    labels: ['operation'],
    figures: [
      'peer',
      'peer: p99',
      ...measured.flatMap(({ title }) => ['rate', 'to peer', 'p99', 'MB'].map((name) => `${title}: ${name}`)),
    ],
    rows: PEER.map((line) => ({
      labels: [line.label],
      figures: [
        figure(line.rate),
        line.p99 === null ? NONE : figure(line.p99),
        ...measured.flatMap((one) => cells(line, one)),
      ],
    })),
  };
}

function costs(measured: readonly Measured[]): Table {
  const phases = [...new Set(PEER.map(({ phase }) => phase))];
  return {
    title: 'Processor time of a request',
    note: 'Milliseconds of processor of the node and of PostgreSQL with all its processes (PGlite runs inside the node), and cores that others used meanwhile: above 0.3 the run is not a clean one. Rates depend on what else the machine does, these much less.',
    labels: ['phase'],
    figures: measured.flatMap(({ title }) => ['node', 'PostgreSQL', 'others'].map((name) => `${title}: ${name}`)),
    rows: phases.map((phase) => ({
      labels: [phase],
      figures: measured.flatMap(({ runs }) => {
        const run = runOf(runs, phase);
        if (run === undefined) return [NONE, NONE, NONE];
        const each = (seconds: number | undefined): string =>
          seconds === undefined ? NONE : figure((seconds * 1000) / run.good);
        return [each(run.srvCpu), each(run.pgCpu), figure(run.others)];
      }),
    })),
  };
}

function growth(measured: readonly Measured[]): Table {
  const cpu = (run: PhaseRun): number => ((run.srvCpu + (run.pgCpu ?? 0)) * 1000) / run.good;
  return {
    title: 'Ten times the data and the patients',
    note: 'Milliseconds of processor of a request, node and database together, with a tenth of the patients and records and with all of them, and their ratio: 1 is no growth.',
    labels: ['phase'],
    figures: measured.flatMap(({ title }) => ['tenth', 'whole', 'ratio'].map((name) => `${title}: ${name}`)),
    rows: [...new Set(measured.flatMap(({ tenth }) => tenth.map(({ phase }) => phase)))].map((phase) => ({
      labels: [phase],
      figures: measured.flatMap(({ runs, tenth }) => {
        const [few, many] = [runOf(tenth, phase), runOf(runs, phase)];
        if (few === undefined || many === undefined) return [NONE, NONE, NONE];
        return [figure(cpu(few)), figure(cpu(many)), ratio(cpu(many), cpu(few))];
      }),
    })),
  };
}

function trips(measured: readonly Measured[]): Table {
  const phases = Object.keys(measured[0]?.inside ?? {});
  return {
    title: 'Round trips to the database',
    note: 'Messages to the database that an answer is waited for, for each request; those that come in together share them. Sealing of the logs is counted with them.',
    labels: ['phase'],
    figures: measured.map(({ title }) => title),
    rows: phases.map((phase) => ({
      labels: [phase],
      figures: measured.map(({ inside }) => figure(inside[phase]?.roundTrips ?? Number.NaN)),
    })),
  };
}

function steps({ title, inside }: Measured): Table {
  const phases = Object.keys(inside);
  const names = [...new Set(phases.flatMap((phase) => Object.keys(inside[phase]?.shares ?? {})))];
  const shareOf = (phase: string, step: string): number => inside[phase]?.shares[step] ?? 0;
  const rows = names
    .toSorted((a, b) => shareOf('read16', b) - shareOf('read16', a))
    .map((step): Row => {
      return { labels: [step], figures: phases.map((phase) => `${figure(shareOf(phase, step) * 100)} %`) };
    });
  return {
    title: `Where the time of the node goes: ${title}`,
    note: 'Shares of the working time of the node’s process by sampling: each sample counts for the innermost function that belongs to a step. Waiting is left out, but where other programs hold the cores the sampling takes their turns for work of the sockets and of what is outside of JavaScript. What PostgreSQL does in its own processes is in the table above.',
    labels: ['step'],
    figures: phases,
    rows,
  };
}
