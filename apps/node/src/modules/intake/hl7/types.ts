import type { IntakeSender, IntakeSettings } from '../../../config/index.ts';
import { ID } from '../context.ts';
import { compact, type Drafts } from '../drafts.ts';
import { dateOf, dateTimeOf, instantOf } from '../times.ts';
import type { Part, Segment } from './message.ts';

/** What mapping a message needs besides it. */
export interface Mapping {
  readonly settings: IntakeSettings;
  readonly sender: IntakeSender;
  readonly drafts: Drafts;
}

/** Data types of HL7 v2 as FHIR's, after the HL7 v2-to-FHIR guide (http://hl7.org/fhir/uv/v2mappings). */

const V2 = 'http://terminology.hl7.org/CodeSystem/v2-';

/** A FHIR Identifier. */
export interface Identifier {
  readonly system: string;
  readonly value: string;
  readonly use?: string;
  readonly type?: object;
  readonly assigner?: { readonly display: string };
}

/** A coding in a code system of table 0396, or in one of the sender's own. */
const SYSTEMS: Readonly<Record<string, string>> = {
  ...{
    LN: 'http://loinc.org',
    LOINC: 'http://loinc.org',
    SCT: 'http://snomed.info/sct',
    SNM3: 'http://snomed.info/sct',
  },
  ...{
    I10: 'http://hl7.org/fhir/sid/icd-10',
    I10C: 'http://hl7.org/fhir/sid/icd-10-cm',
    I9C: 'http://hl7.org/fhir/sid/icd-9-cm',
  },
  ...{ UCUM: 'http://unitsofmeasure.org', CVX: 'http://hl7.org/fhir/sid/cvx', NDC: 'http://hl7.org/fhir/sid/ndc' },
  ...{ RXNORM: 'http://www.nlm.nih.gov/research/umls/rxnorm', RXN: 'http://www.nlm.nih.gov/research/umls/rxnorm' },
  ...{ C4: 'http://www.ama-assn.org/go/cpt', CPT: 'http://www.ama-assn.org/go/cpt', ATC: 'http://www.whocc.no/atc' },
};

/** Whose names and numbers these are where a message says no more. */
export function ownSystem({ sender }: Mapping, ...names: readonly string[]): string {
  return `${ID}hl7v2/${[sender.application, sender.facility, ...names].map(encodeURIComponent).join('/')}`;
}

/** HD: the system of an assigning authority. What no setting knows is the sender's own, lest two hospitals' numbers be one. */
export function systemOf(
  mapping: Mapping,
  hd: readonly [namespace: string, id: string, type: string],
  kind: string,
): string {
  const [namespace, id, type] = hd;
  const { assigners } = mapping.settings;
  for (const name of [namespace, id])
    if (name !== '' && Object.hasOwn(assigners, name)) return assigners[name] as string;
  if (type === 'ISO' && /^[0-2](?:\.\d+)+$/.test(id)) return `urn:oid:${id}`;
  if (/^(?:UUID|GUID)$/.test(type) && /^[0-9a-f-]{36}$/i.test(id)) return `urn:uuid:${id.toLowerCase()}`;
  if (type === 'URI' && URL.canParse(id)) return id;
  return namespace === '' && id === '' ? ownSystem(mapping, kind) : ownSystem(mapping, kind, namespace || id);
}

function hdIn(part: Part): [string, string, string] {
  const whole = part.at(1);
  return [whole, part.at(2), part.at(3)];
}

/** CX. Null without a number. `kind`: what it numbers. `bare`: the system of one that names no assigner. */
export function cx(mapping: Mapping, part: Part, kind: string, bare?: string): Identifier | null {
  const value = part.at(1);
  if (value === '') return null;
  const authority = part.part(4);
  const hd = hdIn(authority);
  const system = bare !== undefined && hd.every((one) => one === '') ? bare : systemOf(mapping, hd, kind);
  return compact({
    use: undefined as string | undefined,
    type: part.at(5) === '' ? undefined : { coding: [{ system: `${V2}0203`, code: part.at(5) }] },
    system,
    value,
    assigner: hd[0] === '' ? undefined : { display: hd[0] },
  }) as unknown as Identifier;
}

