import { LITERALS, literalsOf } from '@anamnesis/protocol';

/**
 * A resource whose links between drafts lead to records: `reference: 'urn:intake:…'` (and `url`) becomes `Type/id`; where there is no such record the reference keeps
 * what else it says. Decimals keep their digits.
 */
export function resolveLinks<T>(value: T, links: ReadonlyMap<string, string>): T {
  return resolved(value, links) as T;
}

function resolved(value: unknown, links: ReadonlyMap<string, string>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const literals = literalsOf(value);
  const kept = literals === undefined ? {} : { [LITERALS]: literals };
  if (Array.isArray(value))
    return Object.assign(
      value.map((one) => resolved(one, links)),
      kept,
    );
  const entries = Object.entries(value).flatMap(([name, one]): [string, unknown][] => {
    if (!(name === 'reference' || name === 'url') || typeof one !== 'string' || !one.startsWith('urn:intake:')) {
      return [[name, resolved(one, links)]];
    }
    const target = links.get(one);
    return target === undefined ? [] : [[name, target]];
  });
  return { ...Object.fromEntries(entries), ...kept };
}
