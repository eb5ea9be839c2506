/**
 * Starts a node with its ledger on each engine, runs the closed-loop load script of ../shared/bench against it and prints tables: the rates beside the
 * peer's, processor time and round trips of a request, ten times the data, and what dominates a read and a create.
 *
 *     node benchmarks/load.ts [--quick] [--engines pglite,postgres] [--phases read16,create16] [--out FILE]
 *
 * README.md says what the figures mean. A run over both engines with all phases and without --quick goes to benchmarks/RESULTS.md (or FILE; `--out -`
 * writes none).
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ENGINE_NAMES, startEngine } from './src/engines.ts';
import { type Measured, measureLoad, SIZES } from './src/load/measure.ts';
import { PEER } from './src/load/peer.ts';
import { openScript } from './src/load/script.ts';
import { loadTables } from './src/load/tables.ts';
import { keepLoad, loadHead, markdown } from './src/report.ts';
import { openWorld } from './src/world.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    engines: { type: 'string', default: ENGINE_NAMES.join(',') },
    phases: { type: 'string', default: '' },
    out: { type: 'string' },
  },
});
const engines = ENGINE_NAMES.filter((name) => values.engines.split(',').includes(name));
const phases = values.phases === '' ? [...new Set(PEER.map(({ phase }) => phase))] : values.phases.split(',');
const size = SIZES[values.quick ? 'quick' : 'default'];

const script = await openScript();
if (script === null) {
  process.stderr.write(
    'The load script is not here: shared/bench/fhirload.mjs\nnpm run bench needs nothing from outside the project.\n',
  );
  process.exitCode = 1;
} else {
  const world = await openWorld();
  const measured: Measured[] = [];
  try {
    for (const name of engines) {
      const engine = await startEngine(name);
      try {
        measured.push(await measureLoad(world, engine, script, size, phases));
      } catch (error) {
        // What the other engine did is worth having.
        process.stderr.write(`${engine.title}: ${error instanceof Error ? error.message : 'failed'}\n`);
        process.exitCode = 1;
      } finally {
        await engine.stop();
      }
    }
  } finally {
    await world.stop();
  }
  const report = loadHead(size) + loadTables(measured).map(markdown).join('\n');
  process.stdout.write(report);
  const whole = values.phases === '' && !values.quick && measured.length === ENGINE_NAMES.length;
  const file = values.out ?? (whole ? join(import.meta.dirname, 'RESULTS.md') : '-');
  if (file !== '-') keepLoad(file, report);
  process.exit();
}
