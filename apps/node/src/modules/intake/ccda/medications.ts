import { compact, PATIENT } from '../drafts.ts';
import {
  aboutOf,
  cd,
  hasTemplate,
  isNegated,
  ivl,
  keyOf,
  organization,
  pq,
  practitioner,
  type Reading,
  related,
  timed,
  ts,
} from './types.ts';
import type { XmlElement } from './xml.ts';

const STATEMENT: Readonly<Record<string, string>> = {
  ...{
    active: 'active',
    completed: 'completed',
    suspended: 'on-hold',
    held: 'on-hold',
    aborted: 'stopped',
    cancelled: 'not-taken',
    nullified: 'entered-in-error',
    new: 'intended',
  },
};
const REQUEST: Readonly<Record<string, string>> = {
  ...{
    active: 'active',
    completed: 'completed',
    suspended: 'on-hold',
    held: 'on-hold',
    aborted: 'stopped',
    cancelled: 'cancelled',
    nullified: 'entered-in-error',
    new: 'draft',
  },
};
const REFUSAL = '2.16.840.1.113883.10.20.22.4.53';

/** A medication activity: what is taken is a MedicationStatement, what is meant to be (INT, RQO) a MedicationRequest. */
export function medicationOf(reading: Reading, entry: XmlElement): void {
  const product = productOf(entry);
  const medicationCodeableConcept = cd(product);
  if (medicationCodeableConcept === undefined) {
    reading.unmapped.push({ section: 'medications', reason: 'the product is not said' });
    return;
  }
  const times = entry.all('effectiveTime');
  const period = times.find(
    (one) => one.at('xsi:type').endsWith('IVL_TS') || one.first('low') !== undefined || one.at('value') !== '',
  );
  const status = entry.first('statusCode')?.at('code') ?? '';
  const isRequest = /^(?:INT|RQO|PRMS)$/.test(entry.at('moodCode'));
  const type = isRequest ? 'MedicationRequest' : 'MedicationStatement';
  const key = keyOf(reading, type, entry, ['medication', ...aboutOf(product, period)]);
  const written = ts(reading, entry.first('author', 'time'));
  const shared = { identifier: [key], medicationCodeableConcept, subject: { reference: PATIENT } };
  const dosage = dosageOf(entry, times);
  const resource = isRequest
    ? compact({
        resourceType: type,
        ...shared,
        status: REQUEST[status] ?? 'unknown',
        intent: entry.at('moodCode') === 'RQO' ? 'order' : 'plan',
        doNotPerform: isNegated(entry) ? true : undefined,
        authoredOn: written,
        requester: practitioner(reading, entry.first('author', 'assignedAuthor')),
        dosageInstruction: dosage,
      })
    : compact({
        resourceType: type,
        ...shared,
        status: isNegated(entry) ? 'not-taken' : (STATEMENT[status] ?? 'unknown'),
        ...timed(reading, period, 'effective'),
        dateAsserted: written,
        dosage,
      });
  reading.drafts.add({ resource, key, write: 'put' });
}

function dosageOf(entry: XmlElement, times: readonly XmlElement[]): object[] {
  const dose = pq(entry.first('doseQuantity')) ?? pq(entry.first('doseQuantity', 'center'));
  const rate = pq(entry.first('rateQuantity'));
  const every = times.map((one) => one.first('period')).find((one) => one !== undefined);
  const [value, unit] = [Number(every?.at('value')), every?.at('unit') ?? ''];
  const repeats = Number.isFinite(value) && value > 0 && /^(?:s|min|h|d|wk|mo|a)$/.test(unit);
  const one = compact({
    timing: repeats ? { repeat: { frequency: 1, period: value, periodUnit: unit } } : undefined,
    asNeededBoolean: entry.all('precondition').length > 0 ? true : undefined,
    route: cd(entry.first('routeCode')),
    doseAndRate: dose === undefined && rate === undefined ? [] : [compact({ doseQuantity: dose, rateQuantity: rate })],
  });
  return Object.keys(one).length === 0 ? [] : [one];
}

/** An immunization activity; negated, one that was not given, with the reason where it is said. */
export function immunizationOf(reading: Reading, entry: XmlElement): void {
  const product = productOf(entry);
  const vaccineCode = cd(product);
  const time = entry.first('effectiveTime');
  const { at, start } = ivl(reading, time);
  const given = at ?? start;
  if (vaccineCode === undefined || given === undefined || entry.at('moodCode') === 'INT') {
    const reason =
      vaccineCode === undefined
        ? 'the vaccine is not said'
        : given === undefined
          ? 'the time is not said'
          : 'it is only planned';
    reading.unmapped.push({ section: 'immunizations', reason });
    return;
  }
  const negated = isNegated(entry);
  const key = keyOf(reading, 'Immunization', entry, ['immunization', ...aboutOf(product, time)]);
  const [refusal] = related(entry, 'observation').filter((one) => hasTemplate(one, REFUSAL));
  const made = entry.first('consumable', 'manufacturedProduct');
  const performer = practitioner(reading, entry.first('performer', 'assignedEntity'));
  const resource = compact({
    resourceType: 'Immunization',
    identifier: [key],
    status: negated ? 'not-done' : 'completed',
    statusReason: negated ? cd(refusal?.first('code')) : undefined,
    vaccineCode,
    patient: { reference: PATIENT },
    occurrenceDateTime: given,
    manufacturer: organization(reading, made?.first('manufacturerOrganization')),
    lotNumber: made?.first('manufacturedMaterial', 'lotNumberText')?.text.trim(),
    route: cd(entry.first('routeCode')),
    site: cd(entry.first('approachSiteCode')),
    doseQuantity: pq(entry.first('doseQuantity')),
    performer: performer === undefined ? [] : [{ actor: performer }],
  });
  reading.drafts.add({ resource, key, write: 'put' });
}

function productOf(entry: XmlElement): XmlElement | undefined {
  return entry.first('consumable', 'manufacturedProduct', 'manufacturedMaterial', 'code');
}
