import { type CompartmentType, isResourceType } from '../definitions.ts';
import { splitEscaped, unescaped } from './escapes.ts';
import { parametersOf } from './parameters.ts';
import { parseReference } from './references.ts';

/** A logical id (https://hl7.org/fhir/R4/datatypes.html#id). */
const ID = /^[A-Za-z0-9.-]{1,64}$/;

/** Which records a search names, whether they exist or not. */
export interface NamedRecords {
  /** The types that an id may be of. */
  readonly ids: ReadonlyMap<string, ReadonlySet<string>>;
  /** Values of parameter `identifier` of a Patient, as they were given. */
  readonly identifiers: ReadonlySet<string>;
}

/**
 * The records that a search names: by its compartment, by references (`patient=1`, `subject=Patient/1`, `encounter:Encounter=1`), by `_id`, at the
 * end of chains and of `_has` too. It never fails: what is not understood names nothing.
 */
export function namedRecords(
  { type, compartment }: { type: string | null; compartment?: { readonly type: CompartmentType; readonly id: string } },
  query: string,
  base: string,
): NamedRecords {
  const ids = new Map<string, Set<string>>();
  const identifiers = new Set<string>();
  const add = (types: readonly string[], id: string): void => {
    if (!ID.test(id)) return;
    const known = ids.get(id) ?? new Set();
    for (const one of types) known.add(one);
    ids.set(id, known);
  };
  const follow = (types: readonly string[], name: string, value: string): void => {
    if (name.startsWith('_has:')) {
      const [, from = '', , ...rest] = name.split(':');
      if (isResourceType(from)) follow([from], rest.join(':'), value);
      return;
    }
    const dot = name.indexOf('.');
    const [code = '', modifier] = (dot < 0 ? name : name.slice(0, dot)).split(':');
    const values = splitEscaped(value, ',');
    if (code === '_id' && dot < 0) for (const one of values) add(types, unescaped(one));
    if (code === 'identifier' && dot < 0 && modifier === undefined && types.includes('Patient'))
      for (const one of values) identifiers.add(one);
    const parameters = types.flatMap((one) => parametersOf(one).get(code) ?? []);
    const possible = parameters.flatMap(({ kind, only, targets }) => {
      if (kind !== 'reference') return [];
      return only === null ? targets : [only];
    });
    if (possible.length === 0) return;
    const named = modifier !== undefined && isResourceType(modifier) ? [modifier] : possible;
    if (dot >= 0) {
      follow([...new Set(named)], name.slice(dot + 1), value);
      return;
    }
    if (modifier === 'identifier' && possible.includes('Patient')) for (const one of values) identifiers.add(one);
    if (modifier !== undefined && !isResourceType(modifier)) return;
    for (const one of values) {
      const text = unescaped(one);
      const target = parseReference(text, base);
      if (target !== null && target.targetType !== '') add([target.targetType], target.targetId);
      else add(named, text);
    }
  };
  if (compartment !== undefined) add([compartment.type], compartment.id);
  const parameters = new URLSearchParams(query);
  const asked = parameters.get('_type')?.split(',').filter(isResourceType) ?? ['Patient'];
  for (const [name, value] of parameters) if (value !== '') follow(type === null ? asked : [type], name, value);
  return { ids, identifiers };
}
