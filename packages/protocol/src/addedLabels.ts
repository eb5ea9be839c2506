/**
 * Marks a security label (`meta.security`) that a node added to a record when it gave it out: it is not part of what the record log commits to, and everybody
 * who verifies leaves it out.
 */
export const ADDED_LABEL = 'https://anamnesis.example/fhir/StructureDefinition/added-label';

interface Marked {
  readonly extension?: unknown;
}

/** The resource as it was written: without the labels that a node added. A resource without any is given back as it is. */
export function withoutAddedLabels<T extends object>(resource: T): T {
  const { meta } = resource as { meta?: { security?: unknown } };
  if (typeof meta !== 'object' || meta === null || !Array.isArray(meta.security)) return resource;
  const labels: readonly unknown[] = meta.security;
  const own = labels.filter((label) => !isAdded(label));
  if (own.length === labels.length) return resource;
  const { security: _added, ...rest } = meta;
  return { ...resource, meta: own.length === 0 ? rest : { ...rest, security: own } };
}

function isAdded(label: unknown): boolean {
  const { extension } = (label ?? {}) as Marked;
  return (
    Array.isArray(extension) && extension.some((one: unknown) => (one as { url?: unknown } | null)?.url === ADDED_LABEL)
  );
}
