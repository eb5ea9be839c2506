import { withLiteral } from '@anamnesis/protocol';
import type { IntakeSettings } from '../../../config/index.ts';
import type { FullIdentifier } from '../../records/index.ts';
import { ID } from '../context.ts';
import { compact, type Drafts } from '../drafts.ts';
import { IntakeRefusal } from '../refusal.ts';
import { dateTimeOf } from '../times.ts';
import { UCUM } from '../units.ts';
import type { XmlElement } from './xml.ts';

/** What mapping a document needs besides it. */
export interface Reading {
  readonly settings: IntakeSettings;
  readonly drafts: Drafts;
  /** Of the set of versions that the document is of: entries without ids are told apart within it. */
  readonly set: FullIdentifier;
  /** Entries that are left to the original, and why. */
  readonly unmapped: { readonly section: string; readonly reason: string }[];
  /** Keys of entries that the document used already. */
  readonly used: Set<string>;
}

/** Data types of CDA as FHIR's, after "C-CDA on FHIR" (https://hl7.org/fhir/us/ccda). */

const CODE_SYSTEMS: Readonly<Record<string, string>> = {
  '2.16.840.1.113883.6.96': 'http://snomed.info/sct',
  '2.16.840.1.113883.6.1': 'http://loinc.org',
  '2.16.840.1.113883.6.88': 'http://www.nlm.nih.gov/research/umls/rxnorm',
  '2.16.840.1.113883.12.292': 'http://hl7.org/fhir/sid/cvx',
  '2.16.840.1.113883.6.90': 'http://hl7.org/fhir/sid/icd-10-cm',
  '2.16.840.1.113883.6.103': 'http://hl7.org/fhir/sid/icd-9-cm',
  '2.16.840.1.113883.6.3': 'http://hl7.org/fhir/sid/icd-10',
  '2.16.840.1.113883.6.12': 'http://www.ama-assn.org/go/cpt',
  '2.16.840.1.113883.6.69': 'http://hl7.org/fhir/sid/ndc',
  '2.16.840.1.113883.4.9': 'http://fdasis.nlm.nih.gov',
  '2.16.840.1.113883.5.4': 'http://terminology.hl7.org/CodeSystem/v3-ActCode',
  '2.16.840.1.113883.5.8': 'http://terminology.hl7.org/CodeSystem/v3-ActReason',
  '2.16.840.1.113883.5.83': 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation',
  '2.16.840.1.113883.5.25': 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality',
  '2.16.840.1.113883.5.2': 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus',
  '2.16.840.1.113883.3.26.1.1': 'http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl',
};
const NUMBERS: Readonly<Record<string, string>> = {
  '2.16.840.1.113883.4.6': 'http://hl7.org/fhir/sid/us-npi',
  '2.16.840.1.113883.4.1': 'http://hl7.org/fhir/sid/us-ssn',
};
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const OID = /^[0-2](?:\.\d+)+$/;

/** II. Null without a root, or with a null flavour. */
export function ii({ settings }: Pick<Reading, 'settings'>, element: XmlElement | undefined): FullIdentifier | null {
  const [root, value] = [element?.at('root') ?? '', element?.at('extension').trim() ?? ''];
  if (element === undefined || element.isNull || !(UUID.test(root) || OID.test(root))) return null;
  const uri = UUID.test(root) ? `urn:uuid:${root.toLowerCase()}` : `urn:oid:${root}`;
  if (value === '') return { system: 'urn:ietf:rfc:3986', value: uri };
  const own = Object.hasOwn(settings.assigners, root) ? settings.assigners[root] : NUMBERS[root];
  return { system: own ?? uri, value };
}

/** The identifiers of an element. */
export function iis(reading: Pick<Reading, 'settings'>, element: XmlElement | undefined): FullIdentifier[] {
  return (element?.all('id') ?? []).flatMap((id) => ii(reading, id) ?? []);
}

/** CD, CE, CV: its code, its translations, its text; undefined where it says nothing but a null flavour. */
export function cd(element: XmlElement | undefined): object | undefined {
  if (element === undefined) return undefined;
  const coding = [element, ...element.all('translation')].flatMap((one) => codingOf(one) ?? []);
  const text = element.first('originalText')?.text.replace(/\s+/g, ' ').trim() || element.at('displayName');
  const concept = compact({ coding, text });
  return Object.keys(concept).length === 0 ? undefined : concept;
}

export function codingOf(element: XmlElement): { system?: string; code: string; display?: string } | null {
  const [code, system] = [element.at('code').trim(), element.at('codeSystem')];
  if (code === '' || element.isNull) return null;
  const uri = CODE_SYSTEMS[system] ?? (OID.test(system) ? `urn:oid:${system}` : undefined);
  return compact({ system: uri, code, display: element.at('displayName') }) as { code: string };
}

/** TS as dateTime; undefined where it has no value. Errors: `data-type`. */
export function ts({ settings }: Reading, element: XmlElement | undefined): string | undefined {
  const text = element?.at('value').trim() ?? '';
  if (element === undefined || element.isNull || text === '') return undefined;
  const value = dateTimeOf(text, settings.timezone);
  if (value === null) throw new IntakeRefusal('data-type', `A ${element.name} is no date or time`);
  return value;
}

/** IVL_TS, or a TS in its place: both ends, where they are. */
export function ivl(reading: Reading, element: XmlElement | undefined): { start?: string; end?: string; at?: string } {
  if (element === undefined) return {};
  const [at, start, end] = [
    ts(reading, element),
    ts(reading, element.first('low')),
    ts(reading, element.first('high')),
  ];
  return compact({ at, start, end }) as { start?: string; end?: string; at?: string };
}

