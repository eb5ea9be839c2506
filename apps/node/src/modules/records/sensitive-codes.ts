import type { SensitiveClass } from '@anamnesis/protocol';

/**
 * Codes that put a record into a sensitive class whatever its labels say. A small table, on the side of withholding: what it misses a clinic labels
 * (`meta.security`), which always counts. ICD-10 categories and ATC groups are ranges of prefixes, for SNOMED CT and LOINC single codes.
 */
type Range = readonly [from: string, to: string];

interface ClassCodes {
  readonly icd10: readonly Range[];
  readonly atc: readonly Range[];
  readonly snomed: readonly string[];
  readonly loinc: readonly string[];
}

const one = (prefix: string): Range => [prefix, prefix];

/** Chapter and block numbers of ICD-10 (WHO and CM agree on them). A class that stands earlier does not exclude a later one. */
const CODES: { readonly [name in SensitiveClass]: ClassCodes } = {
  'mental-health': {
    icd10: [['F00', 'F09'], ['F20', 'F99'], ['X60', 'X84'], one('R4585'), one('T1491'), one('Z915')],
    atc: [one('N05A'), one('N06A'), one('N06B')],
    snomed: [
      ...[
        '74732009',
        '35489007',
        '370143000',
        '36923009',
        '66344007',
        '197480006',
        '21897009',
        '371631005',
        '13746004',
      ],
      ...['58214004', '47505003', '191736004', '406506008', '192127007', '6471006', '82313006', '72366004', '69322001'],
    ],
    loinc: ['44249-1', '44261-6', '55758-7', '70274-6', '69737-5', '71354-5', '73831-0', '73832-8'],
  },
  'substance-use': {
    icd10: [['F10', 'F19'], one('K70'), one('T40'), one('Z502'), one('Z503'), one('Z714'), one('Z715'), one('Z722')],
    atc: [one('N07BB'), one('N07BC')],
    snomed: [
      ...['66590003', '7200002', '15167005', '6525002', '26416006', '5602001', '75544000', '361055000', '191816009'],
      ...['55680006', '56294008', '66214007'],
    ],
    loinc: ['72109-2', '75624-7', '75626-2', '82667-7', '5640-8', '3426-4', '3390-2'],
  },
  hiv: {
    icd10: [['B20', 'B24'], one('Z21'), one('R75'), one('Z206'), one('Z717'), one('O987'), one('F024')],
    atc: [one('J05AE'), one('J05AF'), one('J05AG'), one('J05AR'), one('J05AJ')],
    snomed: ['86406008', '62479008', '165816005', '19030005', '91947003'],
    loinc: ['75622-1', '56888-1', '31201-7', '7917-8', '29893-5', '20447-9', '25836-8', '48511-0'],
  },
  reproductive: {
    icd10: [['O00', 'O99'], one('O9A'), ['Z30', 'Z39'], ['A50', 'A64'], one('N97'), one('N96'), one('Z640')],
    atc: [one('G03A'), one('G02B'), one('G03XB')],
    snomed: [
      ...['77386006', '72892002', '47200007', '17369002', '19169002', '386639001', '57797005', '35999006', '79586000'],
      ...['156073000', '15938005', '398254007', '76272004', '15628003', '240589008', '8098009', '13809000'],
    ],
    loinc: ['2106-3', '2118-8', '19080-1', '21198-7', '82810-3', '11778-8', '11449-6', '20507-0', '24111-7', '21613-5'],
  },
  genetic: {
    icd10: [['Q90', 'Q99'], one('Z14'), one('Z15'), one('Z315'), one('D57'), one('E84'), one('G10')],
    atc: [],
    snomed: ['41040004', '417357006', '127040003', '58756001', '190905008', '409709004', '106221001'],
    loinc: ['51969-4', '81247-9', '21636-6', '21640-8', '59041-4'],
  },
  violence: {
    icd10: [['X85', 'X99'], ['Y00', 'Y09'], one('T74'), one('T76'), one('Z69')],
    atc: [],
    snomed: ['706893006', '397940009', '371775004', '95921002', '95922009', '225826002'],
    loinc: ['76499-3', '76504-0', '95614-4'],
  },
};

const CLASSES = Object.entries(CODES) as [SensitiveClass, ClassCodes][];
const SNOMED = byCode('snomed');
const LOINC = byCode('loinc');
// ICD-10 by WHO and its national modifications, by URL or by OID.
const ICD10 =
  /^(?:http:\/\/hl7\.org\/fhir\/sid\/icd-10|http:\/\/fhir\.de\/CodeSystem\/bfarm\/icd-10|urn:oid:2\.16\.840\.1\.113883\.6\.(?:3|90)$)/;

function byCode(table: 'snomed' | 'loinc'): ReadonlyMap<string, readonly SensitiveClass[]> {
  const classes = new Map<string, SensitiveClass[]>();
  for (const [name, codes] of CLASSES)
    for (const code of codes[table]) classes.set(code, [...(classes.get(code) ?? []), name]);
  return classes;
}

const covers = (ranges: readonly Range[], code: string) =>
  ranges.some(([from, to]) => code >= from && (code < to || code.startsWith(to)));

const NONE: readonly SensitiveClass[] = [];

/** The sensitive classes that a code of a system tells. */
export function classesOfCode(system: string, code: string): readonly SensitiveClass[] {
  if (system === 'http://snomed.info/sct') return SNOMED.get(code) ?? NONE;
  if (system === 'http://loinc.org') return LOINC.get(code) ?? NONE;
  if (system === 'http://www.whocc.no/atc')
    return CLASSES.flatMap(([name, { atc }]) => (covers(atc, code) ? name : []));
  if (!ICD10.test(system)) return NONE;
  const plain = code.toUpperCase().replaceAll('.', '');
  return CLASSES.flatMap(([name, { icd10 }]) => (covers(icd10, plain) ? name : []));
}
