import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ST_ALDHELM } from '@anamnesis/population';
import { canonicalize, parseJson, withoutAddedLabels } from '@anamnesis/protocol';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { startTestbed, type Testbed, type TestbedNode } from '../testbed.ts';
import { newFolder } from '../testing/hospitals.ts';

const EXAMPLES = join(import.meta.dirname, '../../../../../shared/data/fhir-r4-examples');
const PRESENT = existsSync(EXAMPLES);

/** Those that are refused, as ARCHITECTURE.md says. */
const REFUSED: Readonly<Record<string, number>> = {
  'bundle-questionnaire.json': 422,
  'parameters-example.json': 400,
  'subscription-example.json': 422,
};

interface Example {
  readonly file: string;
  readonly text: string;
  readonly type: string;
  readonly id: string;
}

const examples = (PRESENT ? readdirSync(EXAMPLES) : [])
  .filter((file) => file.endsWith('.json'))
  .sort()
  .map((file): Example => {
    const text = readFileSync(join(EXAMPLES, file), 'utf8');
    const { resourceType: type, id } = JSON.parse(text) as { resourceType: string; id: string };
    return { file, text, type, id };
  });
const accepted = examples.filter(({ file }) => REFUSED[file] === undefined);

/** The numbers of a JSON text as they are written: found without our own reader, which is under test. */
const numbers = (text: string): string[] =>
  (text.replace(/"(?:[^"\\]|\\.)*"/g, '""').match(/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g) ?? []).sort();

/** Without what is the server's: version, time, and the labels that it marks as its own. */
function content(text: string): string {
  const { meta, ...rest } = withoutAddedLabels(parseJson(text) as object) as { meta?: Record<string, unknown> };
  const { versionId, lastUpdated, ...kept } = meta ?? {};
  return canonicalize({ ...rest, ...(Object.keys(kept).length > 0 && { meta: kept }) });
}

describe.skipIf(!PRESENT)('the official R4 examples (skipped where ../shared/data/fhir-r4-examples is absent)', () => {
  let folder: Awaited<ReturnType<typeof newFolder>>;
  let testbed: Testbed;
  let node: TestbedNode;

  beforeAll(async () => {
    folder = await newFolder();
    testbed = await startTestbed({
      directory: folder.path,
      databaseTemplate: inject('pglite'),
      organizations: [ST_ALDHELM.key],
    });
    node = testbed.nodes[ST_ALDHELM.key] as TestbedNode;
  });
  afterAll(async () => {
    await testbed.stop();
    await folder.remove();
  });

  const call = (method: string, path: string, body?: string) =>
    fetch(`${node.url}/fhir/R4/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${node.tokens.integrator}`,
        // Without this a Binary would come as what it holds.
        accept: 'application/fhir+json',
        ...(body !== undefined && { 'content-type': 'application/fhir+json' }),
      },
      ...(body !== undefined && { body }),
    });

  test('default: there are 72, of which 69 are accepted', () => {
    expect([examples.length, accepted.length]).toEqual([72, 69]);
  });

  test.each(accepted)('behavior: $file comes back unchanged', async ({ file, text, type, id }) => {
    const written = await call('PUT', `${type}/${id}`, text);
    const answer = await written.text();
    // Two of the examples are the same organisation.
    expect(written.status).toBe(file === 'organization-example.json' ? 200 : 201);
    const read = await call('GET', `${type}/${id}`);
    expect(read.status).toBe(200);
    expect(read.headers.get('content-type')).toMatch(/^application\/fhir\+json/);
    const stored = await read.text();
    expect(canonicalize(parseJson(stored))).toBe(canonicalize(parseJson(answer)));
    expect(content(stored)).toBe(content(text));
    expect(numbers(stored)).toEqual(numbers(text));
    // Sent back as it was read, it is what is stored.
    const again = await call('PUT', `${type}/${id}`, stored);
    expect([again.status, again.headers.get('etag'), await again.text()]).toEqual([
      200,
      written.headers.get('etag'),
      stored,
    ]);
  });

  test('behavior: decimals keep their digits, also where a number would not', async () => {
    const stored = numbers(await (await call('GET', 'Observation/decimal')).text());
    const exact = ['1.0', '1.00', '1E-22', '1000000000000000000', '1.000000000000000000E-245'];
    expect(stored).toEqual(expect.arrayContaining([...exact, '-1.000000000000000000E+245']));
  });

  test.each(examples.filter(({ file }) => REFUSED[file] !== undefined))(
    'error: $file is refused with a reason',
    async ({ file, text, type, id }) => {
      const answer = await call('PUT', `${type}/${id}`, text);
      expect(answer.status).toBe(REFUSED[file]);
      expect(answer.headers.get('content-type')).toMatch(/^application\/fhir\+json/);
      const outcome = (await answer.json()) as { resourceType: string; issue: { diagnostics?: string }[] };
      expect(outcome.resourceType).toBe('OperationOutcome');
      expect(outcome.issue[0]?.diagnostics).toBeTruthy();
      expect([404, 400]).toContain((await call('GET', `${type}/${id}`)).status);
    },
  );
});
