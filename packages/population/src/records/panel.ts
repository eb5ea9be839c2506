/** A laboratory panel: its Observations and the DiagnosticReport that holds them together. */
import type { DiagnosticReport, Observation } from '@medplum/fhirtypes';
import { measureAnalyte } from '../body.ts';
import { type Chart, file, keeper } from '../chart.ts';
import { codeable, hl7 } from '../codes/concept.ts';
import { ANALYTES, type AnalyteKey, type Measure, PANELS, type PanelKey, type Range } from '../codes/laboratory.ts';
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
  const measured = new Map<AnalyteKey, number>();
  const results: (Observation & { id: string })[] = [];
  for (const analyte of PANELS[key].analytes) {
    if (visit.age < 18 && analyte === 'filtration') continue; // the formula is for adults
    measured.set(analyte, measureAnalyte(analyte, life.body, life.person, visit.age, life.random, measured));
    results.push(result(visit, chart, analyte, measured.get(analyte) ?? 0, issued, sensitivity));
  }
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

function result(
  visit: Visit,
  chart: Chart,
  key: AnalyteKey,
  canonical: number,
  issued: string,
  sensitivity: Sensitivity | undefined,
) {
  const { life } = visit;
  const measure: Measure = ANALYTES[key][chart.organization.units === 'si' ? 'si' : 'conventional'];
  const value = digits(measure.convert(canonical), measure.decimals);
  // Adult limits say nothing about a child's creatinine.
  const [low, high]: Range = visit.age < 16 && key === 'creatinine' ? [undefined, undefined] : measure[life.person.sex];
  const limits = {
    ...(low === undefined ? {} : { low: quantity(low, measure.unit, measure.ucum) }),
    ...(high === undefined ? {} : { high: quantity(high, measure.unit, measure.ucum) }),
  };
  const judged = low !== undefined || high !== undefined;
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
      ...(judged
        ? {
            interpretation: [hl7('v3-ObservationInterpretation', interpretation(value, low, high))],
            referenceRange: [limits],
          }
        : {}),
    },
    sensitivity,
  );
}

/** In the hospital's own chart a result belongs to the encounter; a laboratory outside does not know encounters. */
function place(visit: Visit, chart: Chart) {
  return chart === visit.chart ? context(visit) : { subject: chart.patient };
}

/** Below, above or within the limits. */
function interpretation(value: number, low: number | undefined, high: number | undefined): 'L' | 'H' | 'N' {
  if (low !== undefined && value < low) return 'L';
  return high !== undefined && value > high ? 'H' : 'N';
}
