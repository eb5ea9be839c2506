import { withLiteral } from '@anamnesis/protocol';
import { compact } from '../drafts.ts';
import { unitOf } from '../units.ts';
import type { Segment } from './message.ts';
import { concept, type Mapping, moment } from './types.ts';

/** What OBX-5 says, as an element of Observation (`valueQuantity`, …); or a document, which stands in the report. */
export interface ObservedValue {
  readonly element?: Readonly<Record<string, unknown>>;
  readonly attachment?: object;
}

const NUMBER = /^([<>]=?)?\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?)$/;
const TIME = /^(\d\d)(\d\d)(\d\d(?:\.\d+)?)?$/;

/**
 * OBX-5 by its type in OBX-2. Errors: `data-type` for a value that is not of its type, or of a type that is not mapped.
 */
export function observedValue(mapping: Mapping, obx: Segment): ObservedValue {
  const type = obx.at(2).toUpperCase();
  const first = obx.first(5);
  if (obx.all(5).every((part) => part.isNull)) return {};
  switch (type) {
    case 'NM':
      return { element: { valueQuantity: quantityOf(first.text, obx) } };
    case 'SN':
      return { element: structured(obx) };
    case 'ST':
    case 'TX':
    case 'FT':
      return { element: { valueString: textOf(obx) } };
    case 'CE':
    case 'CWE':
    case 'CNE':
    case 'CF':
      return { element: { valueCodeableConcept: concept(mapping, first) } };
    case 'IS':
    case 'ID':
      return { element: { valueCodeableConcept: { text: first.text } } };
    case 'DT':
    case 'TS':
    case 'DTM':
      return { element: { valueDateTime: moment(mapping, obx, 5) } };
    case 'TM':
      return { element: { valueTime: timeOf(first.at(1), obx) } };
    case 'ED':
      return { attachment: attachmentOf(obx) };
    default:
      throw obx.refusal('data-type', type === '' ? 'The value has no type' : 'Values of this type are not read', 2);
  }
}

/** The lines of a text value as they are set. */
export function textOf(obx: Segment): string {
  return obx
    .all(5)
    .map((part) => part.verbatim)
    .join('\n');
}

/** A number as a Quantity with the unit of OBX-6 and all its digits. Errors: `data-type`. */
function quantityOf(text: string, obx: Segment): object {
  const [, comparator, digits = ''] = NUMBER.exec(text) ?? [];
  if (digits === '') throw obx.refusal('data-type', 'The value is no number', 5);
  const unit = obx.first(6);
  const quantity = compact({ value: Number(digits), comparator, ...unitOf(unit.at(1) || unit.at(2), unit.at(3)) });
  return withLiteral(quantity, 'value', decimalOf(digits));
}

/** FHIR's form of a number (JSON's): no plus, no point without digits, no zeros in front. */
export function decimalOf(digits: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = ''] =
    /^([+-]?)(\d*)(?:\.(\d*))?([eE][+-]?\d+)?$/.exec(digits) ?? [];
  const plain = `${whole.replace(/^0+(?=\d)/, '') || '0'}${fraction === '' ? '' : `.${fraction}`}${exponent}`;
  return sign === '-' ? `-${plain}` : plain;
}

/** SN: `<^5`, `^1^:^128` (a ratio), `^3^-^5` (a range), `^2^+` (a grade). */
function structured(obx: Segment): Record<string, unknown> {
  const part = obx.first(5);
  const [sign, low, separator, high] = [part.at(1), part.at(2), part.at(3), part.at(4)];
  const comparator = sign === '=' ? '' : sign;
  if (separator === '' && high === '') {
    if (!/^(?:[<>]=?)?$/.test(comparator))
      throw obx.refusal('data-type', 'The comparison is not one that FHIR has', 5, 1);
    return { valueQuantity: quantityOf(`${comparator}${low}`, obx) };
  }
  if (separator === '-' && comparator === '') {
    return { valueRange: { low: quantityOf(low, obx), high: quantityOf(high, obx) } };
  }
  if (/^[:/]$/.test(separator) && comparator === '') {
    return { valueRatio: { numerator: quantityOf(low, obx), denominator: quantityOf(high, obx) } };
  }
  return { valueString: `${comparator}${low}${separator}${high}` };
}

