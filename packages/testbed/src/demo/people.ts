import type { ClientRole, DemoUser } from '@anamnesis/node';
import {
  type CastKey,
  CHARACTER_NAMES,
  CIVIC_ETHICS,
  castPatientId,
  LUZ_NOVA,
  PROFESSIONALS,
  ST_ALDHELM,
} from '@anamnesis/population';
import type { Member } from '../organizations.ts';

/** Staff of every node: the token in the file, the name in the access log. */
export const STAFF: readonly { readonly role: ClientRole; readonly name: string; readonly actor: string }[] = [
  { role: 'clinician', name: 'Duty clinician', actor: 'Practitioner/duty' },
  { role: 'registrar', name: 'Registration desk', actor: 'Practitioner/desk' },
  { role: 'integrator', name: 'Integration engine', actor: 'Device/integration' },
  { role: 'operator', name: 'Operator', actor: 'Device/operator' },
  { role: 'auditor', name: 'Privacy office', actor: 'Practitioner/privacy' },
];

/** The clinician of Luz Nova is Dr Silva: what Maria sees in her access log is her name. */
export function staffOf(member: Member): typeof STAFF {
  if (member.key !== LUZ_NOVA.key) return STAFF;
  const { id, name } = PROFESSIONALS.silva;
  return STAFF.map((one) => (one.role === 'clinician' ? { ...one, name, actor: `Practitioner/${id}` } : one));
}

/** Patients who sign in by a click, where they are at home, and for whom they decide. */
export const DEMO_PATIENTS: readonly {
  readonly key: CastKey;
  readonly home: string;
  readonly decidesFor?: { readonly key: CastKey; readonly kind: 'child' | 'adult' };
}[] = [
  // Walter is her father, who has her look after his records.
  { key: 'maria', home: ST_ALDHELM.key, decidesFor: { key: 'walter', kind: 'adult' } },
  { key: 'devika', home: ST_ALDHELM.key },
  { key: 'rosa', home: LUZ_NOVA.key, decidesFor: { key: 'tomas', kind: 'child' } },
];

/** Who sits at the desk, runs the machines and guards privacy at the two hospitals; at the ethics board, who reviews emergencies. */
const OFFICES: Readonly<Record<string, Readonly<Partial<Record<'registrar' | 'operator' | 'auditor', string>>>>> = {
  [ST_ALDHELM.key]: { registrar: 'Owen Pryce', operator: 'Grace Lindqvist', auditor: 'Hannah Adeyemi' },
  [LUZ_NOVA.key]: { registrar: 'Teresa Vaz', operator: 'Nuno Brandão', auditor: 'Sofia Menezes' },
  [CIVIC_ETHICS.key]: { auditor: 'Miriam Castellan' },
};
const OFFICE_USERS = [
  ['registrar', 'Practitioner/desk'],
  ['operator', 'Practitioner/operator'],
  ['auditor', 'Practitioner/privacy'],
] as const;

/** Who signs in by a click on a name: at the hospitals people of every role, elsewhere the clinician. */
export function demoUsersOf(member: Member): readonly DemoUser[] {
  const clinicians = Object.values(PROFESSIONALS)
    .filter(({ organization }) => organization === member.key)
    .map(({ id, name }): DemoUser => ({ name, fhirUser: `Practitioner/${id}`, role: 'clinician' }));
  const duty = staffOf(member).filter(({ role, actor }) => role === 'clinician' && actor === 'Practitioner/duty');
  const staff = [
    ...clinicians,
    ...duty.map(({ name, actor }) => ({ name, fhirUser: actor, role: 'clinician' as const })),
  ];
  const offices = OFFICES[member.key] ?? {};
  return [
    ...staff,
    ...OFFICE_USERS.flatMap(([role, fhirUser]): DemoUser[] => {
      const name = offices[role];
      return name === undefined ? [] : [{ name, fhirUser, role }];
    }),
    ...DEMO_PATIENTS.filter(({ home }) => home === member.key).map(
      ({ key }): DemoUser => ({ name: CHARACTER_NAMES[key], fhirUser: `Patient/${castPatientId(key, member.key)}` }),
    ),
  ];
}
