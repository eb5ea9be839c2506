import { canonicalUnit } from '../records/index.ts';

export const UCUM = 'http://unitsofmeasure.org';

/** Spellings of laboratories, folded to upper case without blanks, and what UCUM calls them. */
const SPELLINGS: Readonly<Record<string, string>> = {
  'MG/DL': 'mg/dL',
  'G/DL': 'g/dL',
  'G/L': 'g/L',
  'MG/L': 'mg/L',
  'UG/L': 'ug/L',
  'UG/DL': 'ug/dL',
  'NG/ML': 'ng/mL',
  'NG/DL': 'ng/dL',
  'PG/ML': 'pg/mL',
  'MMOL/L': 'mmol/L',
  'UMOL/L': 'umol/L',
  'NMOL/L': 'nmol/L',
  'PMOL/L': 'pmol/L',
  'MEQ/L': 'meq/L',
  'MOSM/KG': 'mosm/kg',
  'U/L': 'U/L',
  'IU/L': '[IU]/L',
  'IU/ML': '[IU]/mL',
  'MIU/L': 'm[IU]/L',
  'MIU/ML': 'm[IU]/mL',
  'UIU/ML': 'u[IU]/mL',
  'K/UL': '10*3/uL',
  'X10E3/UL': '10*3/uL',
  'X10(3)/UL': '10*3/uL',
  'TH/UL': '10*3/uL',
  '10*3/UL': '10*3/uL',
  '10^3/UL': '10*3/uL',
  'M/UL': '10*6/uL',
  'X10E6/UL': '10*6/uL',
  'X10(6)/UL': '10*6/uL',
  '10*6/UL': '10*6/uL',
  '10^6/UL': '10*6/uL',
  '10*9/L': '10*9/L',
  '10^9/L': '10*9/L',
  'X10^9/L': '10*9/L',
  'X10E9/L': '10*9/L',
  '10*12/L': '10*12/L',
  '10^12/L': '10*12/L',
  'X10^12/L': '10*12/L',
  'X10E12/L': '10*12/L',
  FL: 'fL',
  PG: 'pg',
  '%': '%',
  SEC: 's',
  'MM/HR': 'mm/h',
  'MM/H': 'mm/h',
  'ML/MIN': 'mL/min',
  MMHG: 'mm[Hg]',
  'MM HG': 'mm[Hg]',
  BPM: '/min',
  'BEATS/MIN': '/min',
  '/MIN': '/min',
  KG: 'kg',
  LB: '[lb_av]',
  LBS: '[lb_av]',
  CM: 'cm',
  IN: '[in_i]',
  CEL: 'Cel',
  DEGF: '[degF]',
  'KG/M2': 'kg/m2',
};

/** Unit of a Quantity: with its UCUM code where it is one for sure, else as it was written. */
export function unitOf(written: string, system = ''): { unit?: string; system?: string; code?: string } {
  if (written === '') return {};
  const folded = written.toUpperCase().replaceAll(' ', '').replaceAll('µ', 'U').replaceAll('Μ', 'U');
  const known = Object.hasOwn(SPELLINGS, folded) ? SPELLINGS[folded] : undefined;
  // Case decides in UCUM (mg, Mg), so a code is taken as it stands only where it says that it is one.
  const code = /^UCUM$/i.test(system) && canonicalUnit(written) !== null ? written : known;
  return code === undefined ? { unit: written } : { unit: written, system: UCUM, code };
}
