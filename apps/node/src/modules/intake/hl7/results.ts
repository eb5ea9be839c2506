import type { FhirResource, FullIdentifier } from '../../records/index.ts';
import { ID } from '../context.ts';
import { compact, PATIENT } from '../drafts.ts';
import type { Segment } from './message.ts';
import { placerOf } from './orders.ts';
import {
  coded,
  concept,
  ei,
  type Identifier,
  instant,
  type Mapping,
  moment,
  organization,
  practitioner,
} from './types.ts';
import { interpretationOf, type ObservedValue, observedValue, referenceRangeOf, textOf } from './values.ts';

/** One order of an ORU^R01 with its results. */
export interface ResultGroup {
  readonly orc: Segment | undefined;
  readonly obr: Segment;
  readonly results: readonly { readonly obx: Segment; readonly notes: readonly Segment[] }[];
}

/** Table 0123 as DiagnosticReport.status. */
const REPORT_STATUS: Readonly<Record<string, string>> = {
  ...{ O: 'registered', I: 'registered', S: 'registered', A: 'partial', R: 'partial', P: 'preliminary' },
  ...{ C: 'corrected', M: 'corrected', F: 'final', X: 'cancelled' },
};
/** Table 0085 as Observation.status. */
const STATUS: Readonly<Record<string, string>> = {
  ...{ A: 'amended', C: 'corrected', D: 'entered-in-error', W: 'entered-in-error', F: 'final', U: 'final', V: 'final' },
  ...{
    P: 'preliminary',
    R: 'preliminary',
    S: 'preliminary',
    I: 'registered',
    O: 'registered',
    X: 'cancelled',
    N: 'cancelled',
  },
};
/** What does not take back what was said for good: it was overtaken on its way. */
const EARLY = new Set(['registered', 'partial', 'preliminary']);
const LATE = new Set(['final', 'amended', 'corrected', 'entered-in-error', 'cancelled']);

const CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category';
const IMAGING = new Set(['RAD', 'CT', 'CUS', 'NMR', 'NMS', 'NRS', 'OUS', 'RUS', 'RX', 'VUS', 'XRC']);
const TEXTS = new Set(['ST', 'TX', 'FT']);

/** OBR and its OBX as a DiagnosticReport and its Observations. Errors: `required-field`, `table-value`, `data-type`. */
export function resultsOf(mapping: Mapping, group: ResultGroup, encounter: object | undefined): void {
  const { orc, obr } = group;
  const filler = ei(mapping, obr.first(3), 'FILL') ?? (orc && ei(mapping, orc.first(3), 'FILL')) ?? null;
  const placer = placerOf(mapping, orc, obr);
  const number = filler ?? placer;
  if (number === null) throw obr.refusal('required-field', 'The number of the order is missing', 3, 1);
  const code = concept(mapping, obr.first(4), '0000');
  if (code === undefined) throw obr.refusal('required-field', 'The service is missing', 4, 1);
  const prefix = `${number.system}|${number.value}|${obr.at(4) || obr.at(4, 2)}`;
  const category = obr.at(24).toUpperCase();
  const shared = {
    subject: { reference: PATIENT },
    ...(encounter !== undefined && { encounter }),
  };
  const documents: object[] = [];
  const results = observed(group).flatMap(({ obx, text, notes, occurrence }) => {
    const value = text === undefined ? observedValue(mapping, obx) : { element: { valueString: text } };
    if (value.attachment !== undefined) {
      documents.push(value.attachment);
      return [];
    }
    const key = {
      system: `${ID}hl7v2-observation`,
      value: `${prefix}|${keyOf(obx)}${occurrence === 1 ? '' : `|${occurrence}`}`,
    };
    const own = observation(mapping, { obx, obr, notes, value, category, key, shared });
    return [{ reference: mapping.drafts.add({ resource: own, key, write: 'put', merge: overtakes }) }];
  });
  const key = { system: `${ID}hl7v2-report`, value: prefix };
  const resource = compact({
    resourceType: 'DiagnosticReport',
    identifier: [key, ...[placer, filler].filter((one) => one !== null && one !== undefined)],
    basedOn: placer === null ? [] : [orderReference(mapping, placer, obr)],
    status: statusIn(REPORT_STATUS, obr, 25),
    category: category === '' ? [] : [coded('0074', category)],
    code,
    ...shared,
    ...effective(mapping, obr),
    issued: instant(mapping, obr, 22),
    resultsInterpreter: interpreters(obr),
    result: results,
    presentedForm: documents,
  });
  mapping.drafts.add({ resource, key, write: 'put', merge: reportAfter });
}