function timeOf(text: string, obx: Segment): string {
  const [, hour = '', minute = '', second = '00'] = TIME.exec(text) ?? [];
  if (hour === '' || Number(hour) > 23 || Number(minute) > 59) throw obx.refusal('data-type', 'This is no time', 5);
  return `${hour}:${minute}:${second}`;
}

const SUBTYPES: Readonly<Record<string, string>> = {
  ...{ PDF: 'application/pdf', RTF: 'application/rtf', HTML: 'text/html', XML: 'application/xml', JPEG: 'image/jpeg' },
  ...{ JPG: 'image/jpeg', PNG: 'image/png', TIFF: 'image/tiff', DICOM: 'application/dicom', TEXT: 'text/plain' },
};

/** ED: source, type, subtype, encoding, content. Errors: `data-type`. */
function attachmentOf(obx: Segment): object {
  const part = obx.first(5);
  const [type, subtype, encoding] = [part.at(2), part.at(3), part.at(4)];
  const content = part.at(5);
  const whole = `${type}/${subtype}`.toLowerCase();
  const contentType =
    SUBTYPES[subtype.toUpperCase()] ??
    SUBTYPES[type.toUpperCase()] ??
    (/^[\w.+-]+\/[\w.+-]+$/.test(whole) ? whole : 'application/octet-stream');
  const title = titleOf(obx);
  if (/^base64$/i.test(encoding)) {
    const data = content.replace(/\s+/g, '');
    if (data.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(data))
      throw obx.refusal('data-type', 'This is no Base64', 5, 5);
    return compact({ contentType, data, title });
  }
  if (!/^(?:A|)$/i.test(encoding)) throw obx.refusal('data-type', 'The encoding is not read', 5, 4);
  return compact({ contentType, data: Buffer.from(content, 'utf8').toString('base64'), title });
}

function titleOf(obx: Segment): string {
  return obx.first(3).at(2);
}

const INTERPRETATIONS = new Set(
  'A AA HH LL H L N < > U D B W S R I MS VS POS NEG IND DET ND HX LX HU LU AC QCF TOX CAR E EX HM IE NCL NR NS OBX RR SDD SYN-R SYN-S WR EXP UNE'.split(
    ' ',
  ),
);
const INTERPRETATION = 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation';

/** OBX-8 as Observation.interpretation; a flag that is no code of table 0078 stays as text. */
export function interpretationOf(obx: Segment): object[] {
  return obx.all(8).flatMap((part): object[] => {
    const flag = part.at(1);
    if (flag === '') return [];
    return INTERPRETATIONS.has(flag.toUpperCase())
      ? [{ coding: [{ system: INTERPRETATION, code: flag.toUpperCase() }] }]
      : [{ text: flag }];
  });
}

/** OBX-7 as Observation.referenceRange: `3.5-5.1`, `<5.0`, `>=60`, or a text. */
export function referenceRangeOf(obx: Segment): object[] {
  const text = obx.text(7);
  if (text === '') return [];
  const number = String.raw`([+-]?\d+(?:\.\d+)?)`;
  const [, low, high] = new RegExp(String.raw`^\s*${number}\s*(?:-|–|to)\s*${number}\s*$`).exec(text) ?? [];
  if (low !== undefined && high !== undefined)
    return [{ low: quantityOf(low, obx), high: quantityOf(high, obx), text }];
  const [, sign, bound] = new RegExp(String.raw`^\s*([<>])=?\s*${number}\s*$`).exec(text) ?? [];
  if (bound === undefined) return [{ text }];
  return [{ [sign === '<' ? 'high' : 'low']: quantityOf(bound, obx), text }];
}
