import { canonicalize, toBase64, utf8 } from '@anamnesis/protocol';
import type { AccessAction, AccessEntry } from './entry.ts';

/**
 * Access entries as FHIR R4 AuditEvents in the shape of IHE BALP (https://profiles.ihe.net/ITI/BALP): a RESTful event for what FHIR REST
 * does, a DICOM event for the rest.
 */

const REST = 'http://terminology.hl7.org/CodeSystem/audit-event-type';
const INTERACTION = 'http://hl7.org/fhir/restful-interaction';
const DICOM = 'http://dicom.nema.org/resources/ontology/DCM';
const ACT_REASON = 'http://terminology.hl7.org/CodeSystem/v3-ActReason';
const OBJECT_ROLE = 'http://terminology.hl7.org/CodeSystem/object-role';
const ENTITY_TYPE = 'http://terminology.hl7.org/CodeSystem/audit-entity-type';
const AGENT_TYPE = 'http://terminology.hl7.org/CodeSystem/extra-security-role-type';
const PARTICIPATION = 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType';
const ROLE_CLASS = 'http://terminology.hl7.org/CodeSystem/v3-RoleClass';
const RESOURCE_TYPES = 'http://hl7.org/fhir/resource-types';
const AUTHZ_TYPE = 'https://profiles.ihe.net/ITI/BALP/CodeSystem/AuthZsubType';
const BALP_ENTITY = 'https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType';
const BALP = 'https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.';

/** Systems of our own identifiers and codes. */
export const DIRECTORY_ID = 'https://anamnesis.example/id/directory';
export const CONSENT_ID = 'https://anamnesis.example/id/consent';
export const ACCESS_ACTION = 'https://anamnesis.example/code/access-action';
/** Ids of registered apps. */
export const CLIENT_ID = 'https://anamnesis.example/id/client';
/** Messages of other systems, by `sender|id`. */
export const MESSAGE_ID = 'https://anamnesis.example/id/message';
const BASIS = 'https://anamnesis.example/basis/';

interface Kind {
  readonly type: Coding;
  readonly subtype: readonly Coding[];
  /** AuditEvent.action: create, read, update, delete, execute. */
  readonly letter: 'C' | 'R' | 'U' | 'D' | 'E';
  /** Name of the BALP profile of a success; `Patient` stands before it where there is a patient. */
  readonly profile?: string;
  /** HL7 v3 ParticipationType of the person (or program) in it. */
  readonly part: 'IRCP' | 'AUT' | 'CST';
  /** Whether content flows to the client, which DICOM then calls the destination. A query flows to the server. */
  readonly toClient: boolean;
}

interface Coding {
  readonly system: string;
  readonly code: string;
}

const rest = (interaction: string, letter: Kind['letter'], profile: string, part: Kind['part'] = 'IRCP'): Kind => ({
  type: { system: REST, code: 'rest' },
  subtype: [{ system: INTERACTION, code: interaction }],
  ...{ letter, profile, part, toClient: interaction === 'read' },
});
const other = (code: string, action: AccessAction, letter: Kind['letter'], more: Partial<Kind> = {}): Kind => ({
  type: { system: DICOM, code },
  ...{ letter, part: 'IRCP', toClient: false, ...more },
  subtype: [{ system: ACCESS_ACTION, code: action }, ...(more.subtype ?? [])],
});
/** A decision by consent. */
const AUTHZ = { subtype: [{ system: AUTHZ_TYPE, code: 'AuthZ-Consent' }] };
const DISCLOSE = { system: 'http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle', code: 'disclose' };

const KINDS: Record<AccessAction, Kind> = {
  read: rest('read', 'R', 'Read'),
  search: rest('search-type', 'E', 'Query'),
  create: rest('create', 'C', 'Create', 'AUT'),
  update: rest('update', 'U', 'Update', 'AUT'),
  delete: rest('delete', 'D', 'Delete', 'CST'),
  release: other('110106', 'release', 'R', { toClient: true, subtype: [DISCLOSE] }),
  refusal: other('110113', 'refusal', 'E', AUTHZ),
  token: other('110113', 'token', 'E', AUTHZ),
  grant: other('110113', 'grant', 'C'),
  revoke: other('110113', 'revoke', 'U'),
  emergency: other('110113', 'emergency', 'E'),
  login: other('110114', 'login', 'E'),
  erase: other('110105', 'erase', 'D'),
  decision: other('110100', 'decision', 'E'),
};

/** Where an event was observed. */
export interface Observer {
  /** Directory id of the node's organisation. */
  readonly organization: number;
  /** Base of its FHIR interface; absent for a node that is reached by nobody. */
  readonly base?: string | undefined;
}