/** The OBX of a group: lines of one text are one result, and each knows which of its code it is. */
function observed({ results }: ResultGroup): { obx: Segment; text?: string; notes: Segment[]; occurrence: number }[] {
  const found: { obx: Segment; text?: string; notes: Segment[]; occurrence: number }[] = [];
  const byKey = new Map<string, (typeof found)[number][]>();
  for (const { obx, notes } of results) {
    obx.required(3, 'The code of the observation', obx.at(3) === '' ? 2 : 1);
    const before = byKey.get(keyOf(obx)) ?? [];
    byKey.set(keyOf(obx), before);
    const isText = TEXTS.has(obx.at(2).toUpperCase());
    const last = before.at(-1);
    if (isText && last?.text !== undefined) {
      last.text += `\n${textOf(obx)}`;
      last.notes.push(...notes);
      continue;
    }
    const text = isText && obx.all(5).length > 0 ? { text: textOf(obx) } : {};
    const one = { obx, ...text, notes: [...notes], occurrence: before.length + 1 };
    before.push(one);
    found.push(one);
  }
  return found;
}

/** Code and sub-id. */
function keyOf(obx: Segment): string {
  return `${obx.at(3) || obx.at(3, 2)}|${obx.at(4)}`;
}

function observation(
  mapping: Mapping,
  from: {
    readonly obx: Segment;
    readonly obr: Segment;
    readonly notes: readonly Segment[];
    readonly value: ObservedValue;
    readonly category: string;
    readonly key: FullIdentifier;
    readonly shared: object;
  },
): FhirResource {
  const { obx, obr, notes, value, category, key, shared } = from;
  const status = statusIn(STATUS, obx, 11);
  const at = moment(mapping, obx, 14);
  const said = value.element ?? {};
  const note = notes.map((nte) => nte.text(3)).filter(Boolean);
  return compact({
    resourceType: 'Observation',
    identifier: [key],
    status,
    category: [{ coding: [{ system: CATEGORY, code: IMAGING.has(category) ? 'imaging' : 'laboratory' }] }],
    code: concept(mapping, obx.first(3), '0000') as object,
    ...shared,
    ...(at === undefined ? effective(mapping, obr) : { effectiveDateTime: at }),
    issued: instant(mapping, obr, 22),
    performer: [
      ...obx.all(16).map((part) => practitioner(mapping, part)),
      ...obx.all(23).map((part) => organization(mapping, part)),
    ].filter((one) => one !== undefined),
    ...said,
    dataAbsentReason: Object.keys(said).length === 0 ? absence(status) : undefined,
    interpretation: interpretationOf(obx),
    note: note.length === 0 ? [] : [{ text: note.join('\n') }],
    method: concept(mapping, obx.first(17)),
    bodySite: concept(mapping, obx.first(20)),
    referenceRange: referenceRangeOf(obx),
  });
}

function absence(status: string): object {
  const code = status === 'registered' || status === 'preliminary' ? 'temp-unknown' : 'unknown';
  return { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason', code }] };
}

function statusIn(table: Readonly<Record<string, string>>, segment: Segment, field: number): string {
  const code = segment.at(field).toUpperCase();
  if (code === '') return segment.name === 'OBR' ? 'unknown' : segment.at(5) === '' ? 'unknown' : 'final';
  const status = Object.hasOwn(table, code) ? table[code] : undefined;
  if (status === undefined) throw segment.refusal('table-value', 'The status is not one that is read', field);
  return status;
}

function effective(mapping: Mapping, obr: Segment): object {
  const [start, end] = [moment(mapping, obr, 7), moment(mapping, obr, 8)];
  if (start === undefined) return {};
  return end === undefined ? { effectiveDateTime: start } : { effectivePeriod: { start, end } };
}

function interpreters(obr: Segment): object[] {
  return obr.all(32).flatMap((part) => {
    const [id, family, given] = [part.at(1, 1), part.at(1, 2), part.at(1, 3)];
    const display = [given, family].filter(Boolean).join(' ');
    return display === '' && id === '' ? [] : [{ display: display || id }];
  });
}

function orderReference({ drafts }: Mapping, placer: Identifier, obr: Segment): object {
  const key = { system: `${ID}hl7v2-order`, value: `${placer.system}|${placer.value}|${obr.at(4) || obr.at(4, 2)}` };
  const resource = { resourceType: 'ServiceRequest' };
  return { type: 'ServiceRequest', reference: drafts.add({ resource, key, write: 'find' }), identifier: placer };
}

/** A correction replaces; what is preliminary does not take back what is final; a status that comes without its value keeps the value. */
function overtakes(stored: FhirResource, brought: FhirResource): FhirResource {
  if (EARLY.has(String(brought.status)) && LATE.has(String(stored.status))) return stored;
  if (Object.keys(brought).some((name) => name.startsWith('value'))) return brought;
  const isValueless = !Object.keys(stored).some((name) => name.startsWith('value'));
  if (isValueless) return brought;
  return { ...stored, status: brought.status };
}

/** Results that a correction does not repeat stay in the report. */
function reportAfter(stored: FhirResource, brought: FhirResource): FhirResource {
  const before = (stored.result ?? []) as { reference?: string }[];
  const now = (brought.result ?? []) as { reference?: string }[];
  const fresh = now.filter((one) => !before.some(({ reference }) => reference === one.reference));
  const result = [...before, ...fresh];
  const kept =
    EARLY.has(String(brought.status)) && LATE.has(String(stored.status))
      ? stored
      : { ...brought, presentedForm: brought.presentedForm ?? stored.presentedForm };
  return compact({ ...kept, result });
}
