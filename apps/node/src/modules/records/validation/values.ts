import { codesOf } from '../definitions.ts';
import { isObject, type Node, sameJson } from '../fhirpath/index.ts';
import { order } from '../fhirpath/operators.ts';
import { choiceOf, type ElementRule } from './profile.ts';
import type { Report } from './report.ts';
import { hasPattern, isBound } from './slicing.ts';
import type { Place } from './structure.ts';
import type { Surroundings } from './surroundings.ts';

/** Whose rule it is: R4's own, or that of a profile, which findings name. */
export interface Source {
  readonly isBase: boolean;
  /** Stands behind what is said: empty, or the profile's canonical in brackets. */
  readonly label: string;
}

/** Fixed value, pattern, length, bounds, binding and reference target of one element. */
export function checkValue(
  node: Node,
  rule: ElementRule,
  place: Place,
  around: Surroundings,
  source: Source,
  report: Report,
): void {
  const { row, fixed, pattern } = rule;
  const { value } = node;
  const error = (code: 'value' | 'structure' | 'code-invalid', said: string) =>
    report.add(place, 'error', code, said + source.label);
  if (value === undefined) return;
  if (fixed !== undefined && !sameJson(value, fixed)) error('value', 'Is not the fixed value');
  if (pattern !== undefined && !hasPattern(value, pattern)) error('value', 'Does not fit the pattern');
  if (row.maxLength !== undefined && typeof value === 'string' && value.length > row.maxLength) {
    error('value', `Is longer than ${row.maxLength} characters`);
  }
  checkBounds(node, rule, error);
  if (row.binding !== undefined) checkBinding(node, rule, place, around, source, report);
  if (node.type === 'Reference' && row.type !== undefined) checkTarget(node, row.type, error, around);
}

function checkBounds(node: Node, { row }: ElementRule, error: (code: 'value', said: string) => void): void {
  const [least, most] = [choiceOf(row, 'minValue'), choiceOf(row, 'maxValue')];
  const compared = (bound: unknown) => order(node, { value: bound, type: node.type });
  if (least !== undefined && (compared(least) ?? 0) < 0) error('value', 'Is less than the least value');
  if (most !== undefined && (compared(most) ?? 0) > 0) error('value', 'Is more than the greatest value');
}

const CODED = new Set(['code', 'Coding', 'CodeableConcept']);

/** Bindings (https://hl7.org/fhir/R4/terminologies.html#strength): required is an error, extensible a warning; what is not known here is said to be so. */
function checkBinding(
  node: Node,
  { row }: ElementRule,
  place: Place,
  around: Surroundings,
  source: Source,
  report: Report,
): void {
  const { strength, valueSet, max } = row.binding ?? {};
  if (max !== undefined) checkBound(node, max, 'required', place, around, source, report);
  if (valueSet === undefined || (strength !== 'required' && strength !== 'extensible')) return;
  // R4's own required bindings whose codes are listed belong to the structure, which is checked before.
  if (source.isBase && strength === 'required' && CODED.has(node.type) && codesOf(plain(valueSet)) !== null) return;
  checkBound(node, valueSet, strength, place, around, source, report);
}

const plain = (canonical: string) => canonical.split('|')[0] ?? '';

function checkBound(
  node: Node,
  valueSet: string,
  strength: 'required' | 'extensible',
  place: Place,
  around: Surroundings,
  { label }: Source,
  report: Report,
): void {
  const { value } = node;
  if (isObject(value)) {
    const { coding, code } = value;
    const codeless =
      node.type === 'CodeableConcept' ? !Array.isArray(coding) || coding.length === 0 : code === undefined;
    if (codeless) {
      // A text alone may stand where no code of an extensible set fits.
      if (strength === 'required' && label !== '' && node.type === 'CodeableConcept' && value.extension === undefined) {
        report.add(place, 'error', 'code-invalid', `Needs a code of ${valueSet}${label}`);
      }
      return;
    }
  }
  const bound = isBound(node, valueSet, around);
  if (bound === true) return;
  if (bound === undefined) {
    const severity = strength === 'required' ? 'warning' : 'information';
    report.add(place, severity, 'not-found', `Not checked: the codes of ${valueSet} are not known here${label}`);
  } else if (strength === 'required') {
    report.add(place, 'error', 'code-invalid', `No code of ${valueSet}${label}`);
  } else
    report.add(place, 'warning', 'code-invalid', `No code of ${valueSet}, which should be used where one fits${label}`);
}

/** The type of resource that a reference is to; undefined when the reference does not tell. */
export function targetType(reference: unknown, around: Surroundings): string | undefined {
  if (!isObject(reference)) return undefined;
  if (typeof reference.reference === 'string') {
    const found = around.resolve(reference.reference);
    if (found) return found.type;
    const [, type] =
      /(?:^|\/)([A-Z][A-Za-z]+)\/[A-Za-z0-9.-]{1,64}(?:\/_history\/[^/]+)?$/.exec(reference.reference) ?? [];
    if (type !== undefined) return type;
  }
  return typeof reference.type === 'string' ? reference.type : undefined;
}

/** A reference leads to one of the types that the element allows, as far as it tells. */
function checkTarget(
  { value }: Node,
  types: NonNullable<ElementRule['row']['type']>,
  error: (code: 'structure', said: string) => void,
  around: Surroundings,
): void {
  const targets = types.flatMap((type) => (type.code === 'Reference' ? (type.targetProfile ?? []) : []));
  if (targets.length === 0) return;
  const type = targetType(value, around);
  if (type === undefined) return;
  const allowed = targets.map((canonical) => around.typeOf(canonical));
  if (allowed.some((one) => one === undefined || one === type || one === 'Resource')) return;
  error('structure', `Refers to ${/^[A-Z][A-Za-z]{1,40}$/.test(type) ? type : 'a type'}, which it may not`);
}
