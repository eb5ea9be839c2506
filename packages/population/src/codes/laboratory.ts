/**
 * Laboratory analytes and panels. Values are kept in one canonical unit per analyte (`si`); laboratories that report in
 * conventional units (most of Portugal) convert and use the LOINC code of that unit, as real ones do.
 * Displays are our own wording (see concept.ts). Reference ranges are those of a generic adult laboratory.
 */
import { type Concept, loinc } from './concept.ts';

/** Lower and upper limit; either may be absent. */
export type Range = readonly [low: number | undefined, high: number | undefined];

/** One way to report an analyte: code, unit, digits after the point, and ranges for women and men in that unit. */
export interface Measure {
  readonly concept: Concept;
  readonly unit: string;
  readonly ucum: string;
  readonly decimals: number;
  readonly female: Range;
  readonly male: Range;
  readonly convert: (canonical: number) => number;
}

export interface Analyte {
  readonly si: Measure;
  readonly conventional: Measure;
}

const same = (value: number) => value;
const times = (factor: number) => (value: number) => value * factor;

function measure(
  concept: Concept,
  unit: string,
  ucum: string,
  decimals: number,
  female: Range,
  male: Range = female,
  convert: (canonical: number) => number = same,
): Measure {
  return { concept, unit, ucum, decimals, female, male, convert };
}

/** An analyte that everybody reports alike. */
function alike(
  code: string,
  en: string,
  pt: string,
  unit: string,
  ucum: string,
  decimals: number,
  ...ranges: [Range, Range?]
): Analyte {
  const only = measure(loinc(code, en, pt), unit, ucum, decimals, ...ranges);
  return { si: only, conventional: only };
}

/** An analyte whose code and unit differ between the two worlds. `factor` leads from the first to the second. */
function either(
  en: string,
  pt: string,
  si: readonly [code: string, unit: string, ucum: string, decimals: number, female: Range, male?: Range],
  conventional: readonly [code: string, unit: string, ucum: string, decimals: number, female: Range, male?: Range],
  factor: number | ((canonical: number) => number),
): Analyte {
  const convert = typeof factor === 'number' ? times(factor) : factor;
  return {
    si: measure(loinc(si[0], en, pt), si[1], si[2], si[3], si[4], si[5]),
    conventional: measure(
      loinc(conventional[0], en, pt),
      conventional[1],
      conventional[2],
      conventional[3],
      conventional[4],
      conventional[5] ?? conventional[4],
      convert,
    ),
  };
}