/** The AuditEvent of an entry for one patient (or null: for nobody), as the node saw it that keeps it. */
export function auditEvent(entry: AccessEntry, id: string, patient: string | null, observer: Observer): object {
  const kind = KINDS[entry.action];
  const { actor, display, organization, purpose } = entry;
  const profile = profileOf(entry, kind, patient, observer);
  const server = organizationOf(observer.organization);
  return {
    resourceType: 'AuditEvent',
    id,
    ...(profile !== null && { meta: { profile: [BALP + profile] } }),
    type: kind.type,
    subtype: kind.subtype,
    action: kind.letter,
    recorded: new Date(entry.at).toISOString(),
    outcome: entry.outcome === 'success' ? '0' : '4',
    ...(entry.description !== undefined && { outcomeDesc: entry.description }),
    purposeOfEvent: [concept(ACT_REASON, purpose)],
    agent: [
      {
        type: {
          coding: [
            entry.automatic ? { system: DICOM, code: '110150' } : { system: AGENT_TYPE, code: 'humanuser' },
            { system: PARTICIPATION, code: kind.part },
          ],
        },
        who: { reference: actor, ...(display !== null && { display }) },
        ...(display !== null && { name: display }),
        requestor: true,
        policy: [BASIS + entry.basis],
        purposeOfUse: [concept(ACT_REASON, purpose)],
      },
      { type: concept(ROLE_CLASS, 'PROV'), who: organizationOf(organization), requestor: false },
      {
        type: concept(DICOM, kind.toClient ? '110152' : '110153'),
        who: entry.app === undefined ? { display: 'client' } : appOf(entry.app),
        requestor: false,
        ...(entry.address !== undefined && { network: { address: entry.address, type: '2' } }),
      },
      {
        type: concept(DICOM, kind.toClient ? '110153' : '110152'),
        who: server,
        requestor: false,
        ...(observer.base !== undefined && { network: { address: observer.base, type: '5' } }),
      },
    ],
    source: { observer: server },
    entity: entities(entry, patient, kind),
  };
}

/** Canonical text of events around what differs from one of somebody's accesses to the next: before `entity`, between `id` and `recorded`, after that. */
type Frame = readonly [before: string, between: string, after: string];

/** The oldest go first. */
const frames = new Map<string, Frame>();
const FRAMES = 1_000;

/** The canonical JSON of `auditEvent`, in a quarter of the time: nearly all of it is the same in every access of one person. */
export function auditEventText(entry: AccessEntry, id: string, patient: string | null, observer: Observer): string {
  const [before, between, after] = frameOf(entry, patient, observer);
  const entity = canonicalize(entities(entry, patient, KINDS[entry.action]));
  const recorded = new Date(entry.at).toISOString();
  return `${before}"entity":${entity},"id":"${id}"${between}"recorded":"${recorded}"${after}`;
}

function frameOf(entry: AccessEntry, patient: string | null, observer: Observer): Frame {
  // All that is left of an entry is in the frame, so that a member that is added to entries makes another one.
  const { at: _at, patients: _patients, entities: _entities, query, consentId, message, requestId, ...same } = entry;
  const profile = profileOf(entry, KINDS[entry.action], patient, observer);
  const key = JSON.stringify([same, profile, observer]);
  const known = frames.get(key);
  if (known !== undefined) return known;
  const text = canonicalize({ ...auditEvent(entry, '', patient, observer), entity: [], recorded: '' });
  // Inside a string these quotes would be escaped, so each is found where it stands and nowhere else.
  const [before = '', rest = ''] = text.split('"entity":[],"id":""');
  const [between = '', after = ''] = rest.split('"recorded":""');
  const frame: Frame = [before, between, after];
  frames.set(key, frame);
  const [oldest] = frames.size > FRAMES ? frames.keys() : [];
  if (oldest !== undefined) frames.delete(oldest);
  return frame;
}

/** The profile that an event meets: those of BALP are of successes over a network, a read's and a write's of exactly one record. */
function profileOf(entry: AccessEntry, kind: Kind, patient: string | null, { base }: Observer): string | null {
  if (entry.outcome !== 'success' || entry.address === undefined || base === undefined) return null;
  if (entry.action === 'release') return patient === null ? null : 'PrivacyDisclosure.Source';
  if (kind.profile === undefined) return null;
  if (entry.action === 'search' ? entry.query === undefined : entry.entities.length !== 1) return null;
  return `${patient === null ? '' : 'Patient'}${kind.profile}`;
}

function entities(entry: AccessEntry, patient: string | null, kind: Kind): object[] {
  const list: object[] = [];
  if (patient !== null) {
    list.push({ what: { reference: `Patient/${patient}` }, ...roles('1', '1') });
  }
  // Of a read or a write the record is the object; what a query found stands beside the query, by its resource type.
  const isObject = kind.profile !== undefined && entry.action !== 'search' && entry.entities.length === 1;
  for (const reference of entry.entities) {
    const type = { system: RESOURCE_TYPES, code: reference.slice(0, reference.indexOf('/')) };
    list.push({ what: { reference }, ...roles('2', '4'), ...(!isObject && { type }) });
  }
  if (entry.query !== undefined) list.push({ ...roles('2', '24'), query: toBase64(utf8(entry.query)) });
  if (entry.consentId !== undefined) {
    const type = { system: RESOURCE_TYPES, code: 'Consent' };
    list.push({ what: { identifier: { system: CONSENT_ID, value: entry.consentId } }, type });
  }
  if (entry.message !== undefined) {
    list.push({ what: { identifier: { system: MESSAGE_ID, value: entry.message } }, ...roles('4', '21') });
  }
  const type = { system: BALP_ENTITY, code: 'XrequestId' };
  list.push({ what: { identifier: { value: entry.requestId } }, type });
  return list;
}

/** The app that a person acted through, by its OAuth client id. */
function appOf({ id, name }: { id: string; name: string }): object {
  return { identifier: { system: CLIENT_ID, value: id }, display: name };
}

function roles(type: string, role: string): object {
  return { type: { system: ENTITY_TYPE, code: type }, role: { system: OBJECT_ROLE, code: role } };
}

function organizationOf(id: number): object {
  return { type: 'Organization', identifier: { system: DIRECTORY_ID, value: String(id) } };
}

function concept(system: string, code: string): object {
  return { coding: [{ system, code }] };
}
