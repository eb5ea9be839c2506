import type { Resource } from '@anamnesis/sdk';

/** An AuditEvent in the words of a person. */
export interface Access {
  readonly at: string;
  readonly who: string;
  /** Its number in the Directory. */
  readonly organization: string;
  readonly action: string;
  readonly outcome: 'success' | 'refused';
  readonly purpose: string;
  readonly automatic: boolean;
  readonly what: string;
}

interface Coding {
  readonly code?: string;
  readonly display?: string;
}
interface Reference {
  readonly reference?: string;
  readonly type?: string;
  readonly identifier?: { readonly value?: string };
  readonly display?: string;
}
interface Agent {
  readonly type?: { readonly coding?: readonly Coding[] };
  readonly who?: Reference;
  readonly name?: string;
  readonly requestor?: boolean;
  readonly purposeOfUse?: readonly { readonly coding?: readonly Coding[] }[];
}

/** DICOM's code for software that acts (PS3.16, CID 402). */
const SOFTWARE = '110150';
const ACTIONS: Readonly<Record<string, string>> = { C: 'created', R: 'read', U: 'changed', D: 'deleted', E: 'ran' };

/** Reads an AuditEvent in the shape of IHE BALP; what is absent is told as unknown, not left out. */
export function describeAccess(event: Resource): Access {
  const agents = Array.isArray(event.agent) ? (event.agent as Agent[]) : [];
  const requestor = agents.find((agent) => agent.requestor === true) ?? agents[0];
  const organization = agents.find(
    ({ who }) => who?.type === 'Organization' || /^Organization\b/.test(who?.reference ?? ''),
  )?.who;
  const purposes = [requestor?.purposeOfUse, event.purposeOfEvent as Agent['purposeOfUse']].find(
    (list) => list?.length,
  );
  const entities = Array.isArray(event.entity) ? (event.entity as { what?: Reference }[]) : [];
  const what = entities
    .map((entity) => entity.what?.reference ?? '')
    .filter((reference) => !/^(?:Patient\/|$)/.test(reference));
  const subtype = (event.subtype as Coding[] | undefined)?.[0];
  const who = requestor?.who?.display ?? requestor?.name ?? requestor?.who?.reference ?? 'unknown';
  return {
    at: typeof event.recorded === 'string' ? event.recorded : '',
    who,
    organization: organization?.identifier?.value ?? organization?.display ?? organization?.reference ?? 'unknown',
    action: subtype?.display ?? subtype?.code ?? ACTIONS[String(event.action)] ?? 'accessed',
    outcome: event.outcome === undefined || event.outcome === '0' ? 'success' : 'refused',
    purpose: purposes?.[0]?.coding?.[0]?.code ?? 'unknown',
    automatic: requestor?.type?.coding?.[0]?.code === SOFTWARE || /^Device\b/.test(requestor?.who?.reference ?? ''),
    what: what.length > 2 ? `${what[0]} and ${what.length - 1} more` : what.join(', '),
  };
}
