import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { stringifyJson } from '@anamnesis/protocol';
import type { Bundle, BundleEntry } from '@anamnesis/sdk';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findFiles } from './findFiles.ts';
import { entryOf, planBundle } from './plan.ts';
import { readBundles } from './readBundles.ts';

const UUID = '7dc94cc0-8c2e-4835-9994-cecbe894bcbf';
const OTHER = '66ff858e-eadc-452c-af65-f033b40800e3';

function posted(resourceType: string, uuid: string, identifier?: unknown): BundleEntry {
  const resource = { resourceType, ...(identifier === undefined ? {} : { identifier }) };
  return { fullUrl: `urn:uuid:${uuid}`, resource, request: { method: 'POST', url: resourceType } };
}

const plan = (...entry: BundleEntry[]) => planBundle({ resourceType: 'Bundle', type: 'transaction', entry });
const requests = (bundle: Bundle) => bundle.entry?.map((entry) => entry.request);

describe('planBundle', () => {
  test('default: by identifier where there is one, else under the id that the sender gave', () => {
    const { bundle, ...counts } = plan(
      posted('Patient', UUID, [{ system: 'http://hospital.example/mrn', value: '7' }]),
      posted('Encounter', OTHER),
    );
    expect(counts).toEqual({ byIdentifier: 1, byId: 1, unrepeatable: 0 });
    expect(requests(bundle)).toEqual([
      {
        method: 'POST',
        url: 'Patient',
        ifNoneExist: `identifier=${encodeURIComponent('http://hospital.example/mrn|7')}`,
      },
      { method: 'PUT', url: `Encounter/${OTHER}` },
    ]);
    expect(bundle.entry?.[1]).toMatchObject({ fullUrl: `urn:uuid:${OTHER}`, resource: { id: OTHER } });
  });

  test('behavior: an identifier that several carry tells nobody apart', () => {
    const group = { system: 'http://payer.example/group', value: '9' };
    const { bundle } = plan(
      posted('ExplanationOfBenefit', UUID, [group, { system: 'http://payer.example/claim', value: '1' }]),
      posted('ExplanationOfBenefit', OTHER, [group]),
      posted('Claim', OTHER, [group]),
    );
    const [first, second, third] = requests(bundle) ?? [];
    expect(decodeURIComponent(first?.ifNoneExist ?? '')).toBe('identifier=http://payer.example/claim|1');
    expect(second).toEqual({ method: 'PUT', url: `ExplanationOfBenefit/${OTHER}` });
    expect(decodeURIComponent(third?.ifNoneExist ?? '')).toBe('identifier=http://payer.example/group|9');
  });

  test('behavior: the surest identifier is taken, and what search would misread is escaped', () => {
    const of = (...identifier: object[]) =>
      decodeURIComponent(requests(plan(posted('Patient', UUID, identifier)).bundle)?.[0]?.ifNoneExist ?? '');
    const first = { system: 'a', value: '1' };
    expect(of(first, { system: 'b', value: '2', use: 'official' })).toBe('identifier=b|2');
    expect(of(first, { system: 'b', value: '2', use: 'official' }, { system: 'c', value: UUID })).toBe(
      `identifier=c|${UUID}`,
    );
    expect(of({ use: 'old', ...first }, { system: 'b', value: '2' })).toBe('identifier=b|2');
    expect(of({ system: 'a', value: '1,2|3$4\\' })).toBe('identifier=a|1\\,2\\|3\\$4\\\\');
    expect(of({ value: 'no system' })).toBe('');
  });

  test('behavior: entries that say themselves what they want are left alone', () => {
    const entries: BundleEntry[] = [
      { resource: { resourceType: 'Patient', id: '1' }, request: { method: 'PUT', url: 'Patient/1' } },
      {
        resource: { resourceType: 'Patient' },
        request: { method: 'POST', url: 'Patient', ifNoneExist: 'identifier=x' },
      },
      { request: { method: 'DELETE', url: 'Patient/2' } },
      { resource: { resourceType: 'Parameters' }, request: { method: 'POST', url: 'Patient/$match' } },
      {
        fullUrl: 'http://elsewhere.example/Patient/3',
        resource: { resourceType: 'Basic' },
        request: { method: 'POST', url: 'Basic' },
      },
    ];
    const { bundle, unrepeatable } = plan(...entries);
    expect(bundle.entry).toEqual(entries);
    expect(unrepeatable).toBe(1);
  });

  test('default: a single resource goes under its own id', () => {
    expect(entryOf({ resourceType: 'Patient', id: '7' }).request).toEqual({ method: 'PUT', url: 'Patient/7' });
    expect(entryOf({ resourceType: 'Patient', id: 'a b' }).request).toEqual({ method: 'POST', url: 'Patient' });
  });
});

