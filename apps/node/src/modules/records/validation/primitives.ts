/**
 * The lexical forms of R4's primitive types (https://hl7.org/fhir/R4/datatypes.html#primitive). All of them are checked in linear time: the
 * standard's own expression for base64Binary overflows the stack on an attachment of a megabyte.
 */
const YEAR = '(?!0000)\\d{4}';
const MONTH = '(?:0[1-9]|1[0-2])';
const DAY = '(?:0[1-9]|[12]\\d|3[01])';
const TIME = '(?:[01]\\d|2[0-3]):[0-5]\\d:(?:[0-5]\\d|60)(?:\\.\\d+)?';
const ZONE = '(?:Z|[+-](?:(?:0\\d|1[0-3]):[0-5]\\d|14:00))';

const FORMS: { readonly [type: string]: RegExp | undefined } = {
  code: /^\S+(?:\s\S+)*$/,
  id: /^[A-Za-z0-9.-]{1,64}$/,
  uri: /^\S+$/,
  url: /^\S+$/,
  canonical: /^\S+$/,
  oid: /^urn:oid:[0-2](?:\.(?:0|[1-9]\d*))+$/,
  uuid: /^urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  date: new RegExp(`^${YEAR}(?:-${MONTH}(?:-${DAY})?)?$`),
  dateTime: new RegExp(`^${YEAR}(?:-${MONTH}(?:-${DAY}(?:T${TIME}${ZONE})?)?)?$`),
  instant: new RegExp(`^${YEAR}-${MONTH}-${DAY}T${TIME}${ZONE}$`),
  time: new RegExp(`^${TIME}$`),
  xhtml: /^\s*<(?:\w+:)?div[\s>/]/,
};

const DATES = new Set(['date', 'dateTime', 'instant']);
/** R4: a string SHALL NOT exceed 1 MB. */
const MAX_STRING = 1_048_576;
const INTEGERS: { readonly [type: string]: number | undefined } = {
  integer: -2_147_483_648,
  unsignedInt: 0,
  positiveInt: 1,
};

/** What is wrong with a value of a primitive type, in words without the value; null when nothing is. */
export function primitiveFault(type: string, value: unknown): string | null {
  if (type === 'boolean') return typeof value === 'boolean' ? null : 'must be true or false';
  if (type === 'decimal') return typeof value === 'number' && Number.isFinite(value) ? null : 'must be a number';
  const least = INTEGERS[type];
  if (least !== undefined) {
    const right = typeof value === 'number' && Number.isInteger(value) && value >= least && value <= 2_147_483_647;
    return right ? null : `must be a whole number of type ${type}`;
  }
  if (typeof value !== 'string') return `must be a string of type ${type}`;
  if (value === '') return 'must not be empty';
  if (type === 'base64Binary') return isBase64(value) ? null : 'must be base64';
  if (value.length > MAX_STRING && type !== 'xhtml') return 'must not be longer than 1 MB';
  if (hasControlCharacter(value)) return 'must not hold control characters';
  const form = FORMS[type];
  if (form && !form.test(value)) return `has not the form of type ${type}`;
  if (DATES.has(type) && !isOnCalendar(value)) return 'is a day that does not exist';
  return null;
}

function hasControlCharacter(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 32 && unit !== 9 && unit !== 10 && unit !== 13) return true;
  }
  return false;
}

function isBase64(text: string): boolean {
  if (/[^A-Za-z0-9+/=\s]/.test(text)) return false;
  const packed = /\s/.test(text) ? text.replace(/\s/g, '') : text;
  const padding = packed.indexOf('=');
  return packed.length % 4 === 0 && (padding < 0 || (padding >= packed.length - 2 && packed.endsWith('=')));
}

function isOnCalendar(text: string): boolean {
  const day = Number(text.slice(8, 10));
  if (day <= 28) return true;
  return day <= new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0)).getUTCDate();
}
