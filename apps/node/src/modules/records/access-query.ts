import { searchParametersOf } from './definitions.ts';

/** Types whose every property may tell who somebody is. */
const PERSONS = new Set(['', 'Patient', 'Person', 'RelatedPerson']);
/** Parameters about the answer and not about what is looked for. `_cursor` is not among them: it holds values of the last record shown. */
const ABOUT_ANSWER =
  /^_(?:count|elements|format|include|lastUpdated|pretty|profile|revinclude|security|since|sort|source|summary|tag|total|type)(?::|$)/;
/** Parameters of operations (`Patient/$everything`) that say of which time or how many. */
const OF_OPERATIONS = new Set(['start', 'end', 'max', 'count', 'onlyCertainMatches']);
/** Kinds of values that describe care and point at nobody. */
const OF_CARE = new Set(['token', 'date', 'number', 'quantity', 'uri', 'composite']);
const WITHHELD = '*';

/**
 * A search (`Type?query`) as it stands in one patient's access log. What was looked for is told; whatever else a value may name, another
 * patient above all, is withheld: staff who ask for two patients at once must not make either known to the other.
 */
export function queryFor(patient: string, search: string): string {
  const at = search.indexOf('?');
  if (at < 0) return search;
  const type = search.slice(0, at);
  const told = search
    .slice(at + 1)
    .split('&')
    .map((pair) => {
      const equals = pair.indexOf('=');
      if (equals < 0) return pair;
      const name = decoded(pair.slice(0, equals));
      if (name !== null && isHarmless(type, name)) return pair;
      const values = pair.slice(equals + 1).split(',');
      const own = values.filter((value) => isOf(patient, decoded(value)));
      return `${pair.slice(0, equals)}=${(own.length === values.length ? own : [...own, WITHHELD]).join(',')}`;
    });
  return `${type}?${told.join('&')}`;
}

function isHarmless(path: string, name: string): boolean {
  if (ABOUT_ANSWER.test(name)) return true;
  const [type = '', operation] = path.split('/$');
  if (operation !== undefined && OF_OPERATIONS.has(name)) return true;
  if (PERSONS.has(type) || name.includes('.')) return false;
  const [code = ''] = name.split(':');
  const kind = code === 'identifier' ? undefined : searchParametersOf(type).find((one) => one.code === code)?.kind;
  return kind !== undefined && OF_CARE.has(kind);
}

function isOf(patient: string, value: string | null): boolean {
  return value === patient || value === `Patient/${patient}` || value?.endsWith(`/Patient/${patient}`) === true;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}