/** The element of a time that is a moment or a period: `effective`, `performed`. */
export function timed(reading: Reading, element: XmlElement | undefined, name: string): Record<string, unknown> {
  const { at, start, end } = ivl(reading, element);
  if (at !== undefined) return { [`${name}DateTime`]: at };
  return start === undefined && end === undefined ? {} : { [`${name}Period`]: compact({ start, end }) };
}

/** PQ as Quantity with all its digits; undefined without a value. Errors: `data-type`. */
export function pq(element: XmlElement | undefined, comparator?: string): object | undefined {
  const text = element?.at('value').trim() ?? '';
  if (element === undefined || element.isNull || text === '') return undefined;
  if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d{1,3})?$/.test(text))
    throw new IntakeRefusal('data-type', 'A quantity is no number');
  const unit = element.at('unit').trim();
  const known = unit === '' ? {} : { unit, system: UCUM, code: unit };
  return withLiteral(
    compact({ value: Number(text), comparator, ...(/\s/.test(unit) ? { unit } : known) }),
    'value',
    text,
  );
}

/** PN. */
export function humanName(element: XmlElement): object | undefined {
  const parts = (name: string): string[] =>
    element
      .all(name)
      .map(({ text }) => text.trim())
      .filter(Boolean);
  const use = { L: 'official', P: 'nickname', C: 'usual' }[element.at('use')];
  const [family] = parts('family');
  const text = family === undefined ? element.text.replace(/\s+/g, ' ').trim() : '';
  const name = compact({ text, family, given: parts('given'), prefix: parts('prefix'), suffix: parts('suffix') });
  return Object.keys(name).length === 0 ? undefined : compact({ use, ...name });
}

/** AD. */
export function address(element: XmlElement): object | undefined {
  const [line, city, state, postalCode, country] = ['streetAddressLine', 'city', 'state', 'postalCode', 'country'].map(
    (name) =>
      element
        .all(name)
        .map(({ text }) => text.trim())
        .filter(Boolean),
  );
  const use = { H: 'home', HP: 'home', HV: 'home', WP: 'work', TMP: 'temp', BAD: 'old' }[element.at('use')];
  const where = compact({
    line,
    city: city?.[0],
    state: state?.[0],
    postalCode: postalCode?.[0],
    country: country?.[0],
  });
  return Object.keys(where).length === 0 ? undefined : compact({ use, ...where });
}

/** TEL. */
export function contactPoint(element: XmlElement): object | undefined {
  const [, scheme = '', value = ''] = /^(?:(tel|mailto|fax|https?):)?(.+)$/i.exec(element.at('value').trim()) ?? [];
  if (value === '') return undefined;
  const system =
    { tel: 'phone', mailto: 'email', fax: 'fax', http: 'url', https: 'url' }[scheme.toLowerCase()] ?? 'phone';
  const use = { H: 'home', HP: 'home', WP: 'work', MC: 'mobile' }[element.at('use')];
  return compact({ system, value: system === 'url' ? element.at('value') : value, use });
}

/** An assignedAuthor, assignedEntity and the like: a reference to its Practitioner, else the name alone. */
export function practitioner(reading: Reading, entity: XmlElement | undefined): object | undefined {
  const [name] = (entity?.all('assignedPerson', 'name') ?? []).flatMap((one) => humanName(one) ?? []);
  const { prefix = [], given = [], family = '', text = '' } = (name ?? {}) as Record<string, string & string[]>;
  const display = text || [...prefix, ...given, family].filter(Boolean).join(' ');
  const [key] = iis(reading, entity);
  if (key === undefined || name === undefined) return display === '' ? undefined : { display };
  const resource = compact({ resourceType: 'Practitioner', identifier: [key], name: [name] });
  return { reference: reading.drafts.add({ resource, key, write: 'ensure' }), display };
}

/** A represented or custodian organisation. */
export function organization(reading: Reading, element: XmlElement | undefined): object | undefined {
  const display = element?.first('name')?.text.replace(/\s+/g, ' ').trim() ?? '';
  const [key] = iis(reading, element);
  if (key === undefined || display === '') return display === '' ? undefined : { display };
  const resource = { resourceType: 'Organization', identifier: [key], name: display };
  return { reference: reading.drafts.add({ resource, key, write: 'ensure' }), display };
}

/** By what an entry is found again: its own id, else what tells it from others of its section. */
export function keyOf(reading: Reading, type: string, entry: XmlElement, about: readonly string[]): FullIdentifier {
  const [own] = iis(reading, entry);
  const made = { system: `${ID}ccda-entry`, value: [reading.set.system, reading.set.value, ...about].join('|') };
  for (let count = 1; ; count++) {
    const base = count === 1 && own !== undefined ? own : made;
    const key = count <= 2 ? base : { ...made, value: `${made.value}|${count}` };
    const name = `${type}\n${key.system}\n${key.value}`;
    if (reading.used.has(name)) continue;
    reading.used.add(name);
    return key;
  }
}

/** What tells an entry without an id from others: its code and its time, as they are written. */
export function aboutOf(code: XmlElement | undefined, time: XmlElement | undefined): string[] {
  return [code?.at('code') || code?.at('nullFlavor') || '', time?.at('value') || time?.first('low')?.at('value') || ''];
}

export function hasTemplate(element: XmlElement, ...roots: readonly string[]): boolean {
  return element.all('templateId').some((one) => roots.includes(one.at('root')));
}

/** The entries below an element whose relationship carries a clinical statement of this name. */
export function related(element: XmlElement, name: string, typeCode?: string): XmlElement[] {
  return element
    .all('entryRelationship')
    .filter((one) => typeCode === undefined || one.at('typeCode') === typeCode)
    .flatMap((one) => one.all(name));
}

export function isNegated(element: XmlElement): boolean {
  return element.at('negationInd') === 'true';
}
