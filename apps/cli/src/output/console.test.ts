import { describe, expect, test } from 'vitest';
import { createConsole } from './console.ts';

/** What a run without a terminal prints about its progress. */
async function printed(options: { quiet: boolean; lines: boolean }): Promise<string> {
  let stderr = '';
  const write = (text: string): void => {
    stderr += text;
  };
  const { quiet, lines } = options;
  const console = createConsole({ stdout: { write }, stderr: { write }, quiet, color: false });
  await console.during(
    async (progress) => {
      progress('starting the ledger');
      progress('starting St. Aldhelm Hospital');
    },
    { lines },
  );
  return stderr;
}

describe('progress without a terminal', () => {
  test('default: nothing', async () => {
    expect(await printed({ quiet: false, lines: false })).toBe('');
  });

  test('behavior: lines where they are asked for, and not with --quiet', async () => {
    expect(await printed({ quiet: false, lines: true })).toBe('starting the ledger\nstarting St. Aldhelm Hospital\n');
    expect(await printed({ quiet: true, lines: true })).toBe('');
  });
});
