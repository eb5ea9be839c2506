/** Who works where. Staff belong to the organisation, not to the seed, so that two populations and the cast share one hospital. */
import type { HumanName } from '@medplum/fhirtypes';
import { type Concept, SNOMED } from './codes/concept.ts';
import { drawName } from './names.ts';
import { type OrganizationProfile, STAFF_SYSTEM } from './organizations.ts';
import { namedUuid, openRandom } from './random.ts';

export type Specialty =
  | 'general'
  | 'internal'
  | 'emergency'
  | 'paediatrics'
  | 'obstetrics'
  | 'psychiatry'
  | 'orthopaedics'
  | 'laboratory';

export interface StaffMember {
  /** Value of the staff identifier, unique everywhere: `<organisation key>-<number>`. */
  readonly number: string;
  readonly name: HumanName;
  readonly gender: 'female' | 'male';
  readonly specialty: Specialty;
  /** Named members have a Practitioner id of their own; the others get one from the server. */
  readonly id?: string;
}

/** Specialties (SNOMED CT), in our own words. */
export const SPECIALTIES: Record<Specialty, Concept> = {
  general: { system: SNOMED, code: '394814009', en: 'General practice', pt: 'Medicina geral' },
  internal: { system: SNOMED, code: '419192003', en: 'Internal medicine', pt: 'Medicina interna' },
  emergency: { system: SNOMED, code: '773568002', en: 'Emergency medicine', pt: 'Medicina de urgência' },
  paediatrics: { system: SNOMED, code: '394537008', en: 'Children’s medicine', pt: 'Pediatria' },
  obstetrics: { system: SNOMED, code: '394585009', en: 'Obstetrics and gynaecology', pt: 'Obstetrícia e ginecologia' },
  psychiatry: { system: SNOMED, code: '394587001', en: 'Psychiatry', pt: 'Psiquiatria' },
  orthopaedics: { system: SNOMED, code: '394801008', en: 'Bones and joints', pt: 'Ortopedia' },
  laboratory: { system: SNOMED, code: '394915009', en: 'Laboratory medicine', pt: 'Medicina laboratorial' },
};

/** The named members of the cast; they take the first numbers of their organisation. */
const NAMED: Record<string, readonly Omit<StaffMember, 'number'>[]> = {
  'st-aldhelm': [
    person('Dr', 'Thomas', 'Okafor', 'male', 'internal'),
    person('Dr', 'Ruth', 'Ellerby', 'female', 'general'),
  ],
  'luz-nova': [person('Dr', 'Inês', 'Silva', 'female', 'emergency')],
  meridian: [person('Ms', 'Farah', 'Quillan', 'female', 'laboratory')],
};

function person(prefix: string, given: string, family: string, gender: 'female' | 'male', specialty: Specialty) {
  const name: HumanName = {
    use: 'official',
    text: `${prefix} ${given} ${family}`,
    family,
    given: [given],
    prefix: [prefix],
  };
  return { name, gender, specialty, id: namedUuid(`Practitioner ${given} ${family}`) };
}

const HOSPITAL: readonly Specialty[] = [
  'general',
  'general',
  'general',
  'general',
  'internal',
  'internal',
  'emergency',
  'emergency',
  'paediatrics',
  'paediatrics',
  'obstetrics',
  'psychiatry',
  'orthopaedics',
];
const LABORATORY: readonly Specialty[] = ['laboratory', 'laboratory'];

const known = new Map<string, readonly StaffMember[]>();

/** The staff of an organisation; payers, sponsors and boards have none in the clinical record. */
export function staffOf(organization: OrganizationProfile): readonly StaffMember[] {
  const name = `${organization.key} ${organization.kind} ${organization.country}`;
  const before = known.get(name);
  if (before !== undefined) return before;
  const random = openRandom(`staff ${organization.key}`);
  const drawn = (
    organization.kind === 'hospital' ? HOSPITAL : organization.kind === 'laboratory' ? LABORATORY : []
  ).map((specialty): Omit<StaffMember, 'number'> => {
    const gender = random.chance(0.5) ? 'female' : 'male';
    const [name] = drawName(random, organization.country === 'PT' ? 'PT' : 'GB', gender);
    return { name: name ?? {}, gender, specialty };
  });
  const staff = [...(NAMED[organization.key] ?? []), ...drawn].map((member, index) => ({
    ...member,
    number: `${organization.key}-${String(index + 1).padStart(2, '0')}`,
  }));
  known.set(name, staff);
  return staff;
}

/** The conditional reference by which every resource names a member of staff. */
export function staffReference(member: StaffMember): { reference: string; display: string } {
  return {
    reference: `Practitioner?identifier=${STAFF_SYSTEM}|${member.number}`,
    display: member.name.text ?? member.number,
  };
}
