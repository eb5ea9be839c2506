import type { OfferedPart } from '../../modules/smart/index.ts';

/** Resource types in the words of people who are no programmers. */
const TYPES: Readonly<Record<string, string>> = {
  '*': 'everything in the record',
  Patient: 'name, birth date and contact details',
  AllergyIntolerance: 'allergies',
  Appointment: 'appointments',
  CarePlan: 'care plans',
  CareTeam: 'the care team',
  Claim: 'claims',
  Condition: 'problems and diagnoses',
  Consent: 'consents',
  Coverage: 'insurance',
  Device: 'devices and implants',
  DiagnosticReport: 'reports of examinations',
  DocumentReference: 'documents and notes',
  Encounter: 'visits and stays',
  FamilyMemberHistory: 'family history',
  Goal: 'goals of treatment',
  Immunization: 'vaccinations',
  Location: 'places of care',
  Medication: 'medicines',
  MedicationAdministration: 'medicines given',
  MedicationDispense: 'medicines handed out',
  MedicationRequest: 'prescriptions',
  MedicationStatement: 'medicines taken',
  Observation: 'measurements and test results',
  Organization: 'organisations',
  Practitioner: 'doctors, nurses and other staff',
  PractitionerRole: 'roles of staff',
  Procedure: 'operations and procedures',
  Provenance: 'where records come from',
  QuestionnaireResponse: 'filled-in questionnaires',
  RelatedPerson: 'relatives and contacts',
  ServiceRequest: 'orders and referrals',
};

/** `MedicationRequest` as people say it. */
export function typeInWords(type: string): string {
  return TYPES[type] ?? type.replace(/(?!^)[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).toLowerCase();
}

const VERBS: Readonly<Record<string, string>> = { c: 'Add', u: 'Change', d: 'Delete' };

/** What a choice on the consent page lets the app do. `own`: the user is a patient. */
export function partInWords({ scope }: OfferedPart, own: boolean): { readonly title: string; readonly hint: string } {
  const { actions, type, criteria, level } = scope;
  const verbs =
    actions === 'rs'
      ? 'See'
      : actions === 'r'
        ? 'Open'
        : actions === 's'
          ? 'Search'
          : [...actions].map((letter) => VERBS[letter]).join(', ');
  const verb = verbs.charAt(0) + verbs.slice(1).toLowerCase();
  const others = level === 'patient' ? 'Of this patient only' : 'Of every patient whom you may see yourself';
  const whose = own ? 'Of your own record only' : others;
  return {
    title: `${verb}: ${typeInWords(type)}`,
    hint: criteria === null ? whose : `${whose}; only where ${criteriaInWords(criteria)}`,
  };
}

function criteriaInWords(criteria: string): string {
  return [...new URLSearchParams(criteria)]
    .map(
      ([name, value]) =>
        `${name.replaceAll('-', ' ')} is ${value
          .split(',')
          .map((one) => one.replace(/^.*\|/, ''))
          .join(' or ')}`,
    )
    .join(' and ');
}

/** What a scope that is no record's lets the app know. */
export const CONTEXT_WORDS: Readonly<Record<string, string>> = {
  openid: 'Know that it is you',
  profile: 'Know your name',
  fhirUser: 'Know who you are here',
  launch: 'Know which record it was opened from',
  'launch/patient': 'Know whose record you choose',
  'launch/encounter': 'Know which visit you choose',
  online_access: 'Stay connected while you are signed in',
  offline_access: 'Stay connected when you are away, until you or the organisation ends it',
};