/** EI: an order's or a document's number, with its type (table 0203). */
export function ei(mapping: Mapping, part: Part, type: string): Identifier | null {
  const value = part.at(1);
  if (value === '') return null;
  const hd = [part.at(2), part.at(3), part.at(4)] as const;
  return compact({
    type: type === '' ? undefined : { coding: [{ system: `${V2}0203`, code: type }] },
    system: systemOf(mapping, hd, type === 'PLAC' ? 'placer' : type === 'FILL' ? 'filler' : 'document'),
    value,
    assigner: hd[0] === '' ? undefined : { display: hd[0] },
  }) as unknown as Identifier;
}

/** CWE, CE, CNE: both codings and the text; undefined where there is nothing. */
export function concept(mapping: Mapping, part: Part, table?: string): object | undefined {
  const codings = [0, 3].flatMap((at) => {
    const [code, display, system] = [part.at(at + 1), part.at(at + 2), part.at(at + 3)];
    return code === '' ? [] : [compact({ system: codeSystem(mapping, system, table), code, display })];
  });
  const text = part.at(9) || part.at(2) || part.at(5);
  const whole = compact({ coding: codings, text });
  return Object.keys(whole).length === 0 ? undefined : whole;
}

function codeSystem(mapping: Mapping, name: string, table: string | undefined): string {
  const upper = name.toUpperCase();
  if (Object.hasOwn(SYSTEMS, upper)) return SYSTEMS[upper] as string;
  const [, number] = /^(?:HL7|0*HL7)?0*(\d{1,4})$/.exec(upper) ?? [];
  if (upper.startsWith('HL7') && number !== undefined) return `${V2}${number.padStart(4, '0')}`;
  if (name === '' && table !== undefined) return `${V2}${table}`;
  return name === '' ? ownSystem(mapping, 'codes') : ownSystem(mapping, 'codes', name);
}

/** A coding of an HL7 table. */
export function coded(table: string, code: string): object {
  return { coding: [{ system: `${V2}${table}`, code }] };
}

const NAME_USE: Readonly<Record<string, string>> = {
  L: 'official',
  D: 'usual',
  M: 'maiden',
  N: 'nickname',
  S: 'anonymous',
  BAD: 'old',
};

/** XPN, and XCN from its second component on (`from` 2). */
export function humanName(part: Part, from = 1): object | undefined {
  const [family, given, middle, suffix, prefix] = [0, 1, 2, 3, 4].map((n) => part.part(from + n).at(1));
  const use = from === 1 ? NAME_USE[part.at(7)] : undefined;
  const name = compact({
    family,
    given: [given, middle].filter(Boolean),
    prefix: [prefix].filter(Boolean),
    suffix: [suffix].filter(Boolean),
  });
  return Object.keys(name).length === 0 ? undefined : compact({ use, ...name });
}

const ADDRESS_USE: Readonly<Record<string, string>> = {
  H: 'home',
  P: 'home',
  L: 'home',
  B: 'work',
  O: 'work',
  C: 'temp',
  BI: 'billing',
  BA: 'old',
};

/** XAD. */
export function address(part: Part): object | undefined {
  const where = compact({
    line: [part.part(1).at(1), part.at(2)].filter(Boolean),
    city: part.at(3),
    district: part.at(9),
    state: part.at(4),
    postalCode: part.at(5),
    country: part.at(6),
  });
  if (Object.keys(where).length === 0) return undefined;
  const type = part.at(7);
  return compact({ use: ADDRESS_USE[type], type: type === 'M' ? 'postal' : undefined, ...where });
}

