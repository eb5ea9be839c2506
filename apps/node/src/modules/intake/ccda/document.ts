import { createHash } from 'node:crypto';
import type { IntakeSettings } from '../../../config/index.ts';
import { compact, Drafts, type Intake, ORIGINAL, PATIENT, type PatientDraft } from '../drafts.ts';
import { IntakeRefusal } from '../refusal.ts';
import { encounterOf, procedureOf } from './events.ts';
import { immunizationOf, medicationOf } from './medications.ts';
import { observationsOf } from './observations.ts';
import { allergiesOf, problemsOf } from './problems.ts';
import {
  address,
  cd,
  codingOf,
  contactPoint,
  humanName,
  ii,
  iis,
  organization,
  practitioner,
  type Reading,
  ts,
} from './types.ts';
import { readXml, type XmlElement } from './xml.ts';

/** What becomes of the entries of a section, by its LOINC code. */
const SECTIONS: Readonly<Record<string, (reading: Reading, entry: XmlElement) => void>> = {
  '48765-2': allergiesOf,
  '11450-4': problemsOf,
  '11348-0': problemsOf,
  '10160-0': medicationOf,
  '10183-2': medicationOf,
  '42346-7': medicationOf,
  '11369-6': immunizationOf,
  '47519-4': procedureOf,
  '30954-2': (reading, entry) => observationsOf(reading, entry, 'laboratory'),
  '8716-3': (reading, entry) => observationsOf(reading, entry, 'vital-signs'),
  '29762-2': (reading, entry) => observationsOf(reading, entry, 'social-history'),
  '46240-8': (reading, entry) => void encounterOf(reading, entry),
};
/** The clinical statement that an entry of these sections is. */
const STATEMENTS = new Set(['act', 'observation', 'organizer', 'procedure', 'substanceAdministration', 'encounter']);

const FORMAT = {
  system: 'http://ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode',
  code: 'urn:hl7-org:sdwg:ccda-structuredBody:2.1',
};
const GENDER: Readonly<Record<string, string>> = { M: 'male', F: 'female', UN: 'other' };

/** A document as records to be, and what of it is left to the original. */
export interface ReadDocument {
  readonly intake: Intake;
  readonly unmapped: Reading['unmapped'];
}

/**
 * Reads a C-CDA document (R2.1, CCD and the like). What an entry does not say in codes is left to the original; so is all narrative.
 *
 * Errors: `segment-sequence` for what is no CDA document, `required-field`, `duplicate-key` for several patients, `data-type`.
 */
export function readDocument(bytes: Uint8Array, settings: IntakeSettings): ReadDocument {
  const root = readXml(bytes);
  const own = ii({ settings }, root.first('id'));
  if (own === null) throw missing('The id of the document');
  const version = root.first('versionNumber')?.at('value') ?? '';
  const drafts = new Drafts();
  const set = ii({ settings }, root.first('setId')) ?? own;
  const reading: Reading = { settings, drafts, set, unmapped: [], used: new Set() };
  const patient = patientOf(reading, root);
  const encompassing = root.first('componentOf', 'encompassingEncounter');
  const encounter = encompassing === undefined ? undefined : encounterOf(reading, encompassing);
  const saidAt = ts(reading, root.first('effectiveTime'));
  if (saidAt === undefined) throw missing('The effectiveTime of the document');
  referenceOf(reading, root, { own, set, version, saidAt, encounter });
  for (const section of sectionsIn(root)) entriesOf(reading, section);
  const intake: Intake = {
    sender: 'C-CDA',
    message: `${own.system}|${own.value}#${version}`,
    original: { contentType: 'text/xml', bytes },
    content: createHash('sha256').update(bytes).digest(),
    activity: 'UPDATE',
    saidAt,
    patient,
    newest: { set, saidAt },
    drafts: drafts.all,
  };
  return { intake, unmapped: reading.unmapped };
}

function entriesOf(reading: Reading, section: XmlElement): void {
  const read = SECTIONS[section.first('code')?.at('code') ?? ''];
  if (read === undefined || section.isNull) return;
  for (const entry of section.all('entry').flatMap(({ children }) => children)) {
    if (STATEMENTS.has(entry.name)) read(reading, entry);
  }
}

