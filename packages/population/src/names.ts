/**
 * Invented people's names, by culture, from our own short lists. Where the culture writes another script the name is given in both.
 * Any likeness to a living person is chance; every resource carries the HTEST tag besides.
 */
import type { HumanName } from '@medplum/fhirtypes';
import type { Random } from './random.ts';

export type Culture = 'GB' | 'PT' | 'DE' | 'IN' | 'EG' | 'GR' | 'JP';

/** A name part in Latin letters and, where there is one, in its own script. */
type Part = readonly [latin: string, native?: string];

interface NameList {
  readonly female: readonly Part[];
  readonly male: readonly Part[];
  readonly family: readonly Part[];
  /** The order in which the native form is written. */
  readonly familyFirst?: boolean;
}

function latin(list: string): Part[] {
  return list.split(' ').map((name): Part => [name]);
}

const NAMES: Record<Culture, NameList> = {
  GB: {
    female: latin(
      'Alice Beatrix Clara Edith Fern Greta Hazel Iris Joan Kitty Lydia Maud Nora Olive Petra Rowan Sylvie Tess',
    ),
    male: latin(
      'Alban Basil Cedric Dunstan Edgar Felix Giles Hugh Ivor Jasper Kit Leonard Miles Ned Oswin Percy Rufus Silas',
    ),
    family: latin(
      'Ashcombe Brackenridge Copperfold Dunnock Elmhurst Fernsby Gorsedale Hollowell Inkpenfield Larkstead Merrowby Nettlefold Oxenholt Pellbrook Quillford Rushbeck Thistleby Winterbourn Yarrowley',
    ),
  },
  PT: {
    female: latin(
      'Amália Benedita Carlota Dulce Eugénia Filipa Graça Inês Joana Leonor Marisa Noémia Odete Piedade Rosalina',
    ),
    male: latin(
      'Afonso Baltasar Caetano Dinis Estêvão Firmino Gaspar Henrique Ivo Joaquim Lourenço Martim Nuno Osvaldo Xavier',
    ),
    family: latin(
      'Alvelares Bragalves Cordovão Dornelães Espadanal Fontemoura Guardadouro Loureiral Montalves Penedalva Ribeiranova Sobrosa Tavoraz Valfreixo',
    ),
  },
  DE: {
    female: latin('Annegret Birte Dörte Elke Frieda Gundula Heike Käthe Lieselotte Ottilie Renate Ute'),
    male: latin('Arnulf Bernd Detlef Eckhard Frieder Gernot Holger Jürgen Lothar Ruprecht Sönke Volker'),
    family: latin(
      'Ackerwinkel Birkenstolz Eichgräber Föhrenthal Grünwaldau Hohlbrück Kranichstedt Moosbühl Rebhügel Tannröder',
    ),
  },
  IN: {
    female: [
      ['Aarohi', 'आरोही'],
      ['Bhavani', 'भवानी'],
      ['Devika', 'देविका'],
      ['Ishani', 'ईशानी'],
      ['Kaveri', 'कावेरी'],
      ['Meenal', 'मीनल'],
      ['Sarita', 'सरिता'],
    ],
    male: [
      ['Anirudh', 'अनिरुद्ध'],
      ['Bhaskar', 'भास्कर'],
      ['Devdas', 'देवदास'],
      ['Girish', 'गिरीश'],
      ['Kishor', 'किशोर'],
      ['Mohan', 'मोहन'],
      ['Tarun', 'तरुण'],
    ],
    family: [
      ['Amrutwar', 'अमृतवार'],
      ['Chandravat', 'चंद्रावत'],
      ['Devgiri', 'देवगिरी'],
      ['Nilparvat', 'नीलपर्वत'],
      ['Suryakanti', 'सूर्यकांती'],
      ['Vanmali', 'वनमाली'],
    ],
  },
  EG: {
    female: [
      ['Amina', 'أمينة'],
      ['Dalal', 'دلال'],
      ['Farida', 'فريدة'],
      ['Layla', 'ليلى'],
      ['Nadia', 'نادية'],
      ['Salma', 'سلمى'],
    ],
    male: [
      ['Adel', 'عادل'],
      ['Bassem', 'باسم'],
      ['Fathi', 'فتحي'],
      ['Karim', 'كريم'],
      ['Nabil', 'نبيل'],
      ['Tarek', 'طارق'],
    ],
    family: [
      ['El-Nakhlawi', 'النخلاوي'],
      ['El-Wahati', 'الواحاتي'],
      ['El-Bostani', 'البستاني'],
      ['El-Qamari', 'القمري'],
      ['El-Yasmini', 'الياسميني'],
    ],
  },
  GR: {
    female: [
      ['Anthi', 'Ανθή'],
      ['Danai', 'Δανάη'],
      ['Fotini', 'Φωτεινή'],
      ['Kalliopi', 'Καλλιόπη'],
      ['Thalia', 'Θάλεια'],
    ],
    male: [
      ['Aris', 'Άρης'],
      ['Fivos', 'Φοίβος'],
      ['Leandros', 'Λέανδρος'],
      ['Orestis', 'Ορέστης'],
      ['Stathis', 'Στάθης'],
    ],
    family: [
      ['Elaionas', 'Ελαιώνας'],
      ['Kyparissis', 'Κυπαρίσσης'],
      ['Melissinou', 'Μελισσηνού'],
      ['Thymaris', 'Θυμάρης'],
    ],
  },
  JP: {
    female: [
      ['Akane', '茜'],
      ['Chiyo', '千代'],
      ['Fumiko', '文子'],
      ['Sumire', 'すみれ'],
      ['Yukino', '雪乃'],
    ],
    male: [
      ['Daichi', '大地'],
      ['Haruki', '春樹'],
      ['Kenzo', '健三'],
      ['Shinya', '真也'],
      ['Takeru', '武'],
    ],
    family: [
      ['Asagiri', '朝霧'],
      ['Hanamori', '花森'],
      ['Kazahaya', '風早'],
      ['Tsukishiro', '月城'],
    ],
    familyFirst: true,
  },
};

