import { compact, PATIENT } from '../drafts.ts';
import { aboutOf, cd, isNegated, keyOf, pq, practitioner, type Reading, timed, ts } from './types.ts';
import type { XmlElement } from './xml.ts';

const CODE = 'http://terminology.hl7.org/CodeSystem/';
const STATUS: Readonly<Record<string, string>> = {
  ...{
    completed: 'final',
    active: 'preliminary',
    held: 'registered',
    new: 'registered',
    aborted: 'cancelled',
    cancelled: 'cancelled',
    nullified: 'entered-in-error',
  },
};
/** Null flavours that say more than that nothing is known. */
const ABSENT: Readonly<Record<string, string>> = {
  ...{
    ASKU: 'asked-unknown',
    NAV: 'temp-unknown',
    NASK: 'not-asked',
    MSK: 'masked',
    NA: 'not-applicable',
    NAVU: 'unknown',
    OTH: 'unsupported',
  },
};

/** An observation of results, vital signs or social history, by itself or in an organizer. */
export function observationsOf(reading: Reading, entry: XmlElement, category: string): void {
  if (entry.name === 'organizer') {
    for (const part of entry.all('component').flatMap(({ children }) => children)) {
      if (part.name === 'observation' || part.name === 'organizer') observationsOf(reading, part, category);
    }
    return;
  }
  const code = cd(entry.first('code'));
  if (code === undefined || isNegated(entry)) {
    reading.unmapped.push({
      section: category,
      reason: code === undefined ? 'the observation is not named' : 'it is negated',
    });
    return;
  }
  const time = entry.first('effectiveTime');
  const key = keyOf(reading, 'Observation', entry, [category, ...aboutOf(entry.first('code'), time)]);
  const value = observedValue(reading, entry.first('value'));
  const status = entry.first('statusCode')?.at('code') ?? '';
  const flavour = entry.first('value')?.at('nullFlavor') ?? '';
  const performer = practitioner(
    reading,
    entry.first('performer', 'assignedEntity') ?? entry.first('author', 'assignedAuthor'),
  );
  const resource = compact({
    resourceType: 'Observation',
    identifier: [key],
    status: STATUS[status] ?? 'unknown',
    category: [{ coding: [{ system: `${CODE}observation-category`, code: category }] }],
    code,
    subject: { reference: PATIENT },
    ...timed(reading, time, 'effective'),
    performer: performer === undefined ? [] : [performer],
    ...value,
    dataAbsentReason:
      Object.keys(value).length === 0
        ? { coding: [{ system: `${CODE}data-absent-reason`, code: ABSENT[flavour] ?? 'unknown' }] }
        : undefined,
    interpretation: entry.all('interpretationCode').flatMap((one) => cd(one) ?? []),
    method: cd(entry.first('methodCode')),
    bodySite: cd(entry.first('targetSiteCode')),
    referenceRange: entry.all('referenceRange', 'observationRange').flatMap((one) => rangeOf(one) ?? []),
  });
  reading.drafts.add({ resource, key, write: 'put' });
}

function observedValue(reading: Reading, value: XmlElement | undefined): Record<string, unknown> {
  if (value === undefined) return {};
  const type = value.at('xsi:type').replace(/^.*:/, '');
  const of = (name: string, found: unknown): Record<string, unknown> =>
    found === undefined || found === '' ? {} : { [`value${name}`]: found };
  switch (type) {
    case 'PQ':
    case 'REAL':
      return of('Quantity', pq(value));
    case 'INT':
      return of('Integer', /^-?\d{1,9}$/.test(value.at('value')) ? Number(value.at('value')) : undefined);
    case 'BL':
      return of('Boolean', { true: true, false: false }[value.at('value')]);
    case 'TS':
      return of('DateTime', ts(reading, value));
    case 'CD':
    case 'CE':
    case 'CO':
    case 'CV':
      return of('CodeableConcept', cd(value));
    case 'IVL_PQ':
      return interval(value);
    case 'RTO':
    case 'RTO_PQ_PQ':
      return of('Ratio', ratioOf(value));
    default:
      return of('String', value.text.trim());
  }
}

/** IVL_PQ with one end is a comparison, with both a range. */
function interval(value: XmlElement): Record<string, unknown> {
  const [low, high] = [value.first('low'), value.first('high')];
  const [from, to] = [pq(low), pq(high)];
  if (from !== undefined && to !== undefined) return { valueRange: { low: from, high: to } };
  if (to !== undefined) return { valueQuantity: pq(high, high?.at('inclusive') === 'false' ? '<' : '<=') };
  if (from !== undefined) return { valueQuantity: pq(low, low?.at('inclusive') === 'false' ? '>' : '>=') };
  return {};
}

function ratioOf(value: XmlElement): object | undefined {
  const [numerator, denominator] = [pq(value.first('numerator')), pq(value.first('denominator'))];
  return numerator === undefined || denominator === undefined ? undefined : { numerator, denominator };
}

function rangeOf(range: XmlElement): object | undefined {
  const value = range.first('value');
  const one = compact({
    low: pq(value?.first('low')),
    high: pq(value?.first('high')),
    text: range.first('text')?.text.trim(),
  });
  return Object.keys(one).length === 0 ? undefined : one;
}
