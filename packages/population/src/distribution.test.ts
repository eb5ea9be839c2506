/** Whether a population looks like one: ages, how common illnesses are, and whether treatment shows in the results. */
import type { Condition, MedicationRequest, Observation, Resource } from '@medplum/fhirtypes';
import { beforeAll, describe, expect, test } from 'vitest';
import { CONDITIONS } from './codes/conditions.ts';
import { generatePopulation, type PatientHistory } from './population.ts';
import { DEFAULT_UNTIL, timeOf, YEAR } from './time.ts';

const PATIENTS = 1200;

interface Seen {
  readonly age: number;
  readonly history: PatientHistory['patient'];
  readonly resources: readonly Resource[];
}

let everybody: Seen[] = [];

beforeAll(() => {
  everybody = Array.from(generatePopulation({ seed: 'distribution', patients: PATIENTS }), ({ patient, bundles }) => ({
    age: (timeOf(DEFAULT_UNTIL) - timeOf(patient.birthDate)) / YEAR,
    history: patient,
    resources: bundles.flatMap(({ bundle }) => (bundle.entry ?? []).flatMap((entry) => entry.resource ?? [])),
  }));
});

function hasProblem(seen: Seen, code: string): boolean {
  return seen.resources.some(
    (one) =>
      one.resourceType === 'Condition' &&
      one.code?.coding?.[0]?.code === code &&
      one.clinicalStatus?.coding?.[0]?.code === 'active',
  );
}

function series(seen: Seen, code: string): { time: string; value: number }[] {
  return seen.resources
    .filter((one): one is Observation => one.resourceType === 'Observation' && one.code?.coding?.[0]?.code === code)
    .map((one) => ({ time: one.effectiveDateTime ?? '', value: one.valueQuantity?.value ?? Number.NaN }))
    .sort((a, b) => a.time.localeCompare(b.time));
}

function share(list: readonly Seen[], code: string): number {
  return list.filter((seen) => hasProblem(seen, code)).length / list.length;
}

describe('distribution', () => {
  test('default: ages form a pyramid with every decade in it', () => {
    const decades = new Array<number>(10).fill(0);
    for (const { age } of everybody)
      decades[Math.min(9, Math.floor(age / 10))] = (decades[Math.min(9, Math.floor(age / 10))] ?? 0) + 1;
    for (const decade of decades.slice(0, 8)) {
      expect(decade / PATIENTS).toBeGreaterThan(0.06);
      expect(decade / PATIENTS).toBeLessThan(0.19);
    }
    expect((decades[8] ?? 0) + (decades[9] ?? 0)).toBeLessThan(0.1 * PATIENTS);
    const women = everybody.filter(({ history }) => history.gender === 'female').length / PATIENTS;
    expect(women).toBeGreaterThan(0.46);
    expect(women).toBeLessThan(0.56);
  });

  test.each([
    ['diabetes', 0.04, 0.12],
    ['hypertension', 0.15, 0.32],
    ['hyperlipidaemia', 0.1, 0.28],
    ['hypothyroidism', 0.02, 0.08],
    ['asthma', 0.05, 0.13],
    ['fibrillation', 0.01, 0.05],
    ['depression', 0.002, 0.06],
    ['hiv', 0, 0.015],
    ['alcohol', 0.004, 0.04],
  ] as const)('behavior: %s is as common among adults as it should be', (key, least, most) => {
    const adults = everybody.filter(({ age }) => age >= 18);
    const found = share(adults, CONDITIONS[key].code);
    expect(found).toBeGreaterThanOrEqual(least);
    expect(found).toBeLessThanOrEqual(most);
  });

  test('behavior: pressure, diabetes and kidney disease become commoner with age', () => {
    const young = everybody.filter(({ age }) => age >= 18 && age < 45);
    const old = everybody.filter(({ age }) => age >= 65);
    for (const key of ['hypertension', 'diabetes', 'kidney3'] as const) {
      expect(share(old, CONDITIONS[key].code)).toBeGreaterThan(share(young, CONDITIONS[key].code));
    }
  });

  test('behavior: sugar falls after diabetes is found and treated', () => {
    let fell = 0;
    let seenNew = 0;
    for (const seen of everybody) {
      const condition = seen.resources.find(
        (one): one is Condition =>
          one.resourceType === 'Condition' && one.code?.coding?.[0]?.code === CONDITIONS.diabetes.code,
      );
      if (condition?.onsetDateTime === undefined) continue;
      const onset = condition.onsetDateTime;
      const values = ['4548-4', '59261-8'].map((code) =>
        series(seen, code).filter(({ time }) => time.slice(0, 10) >= onset),
      );
      const longest = values.sort((a, b) => b.length - a.length)[0] ?? [];
      if (timeOf(onset) < timeOf(DEFAULT_UNTIL) - 5.9 * YEAR || longest.length < 3) continue;
      seenNew++;
      if ((longest[2]?.value ?? 0) < (longest[0]?.value ?? 0)) fell++;
    }
    expect(seenNew).toBeGreaterThan(5);
    expect(fell / seenNew).toBeGreaterThan(0.8);
  });

  test('behavior: kidneys that fail go on failing', () => {
    const changes = everybody
      .filter((seen) => hasProblem(seen, CONDITIONS.kidney3.code) || hasProblem(seen, CONDITIONS.kidney4.code))
      .map((seen) => series(seen, '98979-8'))
      .filter((values) => values.length > 6)
      .map((values) => (values.at(-1)?.value ?? 0) - (values[0]?.value ?? 0));
    expect(changes.length).toBeGreaterThan(5);
    expect(changes.reduce((sum, change) => sum + change, 0) / changes.length).toBeLessThan(-3);
  });

  test('behavior: nobody who is allergic to penicillin is given any', () => {
    for (const seen of everybody) {
      const allergy = seen.resources.find(
        (one) => one.resourceType === 'AllergyIntolerance' && one.code?.coding?.[0]?.code === '764146007',
      );
      if (allergy?.resourceType !== 'AllergyIntolerance') continue;
      const given = seen.resources.filter(
        (one): one is MedicationRequest =>
          one.resourceType === 'MedicationRequest' &&
          ['723', '7984'].includes(one.medicationCodeableConcept?.coding?.[0]?.code ?? '') &&
          (one.authoredOn ?? '') > (allergy.recordedDate ?? ''),
      );
      expect(given).toEqual([]);
    }
  });
});
