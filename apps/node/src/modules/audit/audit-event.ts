import { toBase64, utf8 } from '@anamnesis/protocol';
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
  readonly type: { readonly system: string; readonly code: string };
  readonly subtype: { readonly system: string; readonly code: string };
  /** AuditEvent.action: create, read, update, delete, execute. */
  readonly letter: 'C' | 'R' | 'U' | 'D' | 'E';
  /** Name of the BALP profile, without `Patient` before it. */
  readonly profile?: string;
}

const rest = (interaction: string, letter: Kind['letter'], profile: string): Kind => ({
  type: { system: REST, code: 'rest' },
  subtype: { system: INTERACTION, code: interaction },
  letter,
  profile,
});
const other = (code: string, action: AccessAction, letter: Kind['letter']): Kind => ({
  type: { system: DICOM, code },
  subtype: { system: ACCESS_ACTION, code: action },
  letter,
});

const KINDS: Record<AccessAction, Kind> = {
  read: rest('read', 'R', 'Read'),
  search: rest('search-type', 'E', 'Query'),
  create: rest('create', 'C', 'Create'),
  update: rest('update', 'U', 'Update'),
  delete: rest('delete', 'D', 'Delete'),
  release: other('110106', 'release', 'R'),
  refusal: other('110113', 'refusal', 'R'),
  grant: other('110113', 'grant', 'C'),
  revoke: other('110113', 'revoke', 'U'),
  emergency: other('110113', 'emergency', 'E'),
  login: other('110114', 'login', 'E'),
  decision: other('110100', 'decision', 'E'),
};

/** The AuditEvent of an entry for one patient (or null: for nobody). `custodian` is the Directory id of the node that observed it. */
export function auditEvent(entry: AccessEntry, id: string, patient: string | null, custodian: number): object {
  const { type, subtype, letter, profile } = KINDS[entry.action];
  const { actor, display, organization, purpose } = entry;
  return {
    resourceType: 'AuditEvent',
    id,
    ...(profile && { meta: { profile: [`${BALP}${patient === null ? '' : 'Patient'}${profile}`] } }),
    type,
    subtype: [subtype],
    action: letter,
    recorded: new Date(entry.at).toISOString(),
    outcome: entry.outcome === 'success' ? '0' : '4',
    ...(entry.description !== undefined && { outcomeDesc: entry.description }),
    purposeOfEvent: [concept(ACT_REASON, purpose)],
    agent: [
      {
        type: entry.automatic ? concept(DICOM, '110150') : concept(AGENT_TYPE, 'humanuser'),
        who: { reference: actor, ...(display !== null && { display }) },
        requestor: true,
        policy: [BASIS + entry.basis],
        purposeOfUse: [concept(ACT_REASON, purpose)],
      },
      { type: concept(PARTICIPATION, 'IRCP'), who: organizationOf(organization), requestor: false },
      ...(entry.app === undefined ? [] : [appAgent(entry.app)]),
    ],
    source: { observer: organizationOf(custodian) },
    entity: entities(entry, patient),
  };
}

function entities(entry: AccessEntry, patient: string | null): object[] {
  const list: object[] = [];
  if (patient !== null) {
    list.push({ what: { reference: `Patient/${patient}` }, ...roles('1', '1') });
  }
  for (const reference of entry.entities) list.push({ what: { reference }, ...roles('2', '4') });
  if (entry.query !== undefined) list.push({ ...roles('2', '24'), query: toBase64(utf8(entry.query)) });
  if (entry.consentId !== undefined) {
    const type = { system: 'http://hl7.org/fhir/resource-types', code: 'Consent' };
    list.push({ what: { identifier: { system: CONSENT_ID, value: entry.consentId } }, type });
  }
  if (entry.message !== undefined) {
    list.push({ what: { identifier: { system: MESSAGE_ID, value: entry.message } }, ...roles('4', '21') });
  }
  const type = { system: BALP_ENTITY, code: 'XrequestId' };
  list.push({ what: { identifier: { value: entry.requestId } }, type });
  return list;
}

/** The app that a person acted through, as BALP names an OAuth client. */
function appAgent({ id, name }: { id: string; name: string }): object {
  return {
    type: concept(DICOM, '110150'),
    who: { identifier: { system: CLIENT_ID, value: id }, display: name },
    requestor: false,
  };
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
