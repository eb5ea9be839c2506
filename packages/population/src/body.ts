/**
 * The state of a body that measurements are taken from. Illnesses and their treatment move it; laboratory panels and vital signs read
 * it, with noise. So a raised creatinine, a low filtration rate and a stage of kidney disease always tell the same story.
 */
import type { AnalyteKey } from './codes/laboratory.ts';
import { ageAt, type Person } from './person.ts';
import type { Random } from './random.ts';

/** What illnesses move. Canonical units as in codes/laboratory.ts. */
export interface Body {
  /** mmHg above what age and strain give. */
  pressure: number;
  /** HbA1c, NGSP percent. */
  glycation: number;
  /** mL/min/1.73 m². */
  filtration: number;
  /** Urine albumin to creatinine, mg/mmol. */
  albumin: number;
  /** mmol/L. */
  ldl: number;
  hdl: number;
  triglycerides: number;
  /** mIU/L and pmol/L. */
  thyrotropin: number;
  thyroxine: number;
  /** g/L and µg/L. */
  haemoglobin: number;
  ferritin: number;
  /** INR. */
  clotting: number;
  /** Copies/mL and 10⁶/L. */
  hivLoad: number;
  helperCells: number;
  /** Change of body mass index since adulthood. */
  massShift: number;
  /** Beats a minute above the usual. */
  pulse: number;
  /** Acute inflammation, 0 (well) to 1 (severely ill). */
  inflammation: number;
}

/** A healthy body of this person at a moment. */
export function healthyBody(random: Random, person: Person, time: number): Body {
  const age = ageAt(person, time);
  return {
    pressure: 0,
    glycation: Math.min(5.6, 5.0 + age * 0.004 + random.normal(0, 0.18)),
    filtration: Math.max(68, Math.min(125, 116 - Math.max(0, age - 30) * 0.75 + random.normal(0, 7))),
    albumin: Math.max(0.3, random.normal(0.9, 0.4)),
    ldl: Math.max(1.3, 2.1 + Math.min(age, 60) * 0.013 + random.normal(0, 0.35)),
    hdl: Math.max(0.8, random.normal(person.sex === 'female' ? 1.6 : 1.3, 0.25)),
    triglycerides: Math.max(0.4, random.normal(1.0, 0.3) + (person.bodyMass - 25) * 0.04),
    thyrotropin: Math.max(0.5, random.normal(1.9, 0.6)),
    thyroxine: random.normal(14.5, 1.6),
    haemoglobin:
      age < 12 ? random.normal(127, 5) : person.sex === 'female' ? random.normal(134, 6) : random.normal(150, 7),
    ferritin: Math.max(20, person.sex === 'female' ? random.normal(62, 20) : random.normal(130, 40)),
    clotting: 1,
    hivLoad: 0,
    helperCells: 850,
    massShift: 0,
    pulse: 0,
    inflammation: 0,
  };
}

/** Serum creatinine (µmol/L) at which CKD-EPI 2021 gives this filtration: the published formula turned round (Inker, NEJM 2021). */
export function creatinineFor(filtration: number, age: number, sex: 'female' | 'male'): number {
  const kappa = sex === 'female' ? 0.7 : 0.9;
  const alpha = sex === 'female' ? -0.241 : -0.302;
  const full = 142 * 0.9938 ** age * (sex === 'female' ? 1.012 : 1);
  const ratio = filtration >= full ? (filtration / full) ** (1 / alpha) : (filtration / full) ** (1 / -1.2);
  return kappa * ratio * 88.42;
}

/** CKD-EPI 2021: the filtration rate that a laboratory reports for a serum creatinine (µmol/L). */
export function filtrationFor(creatinine: number, age: number, sex: 'female' | 'male'): number {
  const kappa = sex === 'female' ? 0.7 : 0.9;
  const alpha = sex === 'female' ? -0.241 : -0.302;
  const ratio = creatinine / 88.42 / kappa;
  return (
    142 * Math.min(ratio, 1) ** alpha * Math.max(ratio, 1) ** -1.2 * 0.9938 ** age * (sex === 'female' ? 1.012 : 1)
  );
}

/**
 * One analyte of this body now, in its canonical unit, with the noise of biology and of the analyser. What a laboratory calculates
 * (filtration from creatinine, total cholesterol from its parts) is calculated from `measured`, the values of the same sample.
 */
