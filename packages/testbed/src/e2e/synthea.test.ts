import { existsSync, globSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ST_ALDHELM } from '@anamnesis/population';
import { canonicalize, parseJson } from '@anamnesis/protocol';
import { type Bundle, type Client, checkExportFile, createClient, type Resource } from '@anamnesis/sdk';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { startTestbed, type Testbed, type TestbedNode } from '../testbed.ts';
import { anamnesis } from '../testing/cli.ts';
import { eventually, newFolder } from '../testing/hospitals.ts';

const SYNTHEA = join(import.meta.dirname, '../../../../../shared/data/synthea-r4');
const PRESENT = existsSync(SYNTHEA);

const bundles = PRESENT ? globSync('**/*.json', { cwd: SYNTHEA }).map((file) => join(SYNTHEA, file)) : [];
const read = (file: string): Bundle => parseJson(readFileSync(file, 'utf8')) as Bundle;

/** How many resources of each type the files hold; organisations and practitioners come with patients again. */
function countByType(): Map<string, number> {
  const all = new Map<string, string>();
  for (const file of bundles) {
    for (const { fullUrl, resource } of read(file).entry ?? []) all.set(fullUrl ?? '', resource?.resourceType ?? '');
  }
  return new Map([...Map.groupBy(all.values(), (type) => type)].map(([type, found]) => [type, found.length]));
}

describe.skipIf(!PRESENT)('Synthea through the command (skipped where ../shared/data/synthea-r4 is absent)', () => {
  let folder: Awaited<ReturnType<typeof newFolder>>;
  let testbed: Testbed;
  let node: TestbedNode;
  let desk: Client;
  /** What the node held before. */
  let before: Map<string, number>;
  let ledger: string[];

  beforeAll(async () => {
    folder = await newFolder();
    testbed = await startTestbed({
      directory: folder.path,
      databaseTemplate: inject('pglite'),
      organizations: [ST_ALDHELM.key],
      sealAfterMs: 150,
    });
    node = testbed.nodes[ST_ALDHELM.key] as TestbedNode;
    desk = createClient({ baseUrl: node.url, token: node.tokens.clinician });
    before = await counts();
    const deployment = join(folder.path, 'deployment.json');
    await writeFile(deployment, JSON.stringify(testbed.ledger.deployment));
    ledger = ['--rpc', testbed.ledger.rpcUrl, '--deployment', deployment];
  });
  afterAll(async () => {
    await testbed.stop();
    await folder.remove();
  });

  /** As a program would ask that knows nothing of ours. */
  async function counts(): Promise<Map<string, number>> {
    const found = new Map<string, number>();
    for (const type of countByType().keys()) {
      const answer = await fetch(`${node.url}/fhir/R4/${type}?_summary=count`, {
        headers: { authorization: `Bearer ${node.tokens.clinician}` },
      });
      expect(answer.status).toBe(200);
      found.set(type, ((await answer.json()) as { total: number }).total);
    }
    return found;
  }

  const run = (role: 'integrator' | 'clinician', ...args: string[]) =>
    anamnesis([...args, '--json'], { ANAMNESIS_NODE: node.url, ANAMNESIS_TOKEN: node.tokens[role] ?? '' });

  test('default: all of it is accepted and counted back equal', async () => {
    const imported = await run('integrator', 'import', SYNTHEA);
    expect(imported.json()).toMatchObject({
      ...{
        ok: true,
        files: 12,
        records: 2377,
        created: 2345,
        present: 32,
        refused: [],
        failures: [],
        countsAgree: true,
      },
    });
    expect(imported.code).toBe(0);
    const now = await counts();
    const more = new Map([...now].map(([type, total]) => [type, total - (before.get(type) ?? 0)]));
    expect(more).toEqual(countByType());
  });

  test('behavior: brought a second time, nothing is doubled and no version made', async () => {
    const once = await counts();
    const { size } = await desk.getLog('records');
    const again = await run('integrator', 'import', SYNTHEA);
    expect(again.json()).toMatchObject({ ok: true, records: 2377, created: 0, present: 2377, refused: [] });
    expect(await counts()).toEqual(once);
    expect((await desk.getLog('records')).size).toBe(size);
  });

  test("behavior: a patient's export has all of hers, to the digit, and holds offline and against the ledger", async () => {
    const source = bundles.find((file) => file.includes('Sydney_Oberbrunner')) ?? '';
    const own = (read(source).entry ?? [])
      .map(({ resource, fullUrl }) => ({ ...resource, id: fullUrl?.slice('urn:uuid:'.length) }) as Resource)
      .filter(({ resourceType }) => !['Organization', 'Practitioner'].includes(resourceType));
    const found = await desk.fhir.search('Patient', { identifier: /_([0-9a-f-]{36})\.json$/.exec(source)?.[1] ?? '' });
    const patient = found.entry?.[0]?.resource?.id ?? '';

    const out = join(folder.path, 'sydney.json');
    await eventually('the seal', async () => {
      const { size, checkpoint } = await desk.getLog('records');
      return checkpoint?.size === size ? true : null;
    });
    const exported = await run('clinician', 'export', '--patient', patient, '--out', out);
    expect(exported.json()).toMatchObject({ ok: true, records: own.length, failures: [] });
    const file = checkExportFile(parseJson(readFileSync(out, 'utf8')));
    expect(file.records.every(({ proof }) => proof.checkpoint !== null)).toBe(true);
    const types = (all: readonly { readonly resourceType?: unknown }[]) => all.map((one) => one.resourceType).sort();
    expect(types(file.records.map(({ resource }) => resource))).toEqual(types(own));
    const values = (all: readonly object[]) =>
      all
        .filter((one): one is Resource => (one as Resource).resourceType === 'Observation')
        .map(({ id, valueQuantity, component }) => canonicalize({ id, valueQuantity, component }))
        .sort();
    expect(values(file.records.map(({ resource }) => resource))).toEqual(values(own));

    const offline = await anamnesis(['verify', out, '--offline', '--json']);
    expect(offline.json()).toMatchObject({ ok: true, records: own.length, failures: [] });
    const online = await anamnesis(['verify', out, '--json', ...ledger]);
    expect(online.json()).toMatchObject({
      ok: true,
      against: 'ledger',
      records: own.length,
      failures: [],
    });
    expect([offline.code, online.code]).toEqual([0, 0]);
    // One digit changed in the file, and it holds neither way.
    const text = readFileSync(out, 'utf8');
    const altered = text.replace(/"valueQuantity":\{[^}]*"value":(?=\d)/, (start) => `${start}9`);
    expect(altered).not.toBe(text);
    await writeFile(out, altered);
    for (const how of [['--offline'], ledger]) {
      const lie = await anamnesis(['verify', out, '--json', ...how]);
      expect(lie.code).toBe(8);
      expect(lie.json().failures).toEqual([
        expect.objectContaining({ where: expect.stringMatching(/^Observation\//) }),
      ]);
    }
  });

  test('behavior: the node with all of it agrees with the ledger', async () => {
    const verified = await anamnesis(['verify', '--node', node.url, '--json', ...ledger]);
    expect(verified.json()).toMatchObject({ ok: true, failures: [] });
    expect(verified.code).toBe(0);
  });
});
