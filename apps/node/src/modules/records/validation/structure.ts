import type { Issue, IssueCode } from '@anamnesis/protocol';
import { codesOf, hasCoding, type Property, type Structure, structureOf } from '../definitions.ts';
import { primitiveFault } from './primitives.ts';

/** One finding about a resource, as an OperationOutcome has it; it quotes no content. */
export interface ValidationIssue extends Issue {
  /** FHIRPath of the one element concerned, such as `Observation.component[1].value`. */
  readonly expression: readonly [string];
  readonly diagnostics: string;
}

/** More findings than this tell no more. */
const MAX_ISSUES = 100;
const PLAIN_KEY = /^[A-Za-z][A-Za-z0-9]{0,63}$/;

type Json = { readonly [key: string]: unknown };

/** Where in the resource: written out only when there is something to say. */
export interface Place {
  readonly parent: Place | null;
  readonly name: string;
  readonly index?: number;
}

/** A place as FHIRPath. */
export function expressionOf({ parent, name, index }: Place): string {
  const here = index === undefined ? name : `${name}[${index}]`;
  return parent === null ? here : `${expressionOf(parent)}.${here}`;
}

/** Findings about one resource. */
export class Findings {
  readonly issues: ValidationIssue[] = [];

  add(place: Place, code: IssueCode, diagnostics: string): void {
    if (this.issues.length === MAX_ISSUES) return;
    this.issues.push({ severity: 'error', code, diagnostics, expression: [expressionOf(place)] });
  }
}

/** Checks a resource, also one inside another, against the structure of its type. */
export function checkResource(
  value: unknown,
  place: Place,
  findings: Findings,
  inside: 'none' | 'contained' | 'entry',
): void {
  const type = isObject(value) ? value.resourceType : undefined;
  if (!isObject(value) || typeof type !== 'string') {
    findings.add(place, 'structure', 'A resource is an object with a resourceType');
    return;
  }
  const structure = structureOf(type);
  if (structure?.kind !== 'resource') {
    findings.add(place, 'structure', 'There is no such resource type in R4');
    return;
  }
  if (value.id !== undefined && (typeof value.id !== 'string' || primitiveFault('id', value.id)))
    findings.add({ parent: place, name: 'id' }, 'value', 'An id is 1 to 64 letters, digits, "-" and "."');
  if (inside === 'contained' && value.contained !== undefined)
    findings.add(
      { parent: place, name: 'contained' },
      'invariant',
      'A contained resource contains no resources (dom-2)',
    );
  checkElement(value, structure, place, findings, true);
}

function checkElement(value: Json, structure: Structure, place: Place, findings: Findings, resource: boolean): void {
  let members = 0;
  for (const key in value) {
    members++;
    if (resource && key === 'resourceType') continue;
    const property = structure.properties.get(key);
    if (property) checkProperty(value, property, place, findings);
    else if (key.startsWith('_') && structure.properties.get(key.slice(1))?.primitive)
      checkSiblings(value, key, place, findings);
    else
      findings.add(
        PLAIN_KEY.test(key) ? { parent: place, name: key } : place,
        'structure',
        'R4 has no such property here',
      );
  }
  if (members === 0) findings.add(place, 'structure', 'An object must not be empty');
  for (const name of structure.required)
    if (!isThere(value, structure, name)) findings.add({ parent: place, name }, 'required', 'Is required');
  for (const name of structure.choices)
    if (countForms(value, structure, name) > 1)
      findings.add({ parent: place, name }, 'structure', 'May be there in one type only');
  if (structure.name === 'Extension') checkExtension(value, place, findings);
}

function isThere(value: Json, structure: Structure, name: string): boolean {
  return countForms(value, structure, name) > 0;
}

function countForms(value: Json, structure: Structure, name: string): number {
  let count = 0;
  for (const { key, primitive } of structure.byName.get(name) ?? []) {
    if (value[key] !== undefined || (primitive && value[`_${key}`] !== undefined)) count++;
  }
  return count;
}

