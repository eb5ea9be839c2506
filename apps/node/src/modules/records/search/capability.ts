import type { SearchKind } from '../definitions.ts';
import { servedTypes } from '../served.ts';
import { parametersOf } from './parameters.ts';

/** What a CapabilityStatement says of searching a type (https://hl7.org/fhir/R4/capabilitystatement.html, `rest.resource`). */
export interface SearchCapability {
  readonly searchParam: readonly { readonly name: string; readonly type: SearchKind }[];
  readonly searchInclude: readonly string[];
  /** Left out where nothing leads to the type. */
  readonly searchRevInclude?: readonly string[];
}

/** Official parameters that are refused: see `UNSUPPORTED` in query.ts. */
const REFUSED = new Set(['_content', '_text', '_query']);

let table: ReadonlyMap<string, SearchCapability> | undefined;

/** What is served, of each type; worked out once. */
export function searchCapabilityOf(type: string): SearchCapability {
  table ??= makeTable();
  return table.get(type) ?? { searchParam: [], searchInclude: ['*'] };
}

function makeTable(): ReadonlyMap<string, SearchCapability> {
  const types = [...servedTypes()];
  const leadingTo = new Map<string, string[]>(types.map((type) => [type, []]));
  const capabilities = new Map<string, SearchCapability>();
  for (const type of types) {
    const parameters = [...parametersOf(type).values()].filter(({ code }) => !REFUSED.has(code));
    const references = parameters.filter(({ kind }) => kind === 'reference');
    for (const { code, targets } of references)
      for (const target of targets) leadingTo.get(target)?.push(`${type}:${code}`);
    capabilities.set(type, {
      searchParam: parameters
        .map(({ code, kind }) => ({ name: code, type: kind }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
      searchInclude: ['*', ...references.map(({ code }) => `${type}:${code}`)],
    });
  }
  // Only now is it known what leads to each.
  for (const [type, capability] of capabilities) {
    const searchRevInclude = leadingTo.get(type) ?? [];
    if (searchRevInclude.length > 0) capabilities.set(type, { ...capability, searchRevInclude });
  }
  return capabilities;
}

/** Parameters of a search over all types. */
export const COMMON_PARAMETERS: SearchCapability['searchParam'] = [
  { name: '_id', type: 'token' },
  { name: '_lastUpdated', type: 'date' },
  { name: '_tag', type: 'token' },
  { name: '_profile', type: 'uri' },
  { name: '_security', type: 'token' },
  { name: '_source', type: 'uri' },
];
