import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { layered, loadPackages, openLibrary, r4Library } from './index.ts';
import { compareVersions } from './library.ts';

let folder: string;

const profile = (url: string, version: string, min: number) => ({
  resourceType: 'StructureDefinition',
  url,
  version,
  type: 'Patient',
  kind: 'resource',
  derivation: 'constraint',
  fhirVersion: '4.0.1',
  snapshot: {
    element: [
      { id: 'Patient', path: 'Patient', min: 0, max: '*', mapping: [{ identity: 'x' }] },
      { id: 'Patient.name', path: 'Patient.name', min, max: '*', short: 'prose', type: [{ code: 'HumanName' }] },
    ],
  },
});

/** One file in a tar archive. */
function tarred(name: string, text: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(Buffer.byteLength(text).toString(8).padStart(11, '0'), 124);
  const content = Buffer.alloc(Math.ceil(Buffer.byteLength(text) / 512) * 512);
  content.write(text);
  return Buffer.concat([header, content]);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'anamnesis-packages-'));
  const old = JSON.stringify(profile('urn:p', '1.9.0', 1));
  const codes = JSON.stringify({
    resourceType: 'CodeSystem',
    url: 'urn:c',
    content: 'complete',
    concept: [{ code: 'é' }],
  });
  await writeFile(
    join(folder, 'a.tgz'),
    gzipSync(
      Buffer.concat([
        tarred('package/package.json', '{}'),
        tarred('package/StructureDefinition-p.json', old),
        tarred('package/CodeSystem-c.json', codes),
        Buffer.alloc(1024),
      ]),
    ),
  );
  await mkdir(join(folder, 'b', 'package'), { recursive: true });
  await writeFile(
    join(folder, 'b', 'package', 'StructureDefinition-p.json'),
    JSON.stringify(profile('urn:p', '1.10.0', 2)),
  );
  const { snapshot: _, ...differential } = profile('urn:d', '1', 1);
  await writeFile(join(folder, 'b', 'package', 'StructureDefinition-d.json'), JSON.stringify(differential));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('default', () => {
  const { library, names, withoutSnapshot } = loadPackages(folder);
  expect([names, withoutSnapshot]).toEqual([['a.tgz', 'b'], ['urn:d']]);
  expect(library.find('CodeSystem', 'urn:c')?.concept).toEqual([['é']]);
  expect(library.find('StructureDefinition', 'urn:p|1.9')?.element[1]).toEqual({
    id: 'Patient.name',
    min: 1,
    max: '*',
    type: [{ code: 'HumanName' }],
  });
});

test('behavior: without a version the newest, by number', () => {
  const library = openLibrary(folder);
  expect(library.find('StructureDefinition', 'urn:p')?.version).toBe('1.10.0');
  expect(library.find('StructureDefinition', 'urn:p|2.0.0')).toBe(undefined);
  expect(compareVersions('6.1.0', '6.1.0-ballot')).toBeGreaterThan(0);
});

test('behavior: R4 is there in every library', () => {
  const library = layered([r4Library, loadPackages(folder).library]);
  expect(library.find('StructureDefinition', 'http://hl7.org/fhir/StructureDefinition/Patient|4.0.1')?.type).toBe(
    'Patient',
  );
  expect(library.find('ValueSet', 'constraints')).toBe(undefined);
});

test('error: a folder that is not there, a file that is no package', async () => {
  expect(() => openLibrary(join(folder, 'none'))).toThrow(/not a readable FHIR package/);
  await writeFile(join(folder, 'z.tgz'), 'no gzip');
  expect(() => loadPackages(folder)).toThrow(/z.tgz is not a readable FHIR package/);
});
