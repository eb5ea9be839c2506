import { clip } from './fold.ts';
import { parseReference } from './references.ts';
import type { FhirResource, OtherRow, ReferenceRow, TokenRow } from './types.ts';

/** Elements that say who wrote a record or stands for it, whatever its type. */
const AUTHORS = new Set([
  ...['agent', 'asserter', 'attester', 'author', 'enterer', 'informationSource', 'performer', 'practitioner'],
  ...['provider', 'recorder', 'requester', 'sender', 'source'],
]);

/**
 * What directives ask of a record and no search parameter of its type finds: `Condition.recorder`, `MedicationRequest.reasonReference`, the codes of an
 * interpretation. A directive is about what a record says anywhere, not about what somebody thought of searching by.
 */
export function othersOf(
  resource: FhirResource,
  found: { readonly tokens: readonly TokenRow[]; readonly references: readonly ReferenceRow[] },
  base: string,
): OtherRow[] {
  const known = new Set([
    ...found.tokens.map(({ system, code }) => `0 ${system ?? ''} ${code}`),
    ...found.references.map(({ targetType, targetId }) => `1 ${targetType} ${targetId}`),
  ]);
  const others: OtherRow[] = [];
  const add = (kind: OtherRow['kind'], system: string, code: string): void => {
    const key = `${kind} ${system} ${code}`;
    if (known.has(key)) return;
    known.add(key);
    others.push({ kind, system, code });
  };
  const walk = (value: unknown, isAuthor: boolean): void => {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) {
      for (const one of value) walk(one, isAuthor);
      return;
    }
    const { code, system, reference } = value as { [key: string]: unknown };
    if (typeof code === 'string' && typeof system === 'string') add(0, clip(system), clip(code));
    const target = typeof reference === 'string' ? parseReference(reference, base) : null;
    if (target !== null) {
      add(1, target.targetType, target.targetId);
      if (isAuthor) add(2, target.targetType, target.targetId);
    }
    for (const key in value) {
      if (key === 'meta') continue;
      walk((value as Record<string, unknown>)[key], isAuthor || AUTHORS.has(key));
    }
  };
  walk(resource, false);
  return others;
}
