import { afterAll, beforeAll, describe } from 'vitest';
import type { TestDatabase } from '../../testing/databases.ts';
import { describeLogs } from './logs.behavior.ts';
import { type RecordsWorld, recordsWorld } from './records.fixture.ts';
import { describeVersions } from './versions.behavior.ts';
import { describeVisible } from './visible.behavior.ts';

/** What the repository promises on every engine. */
export function describeRecords(name: string, open: () => Promise<TestDatabase>): void {
  describe(`records on ${name}`, () => {
    // Filled before the first test, which is after the suites were told of it.
    const at = {} as { -readonly [P in keyof RecordsWorld]: RecordsWorld[P] };
    beforeAll(async () => {
      Object.assign(at, recordsWorld(await open()));
    });
    afterAll(() => at.own.end());

    describeVersions(at);
    describeLogs(at);
    describeVisible(at);
  });
}
