import type { Queryable } from '../../storage/index.ts';
import { CONSENT_ID, DIRECTORY_ID } from './audit-event.ts';
import type { LogContext } from './context.ts';
import { readAccessLog } from './log.ts';

/** Who or what was in the wrong hands. */
export type Culprit =
  /** A person or program, as the log names it: `Practitioner/7`, `Device/engine`, or the absolute reference of somebody elsewhere. */
  | { readonly kind: 'user'; readonly actor: string }
  | { readonly kind: 'app'; readonly client: string }
  /** Everybody who acted for an organisation of the Directory. */
  | { readonly kind: 'organization'; readonly organization: number }
  /** A patient's key: what was done in her sessions, and under consents that it signed (`consents`: their ids). */
  | { readonly kind: 'subject'; readonly actor: string; readonly consents: readonly string[] };

/** What was exposed of one patient. Times are ISO 8601. */
export interface ExposedPatient {
  readonly patient: string;
  readonly entries: number;
  readonly first: string;
  readonly last: string;
  /** Codes of what was done. */
  readonly actions: readonly string[];
  /** Record versions that were seen or changed, each with the times. */
  readonly records: readonly { readonly reference: string; readonly times: readonly string[] }[];
}

export interface Exposure {
  readonly patients: readonly ExposedPatient[];
  /** Entries of the culprit that are about nobody, such as a search that found nothing. */
  readonly aboutNobody: number;
  /** Places of entries that can no longer be opened: whether they belong here cannot be said. */
  readonly unreadable: readonly number[];
  /** How many entries of the period were looked at. */
  readonly lookedAt: number;
}

/** What is gathered of one patient. */
interface Seen {
  readonly times: string[];
  readonly actions: Set<string>;
  readonly records: Map<string, string[]>;
}

interface Event {
  readonly recorded?: string;
  readonly outcome?: string;
  readonly subtype?: readonly { readonly code?: string }[];
  readonly agent?: readonly {
    readonly requestor?: boolean;
    readonly who?: {
      readonly reference?: string;
      readonly type?: string;
      readonly identifier?: { readonly system?: string; readonly value?: string };
    };
  }[];
  readonly entity?: readonly {
    readonly what?: {
      readonly reference?: string;
      readonly identifier?: { readonly system?: string; readonly value?: string };
    };
  }[];
}

/**
 * What somebody who should not have had them saw or changed, from the access log: every successful entry of a period (milliseconds since 1970, the end
 * excluded) that the culprit made. Refusals exposed nothing and are left out. The log is encrypted, so all of the period is opened and looked at.
 */
export async function findExposure(
  context: LogContext,
  q: Queryable,
  culprit: Culprit,
  period: { readonly from: number; readonly until: number },
): Promise<Exposure> {
  const patients = new Map<string, Seen>();
  const unreadable: number[] = [];
  let [aboutNobody, lookedAt] = [0, 0];
  for (let before: number | null | undefined; before !== null; ) {
    const page = await readAccessLog(context, q, { ...period, count: 1000, ...(before !== undefined && { before }) });
    before = page.next;
    unreadable.push(...page.unreadable);
    lookedAt += page.entries.length + page.unreadable.length;
    for (const { event } of page.entries) {
      const { recorded = '', outcome, subtype, entity = [] } = event as Event;
      if (outcome !== '0' || !isBy(event as Event, culprit)) continue;
      const references = entity.flatMap(({ what }) => what?.reference ?? []);
      const patient = references.find((one) => /^Patient\/[^/]+$/.test(one))?.slice('Patient/'.length);
      if (patient === undefined) {
        aboutNobody++;
        continue;
      }
      const exposed: Seen = patients.get(patient) ?? { times: [], actions: new Set(), records: new Map() };
      patients.set(patient, exposed);
      exposed.times.push(recorded);
      exposed.actions.add(subtype?.[0]?.code ?? 'unknown');
      for (const reference of references) {
        if (reference === `Patient/${patient}`) continue;
        exposed.records.set(reference, [...(exposed.records.get(reference) ?? []), recorded]);
      }
    }
  }
  return {
    patients: [...patients]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([patient, { times, actions, records }]) => {
        const sorted = times.sort();
        return {
          patient,
          entries: times.length,
          first: sorted[0] ?? '',
          last: sorted.at(-1) ?? '',
          actions: [...actions].sort(),
          records: [...records]
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([reference, seen]) => ({ reference, times: seen.sort() })),
        };
      }),
    aboutNobody,
    unreadable,
    lookedAt,
  };
}

function isBy({ agent = [], entity = [] }: Event, culprit: Culprit): boolean {
  const requestor = agent.find((one) => one.requestor === true)?.who?.reference;
  switch (culprit.kind) {
    case 'user':
      return requestor === culprit.actor;
    case 'app':
      return agent.some(
        ({ who }) => who?.identifier?.system?.endsWith('/id/client') && who.identifier.value === culprit.client,
      );
    case 'organization':
      return (
        agent[1]?.who?.identifier?.system === DIRECTORY_ID &&
        agent[1].who.identifier.value === String(culprit.organization)
      );
    case 'subject': {
      const consent = entity.find(({ what }) => what?.identifier?.system === CONSENT_ID)?.what?.identifier?.value;
      return requestor === culprit.actor || (consent !== undefined && culprit.consents.includes(consent.toLowerCase()));
    }
  }
}

/** What lies under a content key: for a key that was lost, the log cannot know who used it, so everything counts as exposed. */
export async function recordsUnderKey(q: Queryable, key: string): Promise<Map<string | null, string[]> | null> {
  const [known] = await q.query('select id from content_key where id = $1', [key]);
  const rows = await q.query<{ patient: string | null; reference: string }>(
    `select patient, type || '/' || id || '/_history/' || version as reference from resource_version where key_id = $1
     order by leaf_index`,
    [key],
  );
  if (known === undefined && rows.length === 0) return null;
  const byPatient = new Map<string | null, string[]>();
  for (const { patient, reference } of rows) byPatient.set(patient, [...(byPatient.get(patient) ?? []), reference]);
  return byPatient;
}
