import { constants } from 'node:os';
import { readEnvironment } from './environment.ts';
import { EXIT } from './exitCodes.ts';
import { askSecret } from './output/askSecret.ts';
import { run } from './run.ts';

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // The first time, what was begun is ended in good order; the second time, at once.
    if (interruption.signal.aborted)
      process.exit(signal === 'SIGINT' ? EXIT.interrupted : 128 + constants.signals.SIGTERM);
    interruption.abort();
  });
}
// A reader such as `head` that has seen enough is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.other),
);

process.exitCode = await run(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  environment: readEnvironment(process.env),
  signal: interruption.signal,
  askSecret,
});
