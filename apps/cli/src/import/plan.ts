import type { Bundle, BundleEntry, Resource } from '@anamnesis/sdk';

/** How many entries of a bundle were made repeatable, and how. */
export interface Plan {
  readonly bundle: Bundle;
  /** Created only when no record has the same identifier. */
  readonly byIdentifier: number;
  /** Written under the id that the sender gave. */
  readonly byId: number;
  /** Left as they were: posting them again would double them. */
  readonly unrepeatable: number;
}

const FHIR_ID = /^[A-Za-z0-9.-]{1,64}$/;

/**
 * Makes a transaction or batch repeatable where it is not: a plain POST becomes a conditional create by identifier
 * (`ifNoneExist`, FHIR R4 http.html#ccreate), or, without a usable identifier, an update-as-create under the UUID of its
 * `urn:uuid:` fullUrl. So posting it again, after a broken connection for instance, does not double anything. Entries that say
 * themselves what they want are left alone.
 */
export function planBundle(bundle: Bundle): Plan {
  const entries = bundle.entry ?? [];
  const shared = repeatedTokens(entries);
  let byIdentifier = 0;
  let byId = 0;
  let unrepeatable = 0;
  const planned = entries.map((entry): BundleEntry => {
    const { resource, request, fullUrl } = entry;
    if (!resource || request?.method !== 'POST' || request.ifNoneExist !== undefined) return entry;
    if (request.url.replace(/\/$/, '') !== resource.resourceType) return entry;
    const uuid = /^urn:uuid:([0-9a-fA-F-]{36})$/.exec(fullUrl ?? '')?.[1]?.toLowerCase();
    const token = bestToken(resource, shared, uuid);
    if (token !== null) {
      byIdentifier++;
      return { ...entry, request: { ...request, ifNoneExist: `identifier=${encodeURIComponent(token)}` } };
    }
    if (uuid !== undefined) {
      byId++;
      return {
        ...entry,
        resource: { ...resource, id: uuid },
        request: { ...request, method: 'PUT', url: `${resource.resourceType}/${uuid}` },
      };
    }
    unrepeatable++;
    return entry;
  });
  return { bundle: { ...bundle, entry: planned }, byIdentifier, byId, unrepeatable };
}

/** A resource by itself as an entry: under its own id when it has one, else to be made repeatable by its identifier. */
export function entryOf(resource: Resource): BundleEntry {
  const { resourceType, id } = resource;
  const url = id !== undefined && FHIR_ID.test(id) ? `${resourceType}/${id}` : undefined;
  return { resource, request: url ? { method: 'PUT', url } : { method: 'POST', url: resourceType } };
}

interface Identifier {
  readonly use?: unknown;
  readonly system?: unknown;
  readonly value?: unknown;
}

/**
 * The identifier that tells a resource from all others, as a search token. One that several resources of the bundle carry (a claim
 * group, say) does not; of the rest, one that repeats the resource's own UUID is surest, then an official one, then the first.
 */
function bestToken(resource: Resource, shared: ReadonlySet<string>, uuid: string | undefined): string | null {
  const usable = identifiers(resource).filter(
    (identifier) => identifier.use !== 'old' && identifier.use !== 'temp' && !shared.has(key(resource, identifier)),
  );
  const best =
    usable.find(({ value }) => uuid !== undefined && value.toLowerCase() === uuid) ??
    usable.find(({ use }) => use === 'official') ??
    usable[0];
  return best ? tokenOf(best) : null;
}

function repeatedTokens(entries: readonly BundleEntry[]): Set<string> {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const { resource } of entries) {
    if (!resource) continue;
    for (const token of new Set(identifiers(resource).map((identifier) => key(resource, identifier)))) {
      if (seen.has(token)) repeated.add(token);
      seen.add(token);
    }
  }
  return repeated;
}

function identifiers(resource: Resource): { use: unknown; system: string; value: string }[] {
  // Some resources (Bundle, Composition, QuestionnaireResponse) have one identifier, most a list.
  const all: unknown[] = Array.isArray(resource.identifier) ? resource.identifier : [resource.identifier];
  return all.flatMap((item) => {
    const { use, system, value } = (item ?? {}) as Identifier;
    return typeof system === 'string' && typeof value === 'string' && value !== '' ? [{ use, system, value }] : [];
  });
}

function key(resource: Resource, identifier: { system: string; value: string }): string {
  return `${resource.resourceType} ${tokenOf(identifier)}`;
}

/** `system|value` with what search syntax would misread escaped (FHIR R4 search.html#escaping). */
function tokenOf({ system, value }: { system: string; value: string }): string {
  const escaped = (text: string): string => text.replace(/[\\,$|]/g, (character) => `\\${character}`);
  return `${escaped(system)}|${escaped(value)}`;
}