describe('readBundles', () => {
  async function folder(files: Record<string, string>): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), 'anamnesis-import-'));
    onTestFinished(() => rm(path, { recursive: true }));
    for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
    return path;
  }
  async function read(file: string): Promise<Bundle[]> {
    const bundles: Bundle[] = [];
    for await (const { bundle } of readBundles(file, { asIs: false })) bundles.push(bundle);
    return bundles;
  }

  test('default: NDJSON in batches, digits kept', async () => {
    const line = (n: number) => `{"resourceType":"Observation","id":"o${n}","valueQuantity":{"value":1.50}}`;
    const path = await folder({
      'Observation.ndjson': `${Array.from({ length: 201 }, (_, n) => line(n)).join('\n')}\n\n`,
    });
    const bundles = await read(join(path, 'Observation.ndjson'));
    expect(bundles.map((bundle) => [bundle.type, bundle.entry?.length])).toEqual([
      ['batch', 200],
      ['batch', 1],
    ]);
    expect(stringifyJson(bundles[1]?.entry?.[0]?.resource)).toBe(line(200));
  });

  test('behavior: the resources of a collection one by one, a document as a whole', async () => {
    const entry = [
      { resource: { resourceType: 'Patient', id: '1' } },
      { resource: { resourceType: 'Basic', id: '2' } },
    ];
    const bundle = (type: string) => JSON.stringify({ resourceType: 'Bundle', id: 'b', type, entry });
    const path = await folder({ 'c.json': bundle('collection'), 'd.json': bundle('document') });
    expect((await read(join(path, 'c.json')))[0]?.entry?.map(({ request }) => request?.url)).toEqual([
      'Patient/1',
      'Basic/2',
    ]);
    expect((await read(join(path, 'd.json')))[0]?.entry?.map(({ request }) => request?.url)).toEqual(['Bundle/b']);
  });

  test('error: what is not FHIR is placed, not quoted', async () => {
    const path = await folder({ 'a.ndjson': '{"resourceType":"Basic"}\n{"secret":"x"}\n', 'b.json': '{"secret":' });
    await expect(read(join(path, 'a.ndjson'))).rejects.toMatchObject({
      message: expect.stringMatching(/line 2: not a FHIR/),
    });
    await expect(read(join(path, 'b.json'))).rejects.toMatchObject({ code: 'json-malformed' });
    await expect(read(join(path, 'b.json'))).rejects.not.toThrow(/secret/);
  });
});

const SYNTHEA = join(import.meta.dirname, '../../../../../shared/data/synthea-r4');

describe.skipIf(!existsSync(SYNTHEA))(`Synthea (skipped where ../shared is absent)`, () => {
  test('default: organisations and practitioners first; every entry can be posted again', async () => {
    const files = await findFiles([SYNTHEA]);
    expect(files.slice(0, 2).map((file) => basename(file).replace(/\d+/, ''))).toEqual([
      'hospitalInformation.json',
      'practitionerInformation.json',
    ]);
    let byIdentifier = 0;
    let byId = 0;
    let unrepeatable = 0;
    const keys = new Set<string>();
    const tokens = new Map<string, string>();
    for (const file of files) {
      for await (const found of readBundles(file, { asIs: false })) {
        byIdentifier += found.byIdentifier;
        byId += found.byId;
        unrepeatable += found.unrepeatable;
        for (const { request, fullUrl } of found.bundle.entry ?? []) {
          const key = `${request?.url} ${request?.ifNoneExist ?? ''}`;
          // No identifier may stand for two different resources: the second would be taken for the first.
          expect(tokens.get(key) ?? fullUrl).toBe(fullUrl);
          tokens.set(key, fullUrl ?? '');
          keys.add(key);
        }
      }
    }
    expect({ files: files.length, byIdentifier, byId, unrepeatable }).toEqual({
      files: 12,
      byIdentifier: 460,
      byId: 1917,
      unrepeatable: 0,
    });
    // 16 organisations and 16 practitioners come with patients a second time.
    expect(keys.size).toBe(460 + 1917 - 32);
  });
});
