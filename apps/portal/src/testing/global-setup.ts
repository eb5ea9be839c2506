import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import type { Lane } from './lane.ts';

/** Once for all browser tests: the portal built; for each worker a consortium with its people and a Chromium. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started = Array.from({ length: project.config.maxWorkers }, start);
  const lanes = await Promise.all(started.map(({ lane }) => lane));
  project.provide('lanes', lanes);
  return async () => {
    await Promise.all(started.map(({ child }) => stop(child)));
  };
}

function start(): { readonly child: ChildProcess; readonly lane: Promise<Lane> } {
  const child = fork(join(import.meta.dirname, 'lane.ts'), { execArgv: ['--disable-warning=ExperimentalWarning'] });
  const lane = Promise.race([
    once(child, 'message').then(([told]) => told as Lane),
    once(child, 'exit').then(() => Promise.reject(new Error('The consortium of the browser tests did not start'))),
  ]);
  return { child, lane };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, 'exit');
  child.disconnect();
  await ended;
}
