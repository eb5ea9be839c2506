import {
  ACT_CODE,
  ACT_REASON,
  CATEGORY,
  CONFIDENTIALITY,
  coding,
  concept,
  data,
  directive,
  except,
  ICD,
  LOINC,
  onlyPermit,
  organization,
  person,
  policy,
  TYPES,
} from './directives.fixture.ts';
import { and, type Case, current, inCategory, inYears, mine, not, open, SILVA, within } from './oracle.fixture.ts';

/** Directives of hers (FHIR Consents), and the organisation's policy, under a consent that opens everything. */
export const DIRECTIVE_CASES: readonly Case[] = [
  { name: 'directive: nobody', terms: open, directives: [directive({ type: 'deny' })], released: 'refused' },
  {
    name: 'directive: opted out by the policy rule alone',
    directives: [directive({}, { policyRule: concept(ACT_CODE, 'OPTOUT'), provision: undefined })],
    released: 'refused',
  },
  { name: 'directive: not this organisation', directives: [except({ actor: [organization(2)] })], released: 'refused' },
  {
    name: 'directive: not another organisation',
    terms: open,
    directives: [except({ actor: [organization(3)] })],
    released: mine,
  },
  {
    name: 'directive: not this code',
    terms: open,
    directives: [except({ code: [concept(LOINC, '2345-7')] })],
    released: and(mine, current, ({ code }) => code !== '2345-7'),
  },
  {
    name: 'directive: a code that only an older version had',
    ...{ terms: open, directives: [except({ code: [concept(ICD, 'E10.9')] })] },
    released: and(mine, current, ({ code }) => code !== 'E10.9'),
  },
  {
    name: 'directive: not this type',
    terms: open,
    directives: [except({ class: [coding(TYPES, 'Condition')] })],
    released: and(mine, ({ type }) => type !== 'Condition'),
  },
  {
    name: 'directive: not this category',
    terms: open,
    directives: [except({ class: [coding(CATEGORY, 'laboratory')] })],
    released: and(mine, not(inCategory('laboratory'))),
  },
  {
    name: 'directive: not what is labelled HIV',
    terms: open,
    directives: [except({ securityLabel: [coding(ACT_CODE, 'HIV')] })],
    released: and(mine, ({ classes: own }) => !own.includes('hiv')),
  },
  {
    name: 'directive: nothing restricted',
    terms: open,
    directives: [except({ securityLabel: [coding(CONFIDENTIALITY, 'R')] })],
    released: and(mine, within()),
  },
  {
    name: 'directive: only what is normal',
    terms: open,
    directives: [onlyPermit({ securityLabel: [coding(CONFIDENTIALITY, 'N')] })],
    released: and(mine, within()),
  },
  {
    name: 'directive: not care since 2022',
    ...{ terms: open, directives: [except({ dataPeriod: { start: '2022-01-01' } })] },
    released: and(mine, (one) => one.type === 'Patient' || (one.year !== null && one.year < 2022)),
  },
  {
    name: 'directive: only care of 2023',
    terms: open,
    directives: [onlyPermit({ dataPeriod: { start: '2023', end: '2023' } })],
    released: and(mine, inYears(2023, 2024)),
  },
  {
    name: 'directive: not what Moss wrote',
    terms: open,
    directives: [except(data('authoredby', 'Practitioner/moss'))],
    released: and(mine, current, ({ author }) => author !== 'moss'),
  },
  {
    name: 'directive: not this record',
    terms: open,
    directives: [except(data('instance', 'Observation/glucose'))],
    released: and(mine, ({ id }) => id !== 'glucose'),
  },
  {
    name: 'directive: not this record nor what refers to it',
    ...{ terms: open, directives: [except(data('dependents', 'Condition/diabetes'))] },
    released: and(mine, current, ({ id }) => id !== 'diabetes' && id !== 'metformin'),
  },
  {
    name: 'directive: not what is related to this record',
    ...{ terms: open, directives: [except(data('related', 'Observation/pressure'))] },
    // Her Patient is what it refers to, too.
    released: and(mine, current, ({ id }) => !['pressure', 'hiv', 'maria'].includes(id)),
  },
  {
    name: 'directive: not this person, who asks',
    terms: open,
    directives: [except({ actor: [person('https://luz.example/fhir/R4/Practitioner/silva')] })],
    practitioner: SILVA,
    released: 'refused',
  },
  {
    name: 'directive: not this person, another asks',
    terms: open,
    directives: [except({ actor: [person('https://luz.example/fhir/R4/Practitioner/silva')] })],
    practitioner: 'Practitioner/other',
    released: mine,
  },
  {
    name: 'directive: not a Group, of which she is a member',
    ...{ terms: open, practitioner: SILVA },
    directives: [
      {
        resourceType: 'Group',
        id: 'barred',
        type: 'practitioner',
        actual: true,
        member: [{ entity: { reference: 'https://luz.example/fhir/R4/Practitioner/silva' } }],
      },
      except({ actor: [person('Group/barred')] }),
    ],
    released: 'refused',
  },
  {
    name: 'directive: not for payment, asked to treat',
    terms: open,
    directives: [except({ purpose: [coding(ACT_REASON, 'HPAYMT')] })],
    released: mine,
  },
  {
    name: 'directive: not to treat',
    terms: open,
    directives: [except({ purpose: [coding(ACT_REASON, 'TREAT')] })],
    released: 'refused',
  },
  {
    name: 'directive: not to be released',
    terms: open,
    directives: [except({ action: [concept('http://terminology.hl7.org/CodeSystem/consentaction', 'disclose')] })],
    released: 'refused',
  },
  {
    name: 'directive, nested: nothing but laboratory, and of it not haemoglobin',
    terms: open,
    directives: [
      directive({
        type: 'deny',
        provision: [
          {
            type: 'permit',
            class: [coding(CATEGORY, 'laboratory')],
            provision: [{ type: 'deny', code: [concept(LOINC, '718-7')] }],
          },
        ],
      }),
    ],
    released: and(mine, current, inCategory('laboratory'), ({ code }) => code !== '718-7'),
  },
  {
    name: 'directives in conflict: one that denies wins',
    ...{
      terms: open,
      directives: [
        onlyPermit({ class: [coding(CATEGORY, 'laboratory')] }),
        except({ code: [concept(LOINC, '2345-7')] }),
      ],
    },
    released: and(mine, current, inCategory('laboratory'), ({ code }) => code !== '2345-7'),
  },
  {
    name: 'directive: a period that is over',
    terms: open,
    directives: [except({ period: { end: '2020-01-01' } })],
    released: mine,
  },
  {
    name: 'directive: no longer active',
    terms: open,
    directives: [directive({ type: 'deny' }, { status: 'inactive' })],
    released: mine,
  },
  {
    name: 'directive: an exception that is not understood permits nothing',
    terms: open,
    directives: [onlyPermit({ class: [coding('urn:other', 'x')] })],
    released: 'refused',
  },
  {
    name: 'directive: a denial that is not understood denies more',
    ...{
      terms: open,
      directives: [
        except({ class: [coding(TYPES, 'Condition')], modifierExtension: [{ url: 'urn:unless', valueBoolean: true }] }),
      ],
    },
    released: and(mine, ({ type }) => type !== 'Condition'),
  },
  {
    name: 'policy: no substance use leaves the house, but she permits it',
    terms: open,
    directives: [
      policy({ securityLabel: [coding(ACT_CODE, 'ETH'), coding(ACT_CODE, 'HIV')] }),
      directive({ type: 'permit', securityLabel: [coding(ACT_CODE, 'ETH')] }),
    ],
    released: and(mine, ({ classes: own }) => !own.includes('hiv')),
  },
  {
    name: 'policy: only laboratory leaves the house',
    terms: open,
    directives: [policy({}, { class: [coding(CATEGORY, 'laboratory')] })],
    released: and(mine, inCategory('laboratory')),
  },
];