export const ANALYTES = {
  haemoglobin: either(
    'Haemoglobin',
    'Hemoglobina',
    ['718-7', 'g/L', 'g/L', 0, [115, 165], [130, 180]],
    ['718-7', 'g/dL', 'g/dL', 1, [11.5, 16.5], [13.2, 17.9]],
    0.1,
  ),
  haematocrit: alike('4544-3', 'Haematocrit', 'Hematócrito', '%', '%', 1, [36, 46], [40, 52]),
  erythrocytes: alike('789-8', 'Red cells', 'Eritrócitos', '10¹²/L', '10*12/L', 2, [3.8, 5.1], [4.4, 5.8]),
  meanCellVolume: alike('787-2', 'Mean red-cell volume', 'Volume médio dos eritrócitos', 'fL', 'fL', 0, [80, 99]),
  leukocytes: alike('6690-2', 'White cells', 'Leucócitos', '10⁹/L', '10*9/L', 1, [3.9, 11.1]),
  platelets: alike('777-3', 'Platelets', 'Plaquetas', '10⁹/L', '10*9/L', 0, [150, 410]),
  sodium: alike('2951-2', 'Sodium', 'Sódio', 'mmol/L', 'mmol/L', 0, [133, 146]),
  potassium: alike('2823-3', 'Potassium', 'Potássio', 'mmol/L', 'mmol/L', 1, [3.5, 5.3]),
  chloride: alike('2075-0', 'Chloride', 'Cloreto', 'mmol/L', 'mmol/L', 0, [95, 108]),
  bicarbonate: alike('2028-9', 'Total carbon dioxide', 'Dióxido de carbono total', 'mmol/L', 'mmol/L', 0, [22, 29]),
  urea: either(
    'Urea',
    'Ureia',
    ['22664-7', 'mmol/L', 'mmol/L', 1, [2.5, 7.8]],
    ['3094-0', 'mg/dL', 'mg/dL', 0, [7, 22]],
    2.801,
  ),
  creatinine: either(
    'Creatinine',
    'Creatinina',
    ['14682-9', 'µmol/L', 'umol/L', 0, [45, 84], [59, 104]],
    ['2160-0', 'mg/dL', 'mg/dL', 2, [0.51, 0.95], [0.67, 1.18]],
    1 / 88.42,
  ),
  filtration: alike(
    '98979-8',
    'Estimated kidney filtration (CKD-EPI 2021)',
    'Filtração renal estimada (CKD-EPI 2021)',
    'mL/min/1.73 m²',
    'mL/min/{1.73_m2}',
    0,
    [60, undefined],
  ),
  glucose: either(
    'Glucose',
    'Glicose',
    ['14749-6', 'mmol/L', 'mmol/L', 1, [3.9, 6.1]],
    ['2345-7', 'mg/dL', 'mg/dL', 0, [70, 110]],
    18.02,
  ),
  calcium: either(
    'Calcium',
    'Cálcio',
    ['2000-8', 'mmol/L', 'mmol/L', 2, [2.19, 2.62]],
    ['17861-6', 'mg/dL', 'mg/dL', 1, [8.8, 10.5]],
    4.008,
  ),
  cholesterol: either(
    'Cholesterol, total',
    'Colesterol total',
    ['14647-2', 'mmol/L', 'mmol/L', 1, [undefined, 5.1]],
    ['2093-3', 'mg/dL', 'mg/dL', 0, [undefined, 199]],
    38.67,
  ),
  hdl: either(
    'HDL cholesterol',
    'Colesterol HDL',
    ['14646-4', 'mmol/L', 'mmol/L', 1, [1.2, undefined], [0.9, undefined]],
    ['2085-9', 'mg/dL', 'mg/dL', 0, [46, undefined], [35, undefined]],
    38.67,
  ),
  ldl: either(
    'LDL cholesterol, calculated',
    'Colesterol LDL, calculado',
    ['39469-2', 'mmol/L', 'mmol/L', 1, [undefined, 3.1]],
    ['13457-7', 'mg/dL', 'mg/dL', 0, [undefined, 119]],
    38.67,
  ),
  triglycerides: either(
    'Triglycerides',
    'Triglicerídeos',
    ['14927-8', 'mmol/L', 'mmol/L', 1, [undefined, 1.7]],
    ['2571-8', 'mg/dL', 'mg/dL', 0, [undefined, 149]],
    88.57,
  ),
  // Canonical: the percentage of DCCT and NGSP. IFCC = (NGSP − 2.15) × 10.929.
  glycation: {
    si: measure(
      loinc('59261-8', 'HbA1c (long-term sugar), IFCC', 'HbA1c (açúcar de longo prazo), IFCC'),
      'mmol/mol',
      'mmol/mol',
      0,
      [20, 41],
      undefined,
      (percent) => (percent - 2.152) * 10.929,
    ),
    conventional: measure(
      loinc('4548-4', 'HbA1c (long-term sugar)', 'HbA1c (açúcar de longo prazo)'),
      '%',
      '%',
      1,
      [4.1, 5.9],
    ),
  },
  thyrotropin: alike(
    '3016-3',
    'Thyroid-stimulating hormone',
    'Hormona tireoestimulante',
    'mIU/L',
    'm[IU]/L',
    2,
    [0.35, 4.94],
  ),
  thyroxine: either(
    'Thyroxine, free',
    'Tiroxina livre',
    ['14920-3', 'pmol/L', 'pmol/L', 1, [9.1, 21.9]],
    ['3024-7', 'ng/dL', 'ng/dL', 2, [0.71, 1.69]],
    0.0777,
  ),
  ferritin: alike('2276-4', 'Ferritin', 'Ferritina', 'µg/L', 'ug/L', 0, [13, 150], [30, 400]),
  albuminRatio: either(
    'Albumin to creatinine, urine',
    'Albumina por creatinina, urina',
    ['32294-1', 'mg/mmol', 'mg/mmol', 1, [undefined, 2.9]],
    ['9318-7', 'mg/g', 'mg/g', 0, [undefined, 29]],
    8.84,
  ),
  cReactive: alike('1988-5', 'C-reactive protein', 'Proteína C reativa', 'mg/L', 'mg/L', 0, [undefined, 5]),
  clotting: alike('6301-6', 'Clotting ratio (INR)', 'Rácio de coagulação (INR)', 'INR', '{INR}', 1, [0.8, 1.2]),
  hivLoad: alike('20447-9', 'HIV copies in plasma', 'Cópias de VIH no plasma', 'copies/mL', '{copies}/mL', 0, [
    undefined,
    49,
  ]),
  helperCells: alike('24467-3', 'CD4 cells', 'Células CD4', '10⁶/L', '10*6/L', 0, [450, 1500]),
} as const satisfies Record<string, Analyte>;

export type AnalyteKey = keyof typeof ANALYTES;

/** A panel: what is ordered together and reported in one DiagnosticReport. */
export interface Panel {
  readonly concept: Concept;
  readonly analytes: readonly AnalyteKey[];
}

export const PANELS = {
  bloodCount: {
    concept: loinc('58410-2', 'Blood count', 'Hemograma'),
    analytes: ['haemoglobin', 'haematocrit', 'erythrocytes', 'meanCellVolume', 'leukocytes', 'platelets'],
  },
  metabolic: {
    concept: loinc('24321-2', 'Kidney function and salts', 'Função renal e ionograma'),
    analytes: [
      'sodium',
      'potassium',
      'chloride',
      'bicarbonate',
      'urea',
      'creatinine',
      'filtration',
      'glucose',
      'calcium',
    ],
  },
  lipids: {
    concept: loinc('57698-3', 'Blood fats', 'Perfil lipídico'),
    analytes: ['hdl', 'ldl', 'triglycerides', 'cholesterol'],
  },
  glycation: { concept: loinc('4548-4', 'HbA1c', 'HbA1c'), analytes: ['glycation'] },
  thyroid: {
    concept: loinc('24348-5', 'Thyroid function', 'Função tiroideia'),
    analytes: ['thyrotropin', 'thyroxine'],
  },
  ferritin: { concept: loinc('2276-4', 'Iron stores', 'Reservas de ferro'), analytes: ['ferritin'] },
  albuminRatio: { concept: loinc('9318-7', 'Urine albumin', 'Albumina na urina'), analytes: ['albuminRatio'] },
  cReactive: { concept: loinc('1988-5', 'Inflammation marker', 'Marcador de inflamação'), analytes: ['cReactive'] },
  clotting: { concept: loinc('6301-6', 'Clotting', 'Coagulação'), analytes: ['clotting'] },
  hiv: { concept: loinc('20447-9', 'HIV monitoring', 'Vigilância do VIH'), analytes: ['hivLoad', 'helperCells'] },
} as const satisfies Record<string, Panel>;

export type PanelKey = keyof typeof PANELS;