function checkProperty(parent: Json, property: Property, place: Place, findings: Findings): void {
  const value = parent[property.key];
  const at: Place = { parent: place, name: property.name };
  if (!property.array) {
    if (Array.isArray(value)) findings.add(at, 'structure', 'Must not be an array');
    else checkValue(value, property, at, findings);
    return;
  }
  if (!Array.isArray(value)) {
    findings.add(at, 'structure', 'Must be an array');
    return;
  }
  if (value.length === 0) {
    findings.add(at, 'structure', 'An array must not be empty');
    return;
  }
  const siblings = property.primitive ? parent[`_${property.key}`] : undefined;
  value.forEach((entry: unknown, index) => {
    // A primitive without a value has at least an extension (https://hl7.org/fhir/R4/json.html#primitive).
    if (entry === null && Array.isArray(siblings) && siblings[index] != null) return;
    checkValue(entry, property, { ...at, index }, findings);
  });
}

function checkValue(value: unknown, property: Property, place: Place, findings: Findings): void {
  const { type, primitive, valueSet } = property;
  if (primitive) {
    const fault = primitiveFault(type, value);
    if (fault) findings.add(place, 'value', `The value ${fault}`);
    else if (valueSet !== undefined && type === 'code' && codesOf(valueSet)?.has(String(value)) === false)
      findings.add(place, 'code-invalid', `The code is not in ${valueSet}`);
    return;
  }
  if (!isObject(value)) {
    findings.add(place, 'structure', `Must be an object of type ${type}`);
    return;
  }
  if (type === 'Resource') {
    checkResource(value, place, findings, place.name === 'contained' ? 'contained' : 'entry');
    return;
  }
  const structure = structureOf(type);
  if (!structure) return;
  checkElement(value, structure, place, findings, false);
  if (valueSet !== undefined) checkCoded(value, type, valueSet, place, findings);
}

/** One coding of a CodeableConcept must be from the value set that it is bound to; a text alone may stand (https://hl7.org/fhir/R4/terminologies.html#required). */
function checkCoded(value: Json, type: string, valueSet: string, place: Place, findings: Findings): void {
  const codings =
    type === 'Coding' ? [value] : type === 'CodeableConcept' && Array.isArray(value.coding) ? value.coding : [];
  const known = codings.filter(isObject).map(({ system, code }) => {
    return typeof system === 'string' && typeof code === 'string' ? hasCoding(valueSet, system, code) : false;
  });
  if (known.length > 0 && known.every((has) => has === false))
    findings.add(place, 'code-invalid', `No coding is in ${valueSet}`);
}

/** `_status`: what belongs to a primitive beside its value, id and extensions. */
function checkSiblings(parent: Json, key: string, place: Place, findings: Findings): void {
  const at: Place = { parent: place, name: key.slice(1) };
  const structure = structureOf('Element');
  const value = parent[key];
  const base = parent[key.slice(1)];
  const entries: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (Array.isArray(value) && Array.isArray(base) && value.length > base.length)
    findings.add(at, 'structure', 'There are more extensions than values');
  entries.forEach((entry, index) => {
    if (entry === null && Array.isArray(value)) return;
    if (isObject(entry) && structure) checkElement(entry, structure, at, findings, false);
    else findings.add(Array.isArray(value) ? { ...at, index } : at, 'structure', 'Must be an object with extensions');
  });
}

/** ext-1: an extension has either extensions or a value (https://hl7.org/fhir/R4/extensibility.html). */
function checkExtension(value: Json, place: Place, findings: Findings): void {
  const values = Object.keys(value).some((key) => key.startsWith('value') || key.startsWith('_value'));
  if (values === (value.extension !== undefined))
    findings.add(place, 'invariant', 'An extension has either a value or extensions (ext-1)');
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