/** Staff of the custodian, who are bound by what names them. */
export const STAFF_CASES: readonly Case[] = [
  { name: 'staff: everything, where nothing is directed', staff: true, released: () => true },
  {
    name: 'staff: what is said of everybody binds others, not who treats her here',
    staff: true,
    directives: [directive({ type: 'deny' })],
    released: () => true,
  },
  {
    name: 'staff: a clinician who is not to see her conditions',
    ...{
      staff: true as const,
      directives: [except({ actor: [person('Practitioner/clinician')], class: [coding(TYPES, 'Condition')] })],
    },
    released: (one) => !(one.patient === 'maria' && one.type === 'Condition'),
  },
  {
    name: 'staff: a clinician who is to see nothing of hers; a Provenance of it is withheld with it',
    ...{ staff: true as const, directives: [except({ actor: [person('Practitioner/clinician')] })] },
    released: (one) => one.patient !== 'maria' && one.id !== 'source',
  },
  {
    name: 'staff: whoever has this role here',
    staff: true,
    directives: [
      { resourceType: 'PractitionerRole', id: 'ward', practitioner: { reference: 'Practitioner/clinician' } },
      except({ actor: [person('PractitionerRole/ward')], securityLabel: [coding(ACT_CODE, 'HIV')] }),
    ],
    released: (one) => !one.classes.includes('hiv') && one.id !== 'source',
  },
  {
    name: 'staff: this organisation, of what Moss wrote',
    ...{
      staff: true as const,
      directives: [except({ actor: [organization(1)], ...data('authoredby', 'Practitioner/moss') })],
    },
    released: (one) => !(one.patient === 'maria' && (one.old || one.author === 'moss')) && one.id !== 'source',
  },
];
