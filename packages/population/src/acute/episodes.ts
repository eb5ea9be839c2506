/** What happens to people out of turn: infections, injuries, and the stays in hospital that some of them need. */

import { wording } from '../codes/concept.ts';
import { CONDITIONS } from '../codes/conditions.ts';
import { MEDICATIONS, type Medication } from '../codes/medications.ts';
import type { Life } from '../life.ts';
import type { OrganizationProfile } from '../organizations.ts';
import { diagnose } from '../records/condition.ts';
import { conditionReference, prescribe } from '../records/medication.ts';
import { writeNote } from '../records/note.ts';
import { takePressure, takeSickSigns } from '../records/observation.ts';
import { image, perform } from '../records/procedure.ts';
import type { Specialty } from '../staff.ts';
import { DAY } from '../time.ts';
import { closeVisit, openVisit, type Visit, type VisitKind } from '../visit.ts';

interface Episode {
  readonly condition: keyof typeof CONDITIONS;
  /** Cases a year at this age and sex. */
  readonly rate: (age: number, sex: 'female' | 'male') => number;
  readonly kind: VisitKind;
  readonly specialty: Specialty;
  /** Inflammation while it lasts, 0 to 1. */
  readonly severity: number;
  readonly days: number;
  readonly care?: (visit: Visit, reason: string) => void;
}

const child = (age: number) => (age < 6 ? 1 : age < 14 ? 0.45 : 0.15);

/** An antibiotic of the penicillins, or another for those who are allergic to them. */
function antibiotic(visit: Visit): Medication {
  return visit.life.allergies.has('penicillin') ? MEDICATIONS.clarithromycin : MEDICATIONS.amoxicillin;
}

const give = (medication: (visit: Visit) => Medication) => (visit: Visit, reason: string) => {
  prescribe(visit, medication(visit), conditionReference(reason));
};

const painkiller = (visit: Visit) =>
  visit.life.allergies.has('ibuprofen') || visit.age > 65 ? MEDICATIONS.paracetamol : MEDICATIONS.ibuprofen;

function setBone(visit: Visit, reason: string): void {
  perform(visit, 'immobilisation');
  prescribe(visit, painkiller(visit), conditionReference(reason));
}

/** Every episode that may happen, with its rate. */
export const EPISODES: readonly Episode[] = [
  {
    condition: 'cold',
    rate: (age) => 0.1 + child(age) * 0.3,
    kind: 'visit',
    specialty: 'general',
    severity: 0.12,
    days: 9,
  },
  {
    condition: 'soreThroat',
    rate: (age) => 0.03 + child(age) * 0.1,
    kind: 'visit',
    specialty: 'general',
    severity: 0.2,
    days: 8,
  },
  {
    condition: 'strepThroat',
    rate: (age) => child(age) * 0.07,
    kind: 'visit',
    specialty: 'general',
    severity: 0.3,
    days: 10,
    care: give((visit) =>
      visit.life.allergies.has('penicillin') ? MEDICATIONS.clarithromycin : MEDICATIONS.phenoxymethylpenicillin,
    ),
  },
  {
    condition: 'sinusitis',
    rate: (age) => (age > 12 ? 0.05 : 0.01),
    kind: 'visit',
    specialty: 'general',
    severity: 0.15,
    days: 16,
  },
  {
    condition: 'bronchitis',
    rate: (age) => 0.03 + Math.max(0, age - 50) * 0.002,
    kind: 'visit',
    specialty: 'general',
    severity: 0.25,
    days: 15,
  },
  {
    condition: 'earInfection',
    rate: (age) => (age < 7 ? 0.28 : 0.008),
    kind: 'visit',
    specialty: 'general',
    severity: 0.3,
    days: 8,
    care: give(antibiotic),
  },
  {
    condition: 'urinaryInfection',
    rate: (age, sex) => (age < 15 ? 0.008 : sex === 'female' ? 0.09 + age * 0.0006 : age > 60 ? 0.03 : 0.004),
    kind: 'visit',
    specialty: 'general',
    severity: 0.2,
    days: 8,
    care: give(() => MEDICATIONS.nitrofurantoin),
  },
  {
    condition: 'gastroenteritis',
    rate: (age) => 0.02 + child(age) * 0.1,
    kind: 'emergency',
    specialty: 'emergency',
    severity: 0.3,
    days: 5,
  },
  {
    condition: 'ankleSprain',
    rate: (age) => (age > 10 && age < 60 ? 0.022 : 0.006),
    kind: 'emergency',
    specialty: 'emergency',
    severity: 0,
    days: 25,
    care: (visit, reason) => prescribe(visit, painkiller(visit), conditionReference(reason)),
  },
  {
    condition: 'wristFracture',
    rate: (age, sex) => (age < 16 ? 0.009 : age > 60 && sex === 'female' ? 0.012 : 0.003),
    kind: 'emergency',
    specialty: 'emergency',
    severity: 0,
    days: 55,
    care(visit, reason) {
      image(visit, 'wristXray', {
        en: 'Break at the end of the radius, slightly tilted back.',
        pt: 'Fratura da extremidade do rádio, com ligeira inclinação dorsal.',
      });
      setBone(visit, reason);
    },
  },
  {
    condition: 'forearmFracture',
    rate: (age) => (age < 16 ? 0.007 : 0.0015),
    kind: 'emergency',
    specialty: 'orthopaedics',
    severity: 0,
    days: 60,
    care: setBone,
  },
  {
    condition: 'ankleFracture',
    rate: (age) => (age > 14 ? 0.003 : 0.001),
    kind: 'emergency',
    specialty: 'orthopaedics',
    severity: 0,
    days: 70,
    care: setBone,
  },
  {
    condition: 'pneumonia',
    rate: (age) => (age < 4 ? 0.012 : age > 65 ? 0.014 + (age - 65) * 0.0014 : 0.003),
    kind: 'stay',
    specialty: 'internal',
    severity: 0.85,
    days: 28,
    care(visit, reason) {
      image(visit, 'chestXray', {
        en: 'Shadow in the lower right lung, fits pneumonia.',
        pt: 'Opacidade no lobo inferior direito, compatível com pneumonia.',
      });
      prescribe(visit, antibiotic(visit), conditionReference(reason));
    },
  },
  {
    condition: 'appendicitis',
    rate: (age) => (age > 6 && age < 45 ? 0.0022 : 0.0007),
    kind: 'stay',
    specialty: 'internal',
    severity: 0.7,
    days: 21,
    care(visit, reason) {
      perform(visit, 'appendectomy', visit.time + 5 * 3_600_000);
      prescribe(visit, MEDICATIONS.paracetamol, conditionReference(reason));
    },
  },
];

