/**
 * Medicines by ingredient (RxNorm ingredient codes travel across borders; package codes do not) with the dose a patient takes.
 * Words are ours (see concept.ts).
 */
import { type Concept, RXNORM, SNOMED } from './concept.ts';

/** A medicine and how it is taken: `dose` each time, `frequency` times in `period` days. */
export interface Medication {
  readonly concept: Concept;
  readonly dose: number;
  readonly unit: string;
  readonly frequency: number;
  readonly period: number;
  readonly route: Concept;
  /** Days of a short course; absent for long-term treatment. */
  readonly days?: number;
  readonly asNeeded?: boolean;
  /** Doses for children: what is given below an age in years, in rising order. */
  readonly child?: readonly (readonly [below: number, dose: number])[];
}

/** The dose at an age. */
export function doseAt(medication: Medication, age: number): number {
  return medication.child?.find(([below]) => age < below)?.[1] ?? medication.dose;
}

const ORAL: Concept = { system: SNOMED, code: '26643006', en: 'by mouth', pt: 'por via oral' };
const INHALED: Concept = { system: SNOMED, code: '447694001', en: 'by breathing in', pt: 'por inalação' };
const UNDER_SKIN: Concept = { system: SNOMED, code: '34206005', en: 'under the skin', pt: 'sob a pele' };

function ingredient(code: string, en: string, pt: string): Concept {
  return { system: RXNORM, code, en, pt };
}

function tablet(concept: Concept, dose: number, frequency = 1, unit = 'mg'): Medication {
  return { concept, dose, unit, frequency, period: 1, route: ORAL };
}

function course(concept: Concept, dose: number, frequency: number, days: number): Medication {
  return { ...tablet(concept, dose, frequency), days };
}

const metformin = ingredient('6809', 'Metformin', 'Metformina');
const ramipril = ingredient('35296', 'Ramipril', 'Ramipril');
const amlodipine = ingredient('17767', 'Amlodipine', 'Amlodipina');
const indapamide = ingredient('5764', 'Indapamide', 'Indapamida');
const levothyroxine = ingredient('10582', 'Levothyroxine', 'Levotiroxina');
const atorvastatin = ingredient('83367', 'Atorvastatin', 'Atorvastatina');
const sertraline = ingredient('36437', 'Sertraline', 'Sertralina');
const salbutamol = ingredient('435', 'Salbutamol inhaler', 'Salbutamol inalador');
const budesonide = ingredient('19831', 'Budesonide inhaler', 'Budesonida inalador');

export const MEDICATIONS = {
  metformin500: tablet(metformin, 500, 2),
  metformin1000: tablet(metformin, 1000, 2),
  empagliflozin10: tablet(ingredient('1545653', 'Empagliflozin', 'Empagliflozina'), 10),
  glargine12: {
    concept: ingredient('274783', 'Insulin glargine', 'Insulina glargina'),
    dose: 12,
    unit: '[iU]',
    frequency: 1,
    period: 1,
    route: UNDER_SKIN,
  },
  ramipril5: tablet(ramipril, 5),
  ramipril10: tablet(ramipril, 10),
  amlodipine5: tablet(amlodipine, 5),
  amlodipine10: tablet(amlodipine, 10),
  indapamide: tablet(indapamide, 1.5),
  levothyroxine50: tablet(levothyroxine, 50, 1, 'ug'),
  levothyroxine75: tablet(levothyroxine, 75, 1, 'ug'),
  levothyroxine100: tablet(levothyroxine, 100, 1, 'ug'),
  levothyroxine125: tablet(levothyroxine, 125, 1, 'ug'),
  atorvastatin20: tablet(atorvastatin, 20),
  atorvastatin40: tablet(atorvastatin, 40),
  atorvastatin80: tablet(atorvastatin, 80),
  sertraline50: tablet(sertraline, 50),
  sertraline100: tablet(sertraline, 100),
  salbutamol: { ...tablet(salbutamol, 200, 1, 'ug'), route: INHALED, asNeeded: true },
  budesonide200: { ...tablet(budesonide, 200, 2, 'ug'), route: INHALED },
  budesonide400: { ...tablet(budesonide, 400, 2, 'ug'), route: INHALED },
  apixaban5: tablet(ingredient('1364430', 'Apixaban', 'Apixabano'), 5, 2),
  bisoprolol: tablet(ingredient('19484', 'Bisoprolol', 'Bisoprolol'), 2.5),
  ironSulfate: { ...tablet(ingredient('24947', 'Ferrous sulfate', 'Sulfato ferroso'), 200), days: 90 },
  folicAcid: { ...tablet(ingredient('4511', 'Folic acid', 'Ácido fólico'), 400, 1, 'ug'), days: 84 },
  dolutegravir: tablet(ingredient('1433868', 'Dolutegravir', 'Dolutegravir'), 50),
  lamivudine: tablet(ingredient('68244', 'Lamivudine', 'Lamivudina'), 300),
  acamprosate: tablet(ingredient('82819', 'Acamprosate', 'Acamprosato'), 666, 3),
  amoxicillin: {
    ...course(ingredient('723', 'Amoxicillin', 'Amoxicilina'), 500, 3, 7),
    child: [
      [1, 125],
      [5, 250],
    ],
  },
  phenoxymethylpenicillin: {
    ...course(ingredient('7984', 'Penicillin V', 'Penicilina V'), 500, 4, 10),
    child: [
      [6, 125],
      [12, 250],
    ],
  },
  clarithromycin: {
    ...course(ingredient('21212', 'Clarithromycin', 'Claritromicina'), 500, 2, 7),
    child: [
      [7, 125],
      [12, 250],
    ],
  },
  nitrofurantoin: {
    ...course(ingredient('7454', 'Nitrofurantoin', 'Nitrofurantoína'), 100, 2, 5),
    child: [[12, 25]],
  },
  paracetamol: {
    ...course(ingredient('161', 'Paracetamol', 'Paracetamol'), 1000, 3, 5),
    asNeeded: true,
    child: [
      [2, 120],
      [4, 180],
      [8, 240],
      [12, 480],
      [16, 500],
    ],
  },
  ibuprofen: {
    ...course(ingredient('5640', 'Ibuprofen', 'Ibuprofeno'), 400, 3, 5),
    asNeeded: true,
    child: [
      [4, 100],
      [7, 150],
      [12, 200],
    ],
  },
} as const satisfies Record<string, Medication>;
