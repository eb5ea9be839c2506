import { compact, PATIENT } from '../drafts.ts';
import { aboutOf, cd, codingOf, isNegated, ivl, keyOf, practitioner, type Reading, timed } from './types.ts';
import type { XmlElement } from './xml.ts';

const PROCEDURE: Readonly<Record<string, string>> = {
  ...{
    completed: 'completed',
    active: 'in-progress',
    aborted: 'stopped',
    cancelled: 'not-done',
    nullified: 'entered-in-error',
  },
};
const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';

/** A procedure activity (procedure, act or observation) that took place, or (negated) did not. */
export function procedureOf(reading: Reading, entry: XmlElement): void {
  const code = cd(entry.first('code'));
  if (code === undefined || !/^(?:EVN)?$/.test(entry.at('moodCode'))) {
    reading.unmapped.push({
      section: 'procedures',
      reason: code === undefined ? 'the procedure is not said' : 'it is only planned',
    });
    return;
  }
  const time = entry.first('effectiveTime');
  const key = keyOf(reading, 'Procedure', entry, ['procedure', ...aboutOf(entry.first('code'), time)]);
  const resource = compact({
    resourceType: 'Procedure',
    identifier: [key],
    status: isNegated(entry) ? 'not-done' : (PROCEDURE[entry.first('statusCode')?.at('code') ?? ''] ?? 'unknown'),
    code,
    subject: { reference: PATIENT },
    ...timed(reading, time, 'performed'),
    performer: entry.all('performer', 'assignedEntity').flatMap((one) => {
      const actor = practitioner(reading, one);
      return actor === undefined ? [] : [{ actor }];
    }),
    bodySite: entry.all('targetSiteCode').flatMap((one) => cd(one) ?? []),
  });
  reading.drafts.add({ resource, key, write: 'put' });
}

/** An encounter activity, or the encompassing encounter of the document. @returns the link to it. */
export function encounterOf(reading: Reading, entry: XmlElement): string | undefined {
  const time = entry.first('effectiveTime');
  const { at, start, end } = ivl(reading, time);
  if (entry.at('moodCode') !== '' && entry.at('moodCode') !== 'EVN') {
    reading.unmapped.push({ section: 'encounters', reason: 'it is only planned' });
    return undefined;
  }
  const code = entry.first('code');
  const kind = [code, ...(code?.all('translation') ?? [])]
    .map((one) => one && codingOf(one))
    .find((one) => one?.system === ACT_CODE);
  const key = keyOf(reading, 'Encounter', entry, ['encounter', ...aboutOf(code, time)]);
  const individuals = [
    ...entry.all('performer', 'assignedEntity'),
    ...entry.all('encounterParticipant', 'assignedEntity'),
    ...entry.all('responsibleParty', 'assignedEntity'),
  ].flatMap((one) => practitioner(reading, one) ?? []);
  const resource = compact({
    resourceType: 'Encounter',
    identifier: [key],
    status: at !== undefined || end !== undefined ? 'finished' : 'unknown',
    class: kind ?? { system: 'http://terminology.hl7.org/CodeSystem/v3-NullFlavor', code: 'UNK' },
    type: [cd(code)].filter((one) => one !== undefined),
    subject: { reference: PATIENT },
    participant: individuals.map((individual) => ({ individual })),
    period: compact({ start: at ?? start, end: at ?? end }),
  });
  return reading.drafts.add({ resource, key, write: 'put' });
}