/** Where the people who live in a country come from, roughly, so that records carry several scripts. */
const CULTURES: Record<string, readonly (readonly [Culture, number])[]> = {
  GB: [
    ['GB', 78],
    ['IN', 9],
    ['PT', 3],
    ['DE', 3],
    ['EG', 3],
    ['GR', 2],
    ['JP', 2],
  ],
  PT: [
    ['PT', 86],
    ['GB', 4],
    ['DE', 3],
    ['IN', 3],
    ['EG', 2],
    ['GR', 1],
    ['JP', 1],
  ],
};

/** Draws a culture for somebody who lives in this country (ISO 3166-1 alpha-2). */
export function drawCulture(random: Random, country: string): Culture {
  return random.weighted(
    CULTURES[country] ?? [
      ['GB', 1],
      ['PT', 1],
      ['DE', 1],
      ['IN', 1],
      ['EG', 1],
      ['GR', 1],
      ['JP', 1],
    ],
  );
}

/** Draws a name: the Latin form first (`official`), then the native form (`usual`) when there is one. */
export function drawName(random: Random, culture: Culture, sex: 'female' | 'male'): HumanName[] {
  const list = NAMES[culture];
  const given = random.pick(list[sex]);
  const family = random.pick(list.family);
  const second = culture === 'PT' ? random.pick(list.family)[0] : undefined;
  const surname = second === undefined || second === family[0] ? family[0] : `${family[0]} ${second}`;
  const names: HumanName[] = [{ use: 'official', text: `${given[0]} ${surname}`, family: surname, given: [given[0]] }];
  if (given[1] !== undefined && family[1] !== undefined) {
    const text = list.familyFirst ? `${family[1]} ${given[1]}` : `${given[1]} ${family[1]}`;
    names.push({ use: 'usual', text, family: family[1], given: [given[1]] });
  }
  return names;
}
