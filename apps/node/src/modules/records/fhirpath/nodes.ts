import { literalsOf } from '@anamnesis/protocol';
import { isResourceType, type Structure, structureOf } from '../definitions.ts';

type Json = { readonly [key: string]: unknown };

/**
 * A value with its type, as FHIRPath sees it (https://hl7.org/fhir/R4/fhirpath.html). `type` is a FHIR type, the path of a backbone element,
 * or `System.…` for what an expression computed.
 */
export interface Node {
  readonly value: unknown;
  readonly type: string;
  /** What a primitive has beside its value: id and extensions (`_status` in JSON). */
  readonly extra?: Json | undefined;
  /** The object that holds a number and the number's key: for the digits that it was written with. */
  readonly holder?: object | undefined;
  readonly key?: string | number | undefined;
}

/** A resource, with the type it says. */
export function resourceNode(resource: Json): Node {
  return { value: resource, type: String(resource.resourceType) };
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A node and its place among its siblings; null where there is only one. */
export interface Child extends Node {
  readonly index: number | null;
}

/** The structure of what a node is; undefined for primitives and computed values. */
export function structureOfNode(node: Node): Structure | undefined {
  return isObject(node.value) && !node.type.startsWith('System.') ? structureOf(node.type) : undefined;
}

const EXTRA_STRUCTURE = 'Element';

/** The children of a node by FHIRPath name; the forms of a choice (`valueQuantity`) are one name. */
export function childrenNamed(node: Node, name: string): readonly Child[] {
  const { value } = node;
  if (!isObject(value)) return node.extra === undefined ? NONE : fromJson(node.extra, EXTRA_STRUCTURE, name);
  return fromJson(value, node.type, name);
}

const NONE: readonly Child[] = [];

function fromJson(value: Json, type: string, name: string): readonly Child[] {
  const forms = structureOf(type)?.byName.get(name);
  if (forms === undefined) return NONE;
  let found: Child[] | undefined;
  for (const { key, type: of, primitive } of forms) {
    const given = value[key];
    const extras = primitive ? value[`_${key}`] : undefined;
    if (given === undefined && extras === undefined) continue;
    found ??= [];
    if (Array.isArray(given) || Array.isArray(extras)) {
      const values: readonly unknown[] = Array.isArray(given) ? given : [];
      const beside: readonly unknown[] = Array.isArray(extras) ? extras : [];
      for (let index = 0; index < Math.max(values.length, beside.length); index++) {
        found.push(childOf(values[index], beside[index], of, primitive, index, values, index));
      }
    } else found.push(childOf(given, extras, of, primitive, null, value, key));
  }
  return found ?? NONE;
}

function childOf(
  value: unknown,
  extra: unknown,
  type: string,
  primitive: boolean,
  index: number | null,
  holder: object,
  key: string | number,
): Child {
  const own = value === null ? undefined : value;
  if (primitive) {
    const number = typeof own === 'number';
    return {
      value: own,
      type,
      index,
      ...(isObject(extra) && { extra }),
      ...(number && { holder, key }),
    };
  }
  if (type === 'Resource' && isObject(own) && typeof own.resourceType === 'string' && isResourceType(own.resourceType))
    return { value: own, type: own.resourceType, index };
  return { value: own, type, index };
}

/** All children of a node. */
export function childrenOf(node: Node): readonly Child[] {
  const type = isObject(node.value) ? node.type : EXTRA_STRUCTURE;
  const value = isObject(node.value) ? node.value : node.extra;
  if (value === undefined) return NONE;
  const structure = structureOf(type);
  if (structure === undefined) return NONE;
  const names = new Set<string>();
  for (const key in value) {
    const property =
      structure.properties.get(key) ?? (key.startsWith('_') ? structure.properties.get(key.slice(1)) : undefined);
    if (property) names.add(property.name);
  }
  return [...names].flatMap((name) => fromJson(value, type, name));
}

/** The digits that a number was written with. */
export function numberTextOf({ value, holder, key }: Node): string {
  const written = holder === undefined || key === undefined ? undefined : literalsOf(holder)?.[key];
  return written !== undefined && Number(written) === value ? written : String(value);
}

/** A type and all its parents (https://hl7.org/fhir/R4/types.html). */
const PARENTS: Readonly<Record<string, string>> = {
  code: 'string',
  id: 'string',
  markdown: 'string',
  url: 'uri',
  canonical: 'uri',
  oid: 'uri',
  uuid: 'uri',
  unsignedInt: 'integer',
  positiveInt: 'integer',
  Age: 'Quantity',
  Count: 'Quantity',
  Distance: 'Quantity',
  Duration: 'Quantity',
  MoneyQuantity: 'Quantity',
  SimpleQuantity: 'Quantity',
};

const SYSTEM: Readonly<Record<string, string>> = {
  boolean: 'Boolean',
  string: 'String',
  uri: 'String',
  integer: 'Integer',
  decimal: 'Decimal',
  date: 'Date',
  dateTime: 'DateTime',
  instant: 'DateTime',
  time: 'Time',
};

const NO_DOMAIN = new Set(['Bundle', 'Binary', 'Parameters']);

/** Whether a node is of a type as FHIRPath names it: `Patient`, `FHIR.Quantity`, `System.String`, `Boolean`. */
export function isOfType(node: Node, name: string): boolean {
  const wanted = name.replace(/^FHIR\./, '');
  if (wanted === node.type || `System.${wanted}` === node.type) return true;
  if (wanted.startsWith('System.')) return false;
  for (let type: string | undefined = node.type; type !== undefined; type = PARENTS[type]) {
    if (type === wanted) return true;
  }
  if (isResourceType(node.type))
    return wanted === 'Resource' || (wanted === 'DomainResource' && !NO_DOMAIN.has(node.type));
  if (wanted === 'Element') return !node.type.startsWith('System.');
  if (wanted === 'BackboneElement') return node.type.includes('.') && !node.type.startsWith('System.');
  return false;
}

/** The system type that a primitive stands for: `String` of a code; undefined where it stands for none. */
export function systemTypeOf({ type }: Node): string | undefined {
  if (type.startsWith('System.')) return type.slice(7);
  for (let name: string | undefined = type; name !== undefined; name = PARENTS[name]) {
    const system = SYSTEM[name];
    if (system !== undefined) return system;
  }
  return type === 'base64Binary' || type === 'xhtml' ? 'String' : undefined;
}
