/**
 * IHE BALP (https://profiles.ihe.net/ITI/BALP, version 1.1.4) as a table: what each profile fixes, which slices of agent and entity there are, how often
 * each may be there, and what it must say. Its package is not among those that npm carries.
 */

// biome-ignore lint/suspicious/noExplicitAny: events are looked into as they are
type Event = any;

interface Slice {
  readonly of: 'agent' | 'entity';
  readonly system: string;
  readonly code: string;
  readonly min: number;
  readonly max: number;
  /** Elements that must be there, and that must not. */
  readonly needs?: readonly string[];
  readonly lacks?: readonly string[];
  readonly role?: readonly string[];
}

const DCM = 'http://dicom.nema.org/resources/ontology/DCM';
const PARTICIPATION = 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType';
const ENTITY = 'http://terminology.hl7.org/CodeSystem/audit-entity-type';
const BALP_ENTITY = 'https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType';

const client = (code: string): Slice => ({
  ...{ of: 'agent', system: DCM, code, min: 1, max: 1, needs: ['who', 'network'], lacks: ['media'] },
});
const user = (code: string): Slice => ({
  ...{ of: 'agent', system: PARTICIPATION, code, min: 0, max: 1, needs: ['who'], lacks: ['media', 'network'] },
});
const transaction: Slice = { of: 'entity', system: BALP_ENTITY, code: 'XrequestId', min: 0, max: 1, needs: ['what'] };
const data: Slice = {
  ...{ of: 'entity', system: ENTITY, code: '2', min: 1, max: 1, needs: ['what'], role: ['4', '3', '20'] },
};
const query: Slice = {
  ...{
    of: 'entity',
    system: ENTITY,
    code: '2',
    min: 1,
    max: 1,
    needs: ['query'],
    lacks: ['what', 'lifecycle', 'detail'],
  },
  role: ['24'],
};
const patient: Slice = { of: 'entity', system: ENTITY, code: '1', min: 1, max: 1, needs: ['what'], role: ['1'] };

interface Profile {
  readonly type: string;
  readonly subtypes: readonly string[];
  readonly action: string;
  readonly slices: readonly Slice[];
}

const PROFILES: Readonly<Record<string, Profile>> = {
  Read: {
    type: 'rest',
    subtypes: ['read', 'vread'],
    action: 'R',
    slices: [client('110152'), client('110153'), user('IRCP'), transaction, data],
  },
  Query: {
    type: 'rest',
    subtypes: ['search', 'search-type', 'search-system'],
    action: 'E',
    slices: [client('110153'), client('110152'), user('IRCP'), transaction, query],
  },
  Create: {
    type: 'rest',
    subtypes: ['create'],
    action: 'C',
    slices: [client('110153'), client('110152'), user('AUT'), transaction, data],
  },
  Update: {
    type: 'rest',
    subtypes: ['update'],
    action: 'U',
    slices: [client('110153'), client('110152'), user('AUT'), transaction, data],
  },
  Delete: {
    type: 'rest',
    subtypes: ['delete'],
    action: 'D',
    slices: [client('110153'), client('110152'), user('CST'), transaction, data],
  },
  'PrivacyDisclosure.Source': {
    type: '110106',
    subtypes: ['disclose'],
    action: 'R',
    slices: [client('110153'), client('110152'), patient],
  },
};

/** Name of the BALP profile that an event claims; null when it claims none. */
export function balpProfileOf(event: Event): string | null {
  const [claimed] = event.meta?.profile ?? [];
  return claimed?.replace('https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.', '') ?? null;
}

/** What an event lacks of the BALP profile that it claims, in words. Empty: it meets it. */
export function balpFaults(event: Event): string[] {
  const name = balpProfileOf(event) ?? '';
  const ofPatient = /^Patient(?=[A-Z])/.test(name);
  const profile = PROFILES[name.replace(/^Patient(?=[A-Z])/, '')];
  if (profile === undefined) return [`claims ${name}`];
  const faults: string[] = [];
  const need = (holds: boolean, fault: string): void => void (holds || faults.push(fault));
  need(event.type?.code === profile.type, 'type');
  need(
    event.subtype?.some((one: Event) => profile.subtypes.includes(one.code)),
    'subtype',
  );
  need(event.action === profile.action, 'action');
  need(event.outcome === '0', 'outcome');
  need(typeof event.recorded === 'string', 'recorded');
  need(event.source?.observer !== undefined, 'source.observer');
  for (const slice of ofPatient ? [...profile.slices, patient] : profile.slices) {
    const found = (event[slice.of] as Event[]).filter((one) =>
      codesOf(one.type).includes(`${slice.system}|${slice.code}`),
    );
    need(found.length >= slice.min && found.length <= slice.max, `${slice.of} ${slice.code}: ${found.length}`);
    for (const one of found) {
      for (const element of slice.needs ?? [])
        need(one[element] !== undefined, `${slice.of} ${slice.code}: no ${element}`);
      for (const element of slice.lacks ?? [])
        need(one[element] === undefined, `${slice.of} ${slice.code}: ${element}`);
      if (slice.role) need(slice.role.includes(one.role?.code), `${slice.of} ${slice.code}: role`);
      if (slice === patient) need(/^Patient\//.test(one.what?.reference), 'patient is no Patient');
      if (slice.system === PARTICIPATION) need(one.requestor === true, 'the user is no requestor');
    }
  }
  if (name.startsWith('PrivacyDisclosure')) {
    const source = (event.agent as Event[]).find((one) => codesOf(one.type).includes(`${DCM}|110153`));
    need(JSON.stringify(source?.who) === JSON.stringify(event.source.observer), 'val-audit-source');
  }
  return faults;
}

function codesOf(type: Event): string[] {
  const codings: Event[] = type?.coding ?? (type === undefined ? [] : [type]);
  return codings.map(({ system, code }) => `${system}|${code}`);
}
