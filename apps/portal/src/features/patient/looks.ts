import { type Client, getAccessLog } from '@anamnesis/sdk';
import { isPart, parts, textOf } from '../../chart/text.ts';

/** Somebody else who looked at the records. */
export interface Look {
  readonly who: string;
  /** As FHIR writes an instant. */
  readonly when: string;
  /** A program did, not a person. */
  readonly automatic: boolean;
}

/** Who looked last, newest first, herself left out. Throws RequestError. */
export async function fetchLooks(client: Client, patient = ''): Promise<readonly Look[]> {
  const { entries } = await getAccessLog(client, { count: 100 });
  return entries.flatMap(({ event }) => {
    const agent = parts(event.agent).find(({ requestor }) => requestor === true);
    const who = isPart(agent?.who) ? agent.who : {};
    const reference = textOf(who.reference) ?? '';
    if (reference === `Patient/${patient}`) return [];
    const automatic = reference.startsWith('Device/');
    return [{ who: textOf(who.display) ?? reference, when: textOf(event.recorded) ?? '', automatic }];
  });
}
