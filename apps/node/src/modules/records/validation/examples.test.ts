import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseJson } from '@anamnesis/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasSharedData, SHARED_DATA, sharedPackages } from '../../../testing/shared-packages.ts';
import { type Library, layered, loadPackages, r4Library } from '../../library/index.ts';
import { validateFully } from './full.ts';
import { BREAKAGES, type Breakage, broken, numbersFrom } from './mutations.fixture.ts';
import { profileOf, typeRules } from './profile.ts';

const FOLDERS = [
  'fhir-r4-examples',
  'hl7-us-core-9.0.0/examples',
  'hl7-ips-2.0.1/examples',
  'us-core-patient',
  'synthea-r4',
];

/** Examples that are not valid, and why. */
const INVALID: Readonly<Record<string, RegExp>> = {
  // A display item without the required linkId.
  'bundle-questionnaire.json': /linkId required/,
  // A narrative without the required div.
  'diagnosticreport-cbc.json': /DiagnosticReport.text.div required/,
  // Two concepts with the code chol-mass: csd-1.
  'codesystem-example.json': /CodeSystem invariant/,
  // parent may refer to a Device only; the example refers to a DeviceDefinition.
  'devicemetric-example.json': /DeviceMetric.parent structure/,
  // reasonReference may not refer to a Procedure.
  'deviceusestatement-example.json': /DeviceUseStatement.reasonReference\[0\] structure/,
  // dispenseRequest.performer may refer to an Organization only; the example refers to a Practitioner.
  'medicationrequest0301.json': /MedicationRequest.dispenseRequest.performer structure/,
};

type Resource = { readonly resourceType: string; readonly [key: string]: unknown };

function* filesIn(folder: string): Generator<{ file: string; resource: Resource }> {
  for (const file of readdirSync(join(SHARED_DATA, folder), { recursive: true, encoding: 'utf8' }).sort()) {
    if (file.endsWith('.json')) {
      yield { file, resource: parseJson(readFileSync(join(SHARED_DATA, folder, file), 'utf8')) as Resource };
    }
  }
}

/** Errors as `expression code`. */
function errorsOf(library: Library, resource: unknown): string[] {
  return validateFully(library, resource)
    .filter((issue) => issue.severity === 'error')
    .map((issue) => `${issue.expression[0]} ${issue.code}`);
}

/** Elements that a profile of the resource requires and R4 does not. */
function requiredByProfile(library: Library, { resourceType, meta }: Resource): string[] {
  const base = typeRules(resourceType)?.root.children;
  const profiles = (meta as { profile?: string[] } | undefined)?.profile ?? [];
  return profiles
    .flatMap((url) => [...(profileOf(library, url)?.root.children.values() ?? [])])
    .filter((rule) => rule.min > 0 && (base?.get(rule.name)?.min ?? 0) === 0)
    .map((rule) => rule.name);
}

describe.skipIf(!hasSharedData)('examples (../shared/data; skipped where it is absent)', () => {
  let library: Library;
  let remove: () => Promise<void>;
  beforeAll(async () => {
    const packages = await sharedPackages();
    remove = packages.remove;
    library = layered([r4Library, loadPackages(packages.folder).library]);
  });
  afterAll(() => remove());

  test.each(FOLDERS)('behavior: no false alarm in %s', { timeout: 120_000 }, (folder) => {
    let resources = 0;
    let milliseconds = 0;
    for (const { file, resource } of filesIn(folder)) {
      const start = performance.now();
      const errors = errorsOf(library, resource);
      milliseconds += performance.now() - start;
      resources += (resource.entry as unknown[] | undefined)?.length ?? 1;
      const expected = INVALID[file];
      if (expected === undefined) expect([file, errors]).toEqual([file, []]);
      else expect([file, errors.join(', ')]).toEqual([file, expect.stringMatching(expected)]);
    }
    process.stdout.write(
      `${folder}: ${resources} resources, ${Math.round((milliseconds * 1000) / resources)} µs each\n`,
    );
  });

  test('behavior: broken copies are found', { timeout: 120_000 }, () => {
    const random = numbersFrom(4);
    const tally = new Map<Breakage, { made: number; found: number; missed: string[] }>();
    for (const breakage of BREAKAGES) tally.set(breakage, { made: 0, found: 0, missed: [] });
    let place = 0;
    for (const folder of FOLDERS) {
      for (const { file, resource } of filesIn(folder)) {
        const entries = (resource.entry ?? []) as { resource?: Resource }[];
        const inside = entries.flatMap((entry) => entry.resource ?? []);
        // Synthea's resources are alike, so that every twentieth tells as much; a document or transaction is broken entry by entry.
        for (const one of inside.length > 0 ? inside : [resource]) {
          if (folder === 'synthea-r4' && place++ % 20 !== 0) continue;
          if (errorsOf(library, one).length > 0) continue;
          for (const breakage of BREAKAGES) {
            const copy = broken(one, breakage, random, requiredByProfile(library, one));
            const counted = tally.get(breakage);
            if (copy === null || counted === undefined) continue;
            counted.made++;
            if (errorsOf(library, copy).length > 0) counted.found++;
            else counted.missed.push(file);
          }
        }
      }
    }
    for (const [breakage, { made, found, missed }] of tally) {
      const share = ((100 * found) / made).toFixed(1);
      process.stdout.write(`${breakage}: ${found} of ${made} found (${share} %) ${missed.slice(0, 3).join(' ')}\n`);
    }
    const shares = Object.fromEntries([...tally].map(([breakage, { made, found }]) => [breakage, found / made]));
    for (const breakage of BREAKAGES) expect([breakage, shares[breakage]]).toEqual([breakage, 1]);
  });
});
