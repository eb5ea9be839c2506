import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Transaction } from '../../storage/index.ts';
import { ENGINES } from '../../testing/databases.ts';
import { ALL } from '../consent/scope.ts';
import { readEverything } from './operations/everything.ts';
import { heartRate, idOf, type RecordsWorld, recordsWorld } from './records.fixture.ts';
import { readSearch } from './searchset.ts';

/** A step of a plan as `explain` gives it (https://www.postgresql.org/docs/18/sql-explain.html). */
interface Step {
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Plans?: readonly Step[];
}

/** The rows of tables that a plan's steps looked at. */
function rowsOf(step: Step): number {
  const each =
    step['Actual Rows'] + (step['Rows Removed by Filter'] ?? 0) + (step['Rows Removed by Index Recheck'] ?? 0);
  const own = step['Relation Name'] === undefined ? 0 : each * step['Actual Loops'];
  return own + (step.Plans ?? []).reduce((sum, inner) => sum + rowsOf(inner), 0);
}

const OWN = 100;

describe.each(ENGINES)('what a look at one patient costs on $name', ({ open }) => {
  let world: RecordsWorld;
  let patient: string;
  beforeAll(async () => {
    world = recordsWorld(await open());
    const { resource } = await world.writer.create({ resourceType: 'Practitioner', active: true });
    const performer = [{ reference: `Practitioner/${idOf(resource)}` }];
    patient = await admit(OWN, { performer });
    // So many that an index is worth its while.
    for (let others = 0; others < 3; others++) await admit(OWN);
  });
  afterAll(() => world.own.end());

  /** A patient with so many observations. */
  async function admit(observations: number, over: object = {}): Promise<string> {
    const id = await world.admitPatient();
    await world.writer.process({
      resourceType: 'Bundle',
      type: 'transaction',
      entry: Array.from({ length: observations }, () => ({
        resource: heartRate(id, over),
        request: { method: 'POST', url: 'Observation' },
      })),
    });
    return id;
  }

  /** Rows of tables that the statements of a look go through, with the planner's statistics up to date. */
  async function rowsOfLook(look: (tx: Transaction) => Promise<unknown>): Promise<number> {
    const { database } = world.own;
    await database.query('analyze');
    return database.transaction(async (tx) => {
      // A table of a few pages is read through whatever the statement: what is asked here is how large ones are read.
      await tx.query('set local enable_seqscan = off');
      let rows = 0;
      const query: Transaction['query'] = async (sql, params, planned) => {
        const [plan] = await tx.query<{ 'QUERY PLAN': readonly [{ readonly Plan: Step }] }>(
          `explain (analyze, format json) ${sql}`,
          params,
          'each',
        );
        if (plan !== undefined) rows += rowsOf(plan['QUERY PLAN'][0].Plan);
        return tx.query(sql, params, planned);
      };
      await look({ ...tx, query });
      return rows;
    });
  }

  test('behavior: $everything and a search look at no more rows when there are many other patients', async () => {
    const everything = (tx: Transaction) => readEverything(world.context, tx, ALL, patient, {});
    const query = `subject=Patient/${patient}&code=http://loinc.org|8867-4&_sort=-date&_count=20`;
    const search = (tx: Transaction) => readSearch(world.context, tx, ALL, 'Observation', query);
    const before = { everything: await rowsOfLook(everything), search: await rowsOfLook(search) };
    for (let others = 0; others < 9; others++) await admit(OWN);
    const after = { everything: await rowsOfLook(everything), search: await rowsOfLook(search) };

    expect(before.everything).toBeGreaterThan(OWN);
    expect(before.search).toBeGreaterThan(OWN);
    expect(after.everything).toBeLessThanOrEqual(before.everything);
    expect(after.search).toBeLessThanOrEqual(before.search);
  });
});
