import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES } from '../../testing/databases.ts';
import { DIRECTIVE_CASES, STAFF_CASES } from './directive-cases.fixture.ts';
import { describeDoors } from './doors.behavior.ts';
import { describeLog } from './log.behavior.ts';
import type { Oracle } from './oracle.fixture.ts';
import { type Caller, READ_PATHS } from './paths.fixture.ts';
import { named, PROBES, type Probe } from './records.fixture.ts';
import { describeRefusals } from './refusals.behavior.ts';
import { describeStaff } from './staff.behavior.ts';
import { TERMS_CASES } from './terms-cases.fixture.ts';
import { type ProbeWorld, startProbes } from './world.fixture.ts';

/**
 * Leak probes: each consent of the tables is set up, and everything is asked on every path. What comes out must be exactly what the oracle of the consent says, which
 * knows the records from a table of its own and nothing of the node.
 */

const CASES = [...TERMS_CASES, ...DIRECTIVE_CASES, ...STAFF_CASES];

// All of it on PGlite; on PostgreSQL a part, since the statements are the same.
describe.each(ENGINES)('leak probes on $name', ({ name: engine, open }) => {
  let at: ProbeWorld;
  beforeAll(async () => {
    at = await startProbes(open);
  }, 120_000);
  afterEach(() => at.undirect());
  afterAll(() => at.stop());

  // While the log is short.
  describeLog(() => at);

  test.each(CASES.filter((_, number) => engine === 'PGlite' || number % 9 === 0))(
    'behavior: $name',
    async (one) => {
      const terms = typeof one.terms === 'function' ? one.terms() : one.terms;
      const behalf = await one.chain?.(at);
      const given = await at.grant(terms, behalf?.by, behalf?.chain);
      // What was allowed before directives and refusals came: tokens are judged again at each request.
      const before = one.staff === true ? at.node.tokens.clinician : await at.tokenFor(one, given);
      if (one.directives !== undefined) await at.direct(one.directives);
      await one.afterwards?.(at, given);
      await at.settled();
      if (one.released === 'refused') {
        expect(await at.tokenFor(one, given)).toBeNull();
        if (before === null) return;
        const caller = at.callerOf(before);
        for (const { name, released } of READ_PATHS.filter((path) => path.name !== 'many proofs'))
          expect([name, await released(caller)]).toEqual([name, []]);
        return;
      }
      if (before === null) throw new Error('no token was given');
      await expectReleased(at.callerOf(before), one.released);
    },
    120_000,
  );

  describeRefusals(() => at);
  describeDoors(() => at);
  describeStaff(() => at);
});

async function expectReleased(caller: Caller, oracle: Oracle): Promise<void> {
  const currentOf = new Map(PROBES.filter(({ old }) => !old).map((one) => [named(one), one]));
  // A version is shown when it may be, and its record as it is now may be.
  const seen = (one: Probe): boolean => oracle(one) && oracle(currentOf.get(named(one)) as Probe);
  const patientSeen = (patient: Probe['patient']): boolean =>
    patient !== null && seen(currentOf.get(`Patient/${patient}`) as Probe);
  const actual: Record<string, string[]> = {};
  const expected: Record<string, string[]> = {};
  const released = await Promise.all(READ_PATHS.map((path) => path.released(caller)));
  for (const [at, path] of READ_PATHS.entries()) {
    const possible = path.universe.filter(
      (one) => seen(one) && (path.throughPatient !== true || patientSeen(one.patient)),
    );
    // An include goes out from a record that is seen itself.
    const starts = path.name !== '_include' || seen(currentOf.get('Observation/pressure') as Probe);
    expected[path.name] = starts ? possible.map(path.label).sort() : [];
    actual[path.name] = [...new Set(released[at])].sort();
  }
  expect(actual).toEqual(expected);
}
