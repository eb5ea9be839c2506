/** Both ends included. Dates in milliseconds since 1970, quantities in their unit. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Open ends of periods: the years 0001 and 9999, beyond which FHIR has no dates. */
export const EARLIEST = Date.parse('0001-01-01T00:00:00.000Z');
export const LATEST = Date.parse('9999-12-31T23:59:59.999Z');

const DATE = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+ -]\d\d:\d\d)?)?)?)?$/;

/**
 * The interval that a FHIR date, dateTime or instant stands for by its precision: `2018` is the whole year, `2018-05-01T10:00Z` a minute
 * (https://hl7.org/fhir/R4/search.html#date). Without a time zone: UTC. A blank before the zone is read as `+`, which URLs turn into one.
 * Gives null when it is no such date.
 */
export function dateInterval(text: string): Interval | null {
  const found = DATE.exec(text);
  if (!found) return null;
  const [, year = '', month, day, hour, minute, second, fraction, zone] = found;
  if (year === '0000') return null;
  if (day !== undefined && Number(day) > daysIn(Number(year), Number(month))) return null;
  const two = (part: string | undefined, otherwise: string) => part ?? otherwise;
  const offset = zone === undefined ? 'Z' : zone.replace(' ', '+');
  const time = `${two(hour, '00')}:${two(minute, '00')}:${second === '60' ? '59' : two(second, '00')}`;
  const low = Date.parse(
    `${year}-${two(month, '01')}-${two(day, '01')}T${time}.${(fraction ?? '').padEnd(3, '0').slice(0, 3)}${offset}`,
  );
  if (Number.isNaN(low)) return null;
  let high: number;
  if (fraction !== undefined) high = low + 10 ** Math.max(0, 3 - fraction.length) - 1;
  else if (second !== undefined) high = low + 999;
  else if (minute !== undefined) high = low + 59_999;
  else if (day !== undefined) high = low + 86_399_999;
  else if (month !== undefined) high = low + daysIn(Number(year), Number(month)) * 86_400_000 - 1;
  else high = Date.parse(`${year}-12-31T23:59:59.999Z`);
  return { low, high };
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

const NUMBER = /^[+-]?(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;

/**
 * The values that a number in a query stands for by its digits: `100` means 99.5 to 100.5, `100.00` means 99.995 to 100.005
 * (https://hl7.org/fhir/R4/search.html#number). Gives null when it is no number.
 */
export function numberInterval(text: string): (Interval & { readonly value: number }) | null {
  const found = NUMBER.exec(text);
  if (!found) return null;
  const value = Number(text);
  if (!Number.isFinite(value)) return null;
  const [, , decimals = '', exponent = '0'] = found;
  // "1e2" has one significant digit; plain "100" counts all three.
  const half = 10 ** (Number(exponent) - decimals.length) / 2;
  return { value, low: rounded(value - half), high: rounded(value + half) };
}

/** Takes binary noise away: 5.40 - 0.005 is 5.395, not 5.3950000000000005. */
function rounded(value: number): number {
  return Number(value.toPrecision(15));
}