export function measureAnalyte(
  key: AnalyteKey,
  body: Body,
  person: Person,
  age: number,
  random: Random,
  measured: ReadonlyMap<AnalyteKey, number>,
): number {
  const sample = (analyte: AnalyteKey) =>
    measured.get(analyte) ?? measureAnalyte(analyte, body, person, age, random, measured);
  const noisy = (value: number, percent: number) => value * (1 + random.normal(0, percent / 100));
  const sick = body.inflammation;
  switch (key) {
    case 'haemoglobin':
      return noisy(body.haemoglobin, 1.8);
    case 'haematocrit':
      return noisy(sample('haemoglobin') * 0.297, 1);
    case 'erythrocytes':
      return noisy((sample('haemoglobin') * 2.97) / cellVolume(body), 1);
    case 'meanCellVolume':
      return noisy(cellVolume(body), 0.6);
    case 'leukocytes':
      return noisy(6.6 + sick * 9, 11);
    case 'platelets':
      return noisy(255 + sick * 90 + (body.ferritin < 13 ? 60 : 0), 9);
    case 'sodium':
      return noisy(140 - sick * 4, 0.9);
    case 'potassium':
      return noisy(4.2 + Math.max(0, 60 - body.filtration) * 0.014, 4);
    case 'chloride':
      return noisy(103, 1.2);
    case 'bicarbonate':
      return noisy(26 - Math.max(0, 45 - body.filtration) * 0.12, 3.5);
    case 'urea':
      return noisy(5 * (90 / Math.max(15, Math.min(110, body.filtration))) ** 0.8, 9);
    case 'creatinine':
      return noisy(age < 16 ? 22 + age * 2.2 : creatinineFor(body.filtration, age, person.sex), 2);
    case 'filtration':
      return filtrationFor(sample('creatinine'), age, person.sex);
    case 'glucose':
      return Math.max(3.4, noisy(1.59 * body.glycation - 2.9 + sick * 1.5, 7));
    case 'calcium':
      return noisy(2.38, 1.7);
    case 'cholesterol':
      return sample('ldl') + sample('hdl') + sample('triglycerides') / 2.2;
    case 'hdl':
      return noisy(body.hdl, 2);
    case 'ldl':
      return noisy(body.ldl, 3);
    case 'triglycerides':
      return noisy(body.triglycerides, 7);
    case 'glycation':
      return noisy(body.glycation, 1.2);
    case 'thyrotropin':
      return noisy(body.thyrotropin, 8);
    case 'thyroxine':
      return noisy(body.thyroxine, 4);
    case 'ferritin':
      return noisy(body.ferritin * (1 + sick), 7);
    case 'albuminRatio':
      return noisy(body.albumin, 16);
    case 'cReactive':
      return Math.max(1, noisy(2 + sick * 150, 20));
    case 'clotting':
      return noisy(body.clotting, 4);
    case 'hivLoad':
      return Math.max(1, noisy(body.hivLoad, 15));
    case 'helperCells':
      return noisy(body.helperCells, 8);
  }
}

/** Iron lack makes small red cells. */
function cellVolume(body: Body): number {
  return body.ferritin >= 13 ? 90 : 90 - (13 - body.ferritin) * 1.3;
}

const GROWTH: Record<'female' | 'male', readonly (readonly [age: number, share: number])[]> = {
  female: [
    [0, 0.305],
    [1, 0.455],
    [2, 0.53],
    [5, 0.665],
    [8, 0.78],
    [10, 0.85],
    [12, 0.925],
    [14, 0.98],
    [16, 1],
  ],
  male: [
    [0, 0.285],
    [1, 0.43],
    [2, 0.495],
    [5, 0.62],
    [8, 0.725],
    [10, 0.785],
    [12, 0.85],
    [14, 0.93],
    [16, 0.985],
    [18, 1],
  ],
};

const CHILD_MASS: readonly (readonly [age: number, index: number])[] = [
  [0, 13.3],
  [1, 17],
  [2, 16.4],
  [5, 15.4],
  [10, 16.9],
  [15, 20],
  [20, 23],
];

function along(curve: readonly (readonly [number, number])[], age: number): number {
  let [left, low] = curve[0] ?? [0, 0];
  for (const [right, high] of curve) {
    if (age <= right) return right === left ? high : low + ((high - low) * (age - left)) / (right - left);
    [left, low] = [right, high];
  }
  return low;
}

/** Height in cm at an age. */
export function heightAt(person: Person, age: number): number {
  return person.height * along(GROWTH[person.sex], age) - Math.max(0, age - 60) * 0.07;
}

/** Body mass index at an age: the curve of children, then the person's own, with the drift of middle life. */
export function bodyMassAt(person: Person, body: Body, age: number): number {
  const child = along(CHILD_MASS, age) * (1 + (person.bodyMass - 25) * 0.012);
  const adult = person.bodyMass + Math.min(2.5, Math.max(0, age - 25) * 0.05) + body.massShift;
  const grown = Math.max(0, Math.min(1, (age - 14) / 8));
  return Math.max(12, child * (1 - grown) + adult * grown);
}

/** Upper and lower blood pressure at rest, mmHg. */
export function pressureAt(person: Person, body: Body, age: number, random: Random): readonly [number, number] {
  const base =
    age < 18 ? 84 + age * 1.7 : 113 + Math.max(0, age - 25) * 0.24 + person.strain * 4 + (person.bodyMass - 25) * 0.4;
  const upper = Math.min(218, Math.max(74, base + body.pressure - body.inflammation * 10 + random.normal(0, 4)));
  const lower = Math.max(42, upper * 0.615 - Math.max(0, age - 60) * 0.15 + random.normal(0, 3));
  return [Math.round(upper), Math.round(Math.min(lower, upper - 18))];
}