const TELECOM_USE: Readonly<Record<string, string>> = {
  PRN: 'home',
  ORN: 'home',
  VHN: 'temp',
  WPN: 'work',
  PRS: 'mobile',
};
const EQUIPMENT: Readonly<Record<string, string>> = {
  PH: 'phone',
  CP: 'phone',
  SAT: 'phone',
  FX: 'fax',
  BP: 'pager',
  Internet: 'email',
  'X.400': 'email',
};

/** XTN: in the old form as one text, or in the parts of v2.3.1 and later. */
export function contactPoint(part: Part, use: string): object | undefined {
  const equipment = part.at(3);
  const email = part.at(4);
  const numbers = [part.at(5) === '' ? '' : `+${part.at(5).replace(/^\+/, '')}`, part.at(6), part.at(7)]
    .filter(Boolean)
    .join(' ');
  const system = equipment === '' && email !== '' && part.at(1) === '' ? 'email' : (EQUIPMENT[equipment] ?? 'phone');
  const value = system === 'email' ? email || part.at(1) : part.at(12) || numbers || part.at(1);
  if (value === '') return undefined;
  return { system, value, use: equipment === 'CP' ? 'mobile' : (TELECOM_USE[part.at(2)] ?? use) };
}

/** XCN: a reference to a Practitioner, who is found by the number or made; without a number, the name alone. */
export function practitioner(mapping: Mapping, part: Part): object | undefined {
  const name = humanName(part, 2);
  const display = displayOf(name);
  const value = part.at(1);
  if (value === '') return display === '' ? undefined : { display };
  const authority = part.part(9);
  const key = { system: systemOf(mapping, [authority.at(1), authority.at(2), authority.at(3)], 'practitioner'), value };
  const type = part.at(13) === '' ? undefined : coded('0203', part.at(13));
  const resource = compact({
    resourceType: 'Practitioner',
    identifier: [compact({ type, ...key })],
    name: name && [name],
  });
  return compact({ reference: mapping.drafts.add({ resource, key, write: 'ensure' }), display });
}

function displayOf(name: object | undefined): string {
  const {
    prefix = [],
    given = [],
    family = '',
  } = (name ?? {}) as { prefix?: string[]; given?: string[]; family?: string };
  return [...prefix, ...given, family].filter(Boolean).join(' ');
}

/** XON: a reference to an Organization, as `practitioner`. */
export function organization(mapping: Mapping, part: Part): object | undefined {
  const display = part.at(1);
  const value = part.at(10) || part.at(3);
  if (value === '') return display === '' ? undefined : { display };
  const authority = part.part(6);
  const key = { system: systemOf(mapping, [authority.at(1), authority.at(2), authority.at(3)], 'organization'), value };
  const resource = compact({ resourceType: 'Organization', identifier: [key], name: display || value });
  return compact({ reference: mapping.drafts.add({ resource, key, write: 'ensure' }), display });
}

/** The moment in a field, as FHIR dateTime; undefined where it is empty. Errors: `data-type`. */
export function moment({ sender }: Mapping, segment: Segment, field: number): string | undefined {
  return checked(segment, field, (text) => dateTimeOf(text, sender.timezone));
}

/** The same, as FHIR instant; undefined too where it is not precise enough. */
export function instant({ sender }: Mapping, segment: Segment, field: number): string | undefined {
  moment({ sender } as Mapping, segment, field);
  return instantOf(segment.at(field), sender.timezone) ?? undefined;
}

/** The day in a field, as FHIR date. Errors: `data-type`. */
export function day(segment: Segment, field: number): string | undefined {
  return checked(segment, field, dateOf);
}

function checked(segment: Segment, field: number, read: (text: string) => string | null): string | undefined {
  const text = segment.at(field);
  if (text === '') return undefined;
  const value = read(text);
  if (value === null) throw segment.refusal('data-type', 'This is no date or time', field, 1);
  return value;
}
