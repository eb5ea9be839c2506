/** Vaccines by CVX code, and when they are due. A schedule near to what Britain and Portugal give; words are ours (see concept.ts). */
import { type Concept, CVX } from './concept.ts';

function vaccine(code: string, en: string, pt: string): Concept {
  return { system: CVX, code, en, pt };
}

export const VACCINES = {
  hexavalent: vaccine('146', 'Six-in-one vaccine', 'Vacina hexavalente'),
  rotavirus: vaccine('119', 'Rotavirus vaccine', 'Vacina do rotavírus'),
  pneumococcal: vaccine('133', 'Pneumococcal vaccine', 'Vacina pneumocócica'),
  measles: vaccine('03', 'Measles, mumps and rubella vaccine', 'Vacina do sarampo, papeira e rubéola'),
  preschool: vaccine('130', 'Pre-school booster', 'Reforço pré-escolar'),
  hpv: vaccine('165', 'HPV vaccine', 'Vacina do HPV'),
  meningococcal: vaccine('114', 'Meningococcal vaccine', 'Vacina meningocócica'),
  tetanus: vaccine('113', 'Tetanus and diphtheria booster', 'Reforço de tétano e difteria'),
  pertussis: vaccine('115', 'Whooping-cough vaccine in pregnancy', 'Vacina da tosse convulsa na gravidez'),
  influenza: vaccine('140', 'Flu vaccine', 'Vacina da gripe'),
  covid: vaccine('208', 'Covid-19 vaccine', 'Vacina da covid-19'),
  zoster: vaccine('187', 'Shingles vaccine', 'Vacina da zona'),
  pneumococcalAdult: vaccine('33', 'Pneumococcal vaccine for older people', 'Vacina pneumocócica para idosos'),
} as const;

export type VaccineKey = keyof typeof VACCINES;

/** Doses by age in years, in order. */
export const SCHEDULE: readonly { readonly vaccine: VaccineKey; readonly age: number; readonly dose: number }[] = [
  { vaccine: 'hexavalent', age: 2 / 12, dose: 1 },
  { vaccine: 'rotavirus', age: 2 / 12, dose: 1 },
  { vaccine: 'pneumococcal', age: 2 / 12, dose: 1 },
  { vaccine: 'hexavalent', age: 4 / 12, dose: 2 },
  { vaccine: 'rotavirus', age: 4 / 12, dose: 2 },
  { vaccine: 'hexavalent', age: 6 / 12, dose: 3 },
  { vaccine: 'pneumococcal', age: 1, dose: 2 },
  { vaccine: 'measles', age: 1, dose: 1 },
  { vaccine: 'measles', age: 3.5, dose: 2 },
  { vaccine: 'preschool', age: 3.5, dose: 1 },
  { vaccine: 'hpv', age: 12.5, dose: 1 },
  { vaccine: 'meningococcal', age: 14, dose: 1 },
  { vaccine: 'tetanus', age: 14, dose: 1 },
  { vaccine: 'tetanus', age: 45, dose: 2 },
  { vaccine: 'tetanus', age: 65, dose: 3 },
  { vaccine: 'pneumococcalAdult', age: 65.5, dose: 1 },
  { vaccine: 'zoster', age: 70, dose: 1 },
];