/** Sections may stand in sections. */
function sectionsIn(root: XmlElement): XmlElement[] {
  const found: XmlElement[] = [];
  const queue = root.all('component', 'structuredBody', 'component', 'section');
  for (let section = queue.shift(); section !== undefined; section = queue.shift()) {
    found.push(section);
    queue.push(...section.all('component', 'section'));
  }
  return found;
}

/** Whose document it is. What it says of a patient who is here changes nothing about her. */
function patientOf(reading: Reading, root: XmlElement): PatientDraft {
  const [role, another] = root.all('recordTarget', 'patientRole');
  if (role === undefined) throw missing('The patient');
  if (another !== undefined) throw new IntakeRefusal('duplicate-key', 'A document is taken about one patient only');
  const identifier = iis(reading, role);
  const keys = identifier.filter(({ system }) => system === reading.settings.patients);
  const [key] = keys;
  if (key === undefined) throw missing('A patient identifier of the configured assigner');
  if (keys.some(({ value }) => value !== key.value)) {
    throw new IntakeRefusal('duplicate-key', 'There are several patient identifiers of the configured assigner');
  }
  const person = role.first('patient');
  const born = ts(reading, person?.first('birthTime'));
  const resource = compact({
    resourceType: 'Patient',
    identifier,
    name: (person?.all('name') ?? []).flatMap((one) => humanName(one) ?? []),
    telecom: role.all('telecom').flatMap((one) => contactPoint(one) ?? []),
    gender: GENDER[person?.first('administrativeGenderCode')?.at('code') ?? ''],
    birthDate: born?.slice(0, 10),
    address: role.all('addr').flatMap((one) => address(one) ?? []),
    maritalStatus: cd(person?.first('maritalStatusCode')),
    communication: (person?.all('languageCommunication', 'languageCode') ?? []).flatMap((one) =>
      one.at('code') === '' ? [] : [{ language: { coding: [{ system: 'urn:ietf:bcp:47', code: one.at('code') }] } }],
    ),
  });
  return { resource, key };
}

/** The document itself, with the original behind it; an earlier version of its set is superseded. */
function referenceOf(
  reading: Reading,
  root: XmlElement,
  {
    own,
    set,
    saidAt,
    encounter,
  }: { own: Reading['set']; set: Reading['set']; version: string; saidAt: string; encounter: string | undefined },
): void {
  const type = cd(root.first('code'));
  if (type === undefined) throw missing('The code of the document');
  const label = root.first('confidentialityCode');
  const security = label && codingOf(label);
  const isInstant = saidAt.includes('T');
  const title = root.first('title')?.text.replace(/\s+/g, ' ').trim();
  const before = root
    .all('relatedDocument')
    .filter((one) => one.at('typeCode') === 'RPLC')
    .flatMap((one) => iis(reading, one.first('parentDocument')))
    .map((key) => {
      const superseded = { resourceType: 'DocumentReference', status: 'superseded' };
      const merge = (stored: object): never => ({ ...stored, status: 'superseded' }) as never;
      return reading.drafts.add({ resource: superseded, key, write: 'amend', merge });
    });
  const resource = compact({
    resourceType: 'DocumentReference',
    masterIdentifier: own,
    identifier: set === own ? [] : [set],
    status: 'current',
    type,
    subject: { reference: PATIENT },
    date: isInstant ? saidAt : undefined,
    author: root
      .all('author', 'assignedAuthor')
      .flatMap(
        (one) => practitioner(reading, one) ?? organization(reading, one.first('representedOrganization')) ?? [],
      ),
    custodian: organization(reading, root.first('custodian', 'assignedCustodian', 'representedCustodianOrganization')),
    relatesTo: before.map((reference) => ({ code: 'replaces', target: { reference } })),
    description: title,
    securityLabel: security ? [{ coding: [security] }] : [],
    content: [
      { attachment: compact({ contentType: 'text/xml', url: ORIGINAL, title, creation: saidAt }), format: FORMAT },
    ],
    context: encounter === undefined ? undefined : { encounter: [{ reference: encounter }] },
  });
  reading.drafts.add({ resource, key: own, write: 'put' });
}

function missing(what: string): IntakeRefusal {
  return new IntakeRefusal('required-field', `${what} is missing`);
}