/** Writes one episode into the chart of the hospital where the patient turned up. */
export function runEpisode(life: Life, episode: Episode, hospital: OrganizationProfile, time: number): void {
  const { body, random } = life;
  const concept = CONDITIONS[episode.condition];
  const before = body.inflammation;
  body.inflammation = Math.min(1, episode.severity * random.between(0.75, 1.15));
  const visit = openVisit(life, {
    organization: hospital,
    kind: episode.kind,
    type: episode.kind === 'stay' ? 'admission' : episode.kind === 'emergency' ? 'emergency' : 'problem',
    time,
    ...(episode.kind === 'visit'
      ? {}
      : { length: episode.kind === 'stay' ? random.between(2.2, 8) * DAY : random.between(0.08, 0.3) * DAY }),
    specialty:
      life.person.birth > time - 15 * 365 * DAY && episode.specialty === 'general' ? 'paediatrics' : episode.specialty,
    reason: concept,
  });
  const diagnosis = diagnose(visit, concept, episode.days);
  takeSickSigns(visit);
  if (visit.age > 12) takePressure(visit);
  if (episode.kind === 'stay') visit.orders.add('bloodCount').add('metabolic').add('cReactive');
  else if (episode.severity >= 0.3 && episode.kind === 'emergency') visit.orders.add('bloodCount').add('cReactive');
  episode.care?.(visit, diagnosis.id);
  const words = wording(concept, hospital.language);
  const opening =
    hospital.language === 'pt-PT'
      ? `${episode.kind === 'stay' ? 'Internado por' : 'Motivo'}: ${words}.`
      : `${episode.kind === 'stay' ? 'Admitted for' : 'Seen for'}: ${words}.`;
  if (episode.kind !== 'visit') writeNote(visit, episode.kind === 'stay' ? 'discharge' : 'emergency', opening);
  closeVisit(visit);
  body.inflammation = before;
}

/** Draws the times of all episodes between two moments: each kind is a Poisson process whose rate follows age. */
export function drawEpisodes(life: Life): { readonly time: number; readonly episode: Episode }[] {
  const { person, random, from, until } = life;
  const drawn: { time: number; episode: Episode }[] = [];
  const step = 365 * DAY;
  for (let start = from; start < until; start += step) {
    const length = Math.min(step, until - start);
    const age = Math.max(0, (start - person.birth) / (365.25 * DAY));
    for (const episode of EPISODES) {
      if (!random.chance(Math.min(0.9, episode.rate(age, person.sex) * (length / step)))) continue;
      drawn.push({ time: start + random.next() * length, episode });
    }
  }
  return drawn;
}
