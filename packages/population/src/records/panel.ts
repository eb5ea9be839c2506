/** A laboratory panel: its Observations and the DiagnosticReport that holds them together. */
import type { DiagnosticReport, Observation } from '@medplum/fhirtypes';
import { measureAnalyte } from '../body.ts';
import { type Chart, file, keeper } from '../chart.ts';
import { codeable, hl7 } from '../codes/concept.ts';
import { ANALYTES, type AnalyteKey, type Measure, PANELS, type PanelKey } from '../codes/laboratory.ts';
import { chartOf, laboratoryFor } from '../life.ts';
import type { Sensitivity } from '../meta.ts';
import { staffOf, staffReference } from '../staff.ts';
import { HOUR, instantOf } from '../time.ts';
import { context, type Visit } from '../visit.ts';
import { digits } from './number.ts';
import { quantity, references } from './observation.ts';

/** Runs a panel on the patient as she is at this visit and files results in the laboratory's chart (or in the hospital's own). */
export function reportPanel(visit: Visit, key: PanelKey): DiagnosticReport {
  const { life } = visit;
  const outside = visit.kind === 'visit' ? laboratoryFor(life, visit.chart.organization) : undefined;
  const chart = outside === undefined ? visit.chart : chartOf(life, outside);
  const sensitivity: Sensitivity | undefined = key === 'hiv' ? 'hiv' : undefined;
  const issued = instantOf(
    Math.min(life.until, visit.time + life.random.integer(2, outside === undefined ? 6 : 30) * HOUR),
  );
  const results = PANELS[key].analytes.map((analyte) => result(visit, chart, analyte, issued, sensitivity));
  const language = chart.organization.language;
  const scientist = staffOf(chart.organization).find((member) => member.specialty === 'laboratory');
  return file<DiagnosticReport>(
    chart,
    life.random,
    {
      resourceType: 'DiagnosticReport',
      status: 'final',
      category: [hl7('v2-0074', 'LAB')],
      code: codeable(PANELS[key].concept, language),
      ...place(visit, chart),
      effectiveDateTime: instantOf(visit.time),
      issued,
      performer: [keeper(chart)],
      ...(scientist === undefined ? {} : { resultsInterpreter: [staffReference(scientist)] }),
      result: references(results),
    },
    sensitivity,
  );
}

function result(visit: Visit, chart: Chart, key: AnalyteKey, issued: string, sensitivity: Sensitivity | undefined) {
  const { life } = visit;
  const measure: Measure = ANALYTES[key][chart.organization.units === 'si' ? 'si' : 'conventional'];
  const value = digits(
    measure.convert(measureAnalyte(key, life.body, life.person, visit.age, life.random)),
    measure.decimals,
  );
  const [low, high] = measure[life.person.sex];
  return file<Observation>(
    chart,
    life.random,
    {
      resourceType: 'Observation',
      status: 'final',
      category: [hl7('observation-category', 'laboratory')],
      code: codeable(measure.concept, chart.organization.language),
      ...place(visit, chart),
      effectiveDateTime: instantOf(visit.time),
      issued,
      performer: [keeper(chart)],
      valueQuantity: quantity(value, measure.unit, measure.ucum),
      interpretation: [hl7('v3-ObservationInterpretation', interpretation(value, low, high))],
      referenceRange: [
        {
          ...(low === undefined ? {} : { low: quantity(low, measure.unit, measure.ucum) }),
          ...(high === undefined ? {} : { high: quantity(high, measure.unit, measure.ucum) }),
        },
      ],
    },
    sensitivity,
  );
}

/** In the hospital's own chart a result belongs to the encounter; a laboratory outside does not know encounters. */
function place(visit: Visit, chart: Chart) {
  return chart === visit.chart ? context(visit) : { subject: chart.patient };
}

/** N, L, H; LL and HH when far outside. */
function interpretation(value: number, low: number | undefined, high: number | undefined): string {
  if (low !== undefined && value < low) return value < low * 0.65 ? 'LL' : 'L';
  if (high !== undefined && value > high) return value > high * 2.5 ? 'HH' : 'H';
  return 'N';
}
