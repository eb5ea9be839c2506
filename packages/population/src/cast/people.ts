/** The named people of the demo: who they are, what they live with. Invented, like everybody here. */
import type { HumanName } from '@medplum/fhirtypes';
import { LUZ_NOVA, type OrganizationProfile, ST_ALDHELM } from '../organizations.ts';
import type { Person } from '../person.ts';
import { timeOf } from '../time.ts';

export type CastKey = 'maria' | 'rosa' | 'tomas' | 'walter' | 'devika';

/** A named person with the illnesses she has had, by key and date of diagnosis. */
export interface Character {
  readonly person: Person;
  /** One sentence for people who read the demo. */
  readonly story: string;
  readonly illnesses: Readonly<Record<string, string>>;
  readonly insured: boolean;
}

function name(given: string, family: string): HumanName {
  return { use: 'official', text: `${given} ${family}`, family, given: [given] };
}

type Traits = Pick<Person, 'sex' | 'culture' | 'names' | 'height' | 'bodyMass' | 'smoking'> &
  Partial<Pick<Person, 'strain'>>;

function person(
  key: CastKey,
  index: number,
  birth: string,
  home: OrganizationProfile,
  line: string,
  city: string,
  postalCode: string,
  traits: Traits,
): Person {
  return {
    key: `cast/${key}`,
    index,
    birth: timeOf(birth),
    home,
    country: home.country,
    address: { use: 'home', line: [line], city, postalCode, country: home.country },
    telecom: [{ system: 'email', value: `${key}@example.org`, use: 'home' }],
    strain: 0.4,
    worry: 0,
    ...traits,
  };
}

/** Indexes far above any demo population, so that test NHS numbers do not meet. */
export const CHARACTERS: Readonly<Record<CastKey, Character>> = {
  maria: {
    person: person('maria', 990_002, '1967-05-14', ST_ALDHELM, '3 Lantern Street', 'Sherborne', 'DT9 3QH', {
      sex: 'female',
      culture: 'GB',
      names: [name('Maria', 'Hale')],
      height: 165,
      bodyMass: 28.4,
      smoking: 'former',
    }),
    story:
      'Breaks her wrist in Lisbon: diabetes, an anticoagulant, allergies to penicillin and latex that the hospital there must know.',
    illnesses: {
      hypertension: '2014-02-11',
      diabetes: '2016-09-20',
      hyperlipidaemia: '2017-01-16',
      depression: '2021-03-08',
      fibrillation: '2023-02-06',
    },
    insured: true,
  },
  rosa: {
    person: person('rosa', 990_004, '1993-11-02', LUZ_NOVA, 'Rua das Andorinhas, 27', 'Lisboa', '1000-114', {
      sex: 'female',
      culture: 'PT',
      names: [name('Rosa', 'Fontemoura')],
      height: 162,
      bodyMass: 23.1,
      smoking: 'never',
    }),
    story: 'Mother of Tomás; asthma since childhood, short of iron after the birth.',
    illnesses: { asthma: '2001-04-18', iron: '2023-09-04' },
    insured: false,
  },
  tomas: {
    person: person('tomas', 990_005, '2023-06-21', LUZ_NOVA, 'Rua das Andorinhas, 27', 'Lisboa', '1000-114', {
      sex: 'male',
      culture: 'PT',
      names: [name('Tomás', 'Fontemoura')],
      height: 178,
      bodyMass: 24,
      smoking: 'never',
    }),
    story: 'Three years old, allergic to egg; his mother decides for him.',
    illnesses: {},
    insured: false,
  },
  walter: {
    person: person('walter', 990_006, '1946-01-30', ST_ALDHELM, '12 Kiln Row', 'Yeovil', 'BA20 1FT', {
      sex: 'male',
      culture: 'GB',
      names: [name('Walter', 'Grieve')],
      strain: 1.8,
      height: 174,
      bodyMass: 27.2,
      smoking: 'former',
    }),
    story: 'His kidneys decline slowly; six years of results show it.',
    illnesses: {
      hypertension: '2003-05-12',
      diabetes: '2008-10-01',
      kidney: '2017-03-27',
      hyperlipidaemia: '2009-02-02',
    },
    insured: true,
  },
  devika: {
    person: person('devika', 990_007, '1990-08-09', ST_ALDHELM, '41 Orchard Rise', 'Dorchester', 'DT1 2LW', {
      sex: 'female',
      culture: 'IN',
      names: [name('Devika', 'Vanmali'), { use: 'usual', text: 'देविका वनमाली', family: 'वनमाली', given: ['देविका'] }],
      height: 159,
      bodyMass: 22.6,
      smoking: 'never',
    }),
    story: 'Shares her thyroid results with anybody who treats her, her HIV record with nobody she did not choose.',
    illnesses: { hypothyroidism: '2018-06-14', hiv: '2019-10-22', anxiety: '2025-11-17' },
    insured: true,
  },
};
