#!/usr/bin/env node
// Runs on whatever Node is there, hence plain JavaScript: the command itself is TypeScript that Node 24 reads as it is.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as module from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

if (Number(process.versions.node.split('.')[0]) >= 24) {
  // Keeps compiled code between runs: a command then starts in half the time. Beside the code, where only its owner writes.
  module.enableCompileCache?.(fileURLToPath(new URL('../../../node_modules/.cache/anamnesis', import.meta.url)));
  await import(pathToFileURL(main).href);
} else {
  const child = spawn(node24(), [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  // The child hears of Ctrl-C by itself, being of the same group; a signal to this process alone is handed on.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    if (signal) process.exitCode = signal === 'SIGINT' ? 130 : 1;
    else process.exitCode = code ?? 1;
  });
}

/** The Node 24 that npm installed with the project. */
function node24() {
  for (let folder = dirname(main); folder !== dirname(folder); folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', 'node', 'bin', 'node');
    if (existsSync(candidate)) return candidate;
  }
  process.stderr.write('anamnesis: Node 24 is needed, and node_modules has none: run `npm ci` first.\n');
  process.exit(1);
}
