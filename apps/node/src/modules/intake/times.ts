/** A moment in the parts that HL7 v2 and CDA write together: `YYYY[MM[DD[HH[MM[SS[.S…]]]]]][±ZZZZ]`. */
const TIME = /^(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(\.\d{1,9})?)?)?)?)?)?(?:([+-])(\d\d)(\d\d))?$/;

/**
 * A FHIR dateTime of a moment of HL7 v2 (DTM, TS) or CDA (TS), as precise as it is; an hour without minutes becomes its day, which FHIR can say.
 * @param zone where the time is one's own: an IANA name, used where the moment has no offset.
 * @returns null for what is no such moment.
 */
export function dateTimeOf(text: string, zone: string): string | null {
  const parts = TIME.exec(text);
  if (parts === null) return null;
  const [, year = '', month, day, hour, minute, second = '00', fraction = '', sign, offsetHours, offsetMinutes] = parts;
  if (year === '0000') return null;
  if (month === undefined) return year;
  if (Number(month) < 1 || Number(month) > 12) return null;
  if (day === undefined) return `${year}-${month}`;
  const last = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  if (Number(day) < 1 || Number(day) > last) return null;
  const date = `${year}-${month}-${day}`;
  if (hour === undefined) return date;
  if (Number(hour) > 23) return null;
  if (minute === undefined) return date;
  if (Number(minute) > 59 || Number(second) > 60) return null;
  const own = sign === undefined ? offsetAt(zone, parts) : `${sign}${offsetHours}:${offsetMinutes}`;
  if (!/^[+-](?:0\d|1[0-4]):[0-5]\d$/.test(own)) return null;
  return `${date}T${hour}:${minute}:${second}${fraction}${own}`;
}

/** A FHIR date: the day of such a moment. */
export function dateOf(text: string): string | null {
  return dateTimeOf(text, 'UTC')?.slice(0, 10) ?? null;
}

/** A FHIR instant, or null where a moment is not precise enough. */
export function instantOf(text: string, zone: string): string | null {
  const moment = dateTimeOf(text, zone);
  return moment?.includes('T') ? moment : null;
}

/** The offset of a zone at a time by its own clocks, such as `+01:00`. In the hour that comes twice it is the first one's or the second one's. */
function offsetAt(zone: string, [, year, month, day, hour, minute, second = '0']: RegExpExecArray): string {
  const clock = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  const guess = minutesAt(zone, clock);
  const minutes = minutesAt(zone, clock - guess * 60_000);
  const size = Math.abs(minutes);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function minutesAt(zone: string, moment: number): number {
  const format = formats.get(zone) ?? new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
  formats.set(zone, format);
  const name = format.formatToParts(moment).find((part) => part.type === 'timeZoneName')?.value ?? '';
  const [, sign, hours = '0', minutes = '0'] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(name) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}
