/** What happens to the cast beyond routine care: scripted visits, at fixed dates. */
import type { RelatedPerson } from '@medplum/fhirtypes';
import { EPISODES, runEpisode } from '../acute/episodes.ts';
import { pregnancyEvents } from '../acute/pregnancy.ts';
import type { Event } from '../agenda.ts';
import { file } from '../chart.ts';
import { hl7 } from '../codes/concept.ts';
import { CONDITIONS } from '../codes/conditions.ts';
import { chartOf, type Life } from '../life.ts';
import { LUZ_NOVA, ST_ALDHELM } from '../organizations.ts';
import { noteAllergy } from '../records/allergy.ts';
import { diagnose } from '../records/condition.ts';
import { writeNote } from '../records/note.ts';
import { takePressure, takeSickSigns } from '../records/observation.ts';
import { image, perform } from '../records/procedure.ts';
import { staffOf } from '../staff.ts';
import { DAY, HOUR, timeOf } from '../time.ts';
import { closeVisit, openVisit } from '../visit.ts';
import { type CastKey, CHARACTERS } from './people.ts';

type Story = (life: Life) => readonly Event[];

/** Maria: allergies told at a visit, a CT after a fall, and a broken wrist far from home, seen by Dr Silva. */
const maria: Story = (life) => [
  {
    time: timeOf('2021-01-18T09:20:00Z'),
    run(time) {
      const visit = openVisit(life, {
        organization: ST_ALDHELM,
        kind: 'visit',
        type: 'checkUp',
        time,
        specialty: 'general',
      });
      noteAllergy(visit, 'penicillin', 'anaphylaxis', 'severe', timeOf('1998-03-01'));
      noteAllergy(visit, 'latex', 'hives', 'moderate', timeOf('2009-07-01'));
      visit.notes.push('Anaphylaxis to penicillin in 1998, hives from latex gloves since 2009.');
      writeNote(visit, 'progress', 'Allergies reviewed.');
      closeVisit(visit);
    },
  },
  {
    time: timeOf('2026-10-24T14:10:00Z'),
    run(time) {
      const visit = openVisit(life, {
        organization: ST_ALDHELM,
        kind: 'emergency',
        type: 'emergency',
        time,
        length: 4 * HOUR,
        specialty: 'emergency',
        ...clinician(ST_ALDHELM, 'Okafor'),
      });
      takePressure(visit);
      image(visit, 'headScan', {
        en: 'No bleeding and no fracture. Done because of a fall while taking an anticoagulant.',
        pt: 'Sem hemorragia nem fratura. Pedida por queda sob anticoagulante.',
      });
      visit.orders.add('bloodCount').add('metabolic').add('clotting');
      writeNote(visit, 'emergency', 'Slipped on wet stairs, knocked her head; well, no loss of memory.');
      closeVisit(visit);
    },
  },
  {
    time: timeOf('2026-10-30T18:40:00Z'),
    run(time) {
      const visit = openVisit(life, {
        organization: LUZ_NOVA,
        kind: 'emergency',
        type: 'emergency',
        time,
        length: 3 * HOUR,
        specialty: 'emergency',
        reason: CONDITIONS.wristFracture,
        ...clinician(LUZ_NOVA, 'Silva'),
      });
      diagnose(visit, CONDITIONS.wristFracture, 60);
      takeSickSigns(visit);
      takePressure(visit);
      image(visit, 'wristXray', {
        en: 'Break at the end of the left radius, displaced; an operation should be considered.',
        pt: 'Fratura da extremidade do rádio esquerdo, com desvio; considerar cirurgia.',
      });
      perform(visit, 'immobilisation');
      writeNote(
        visit,
        'emergency',
        'Queda no passeio. Doente inglesa; alergias e medicação por confirmar junto do hospital de origem.',
      );
      closeVisit(visit);
    },
  },
];

/** Rosa: the pregnancy that became Tomás. */
const rosa: Story = (life) =>
  pregnancyEvents(life, CHARACTERS.tomas.person.birth - 280 * DAY, CHARACTERS.tomas.person.birth);

/** Tomás: his mother's name, an ear infection, an allergy found at the first egg. */
const tomas: Story = (life) => [
  {
    time: life.from,
    run() {
      const chart = chartOf(life, LUZ_NOVA);
      const mother = CHARACTERS.rosa.person;
      file<RelatedPerson>(chart, life.random, {
        resourceType: 'RelatedPerson',
        active: true,
        patient: chart.patient,
        relationship: [hl7('v3-RoleCode', 'MTH')],
        name: [...mother.names],
        telecom: [...mother.telecom],
        gender: 'female',
        birthDate: '1993-11-02',
      });
    },
  },
  {
    time: timeOf('2024-05-13T10:00:00Z'),
    run(time) {
      const visit = openVisit(life, {
        organization: LUZ_NOVA,
        kind: 'visit',
        type: 'problem',
        time,
        specialty: 'paediatrics',
      });
      noteAllergy(visit, 'egg', 'hives', 'moderate', timeOf('2024-05-11'));
      writeNote(visit, 'progress', 'Urticária depois de comer ovo pela primeira vez; evitar até nova avaliação.');
      closeVisit(visit);
    },
  },
  { time: timeOf('2025-01-22T16:30:00Z'), run: (time) => episode(life, 'earInfection', time) },
];

/** Walter: pneumonia in a winter. */
const walter: Story = (life) => [
  { time: timeOf('2024-12-19T21:15:00Z'), run: (time) => episode(life, 'pneumonia', time) },
];

const devika: Story = () => [];

export const STORIES: Readonly<Record<CastKey, Story>> = { maria, rosa, tomas, walter, devika };

function episode(life: Life, condition: keyof typeof CONDITIONS, time: number): void {
  const found = EPISODES.find((one) => one.condition === condition);
  if (found !== undefined) runEpisode(life, found, life.home, time);
}

function clinician(organization: Parameters<typeof staffOf>[0], family: string) {
  const found = staffOf(organization).find((member) => member.name.family === family);
  return found === undefined ? {} : { clinician: found };
}
