import { tooCostly } from '@anamnesis/protocol';
import type { Authority } from '../modules/consent/index.ts';
import {
  type CodeSystemRow,
  compactCodeSystem,
  compactValueSet,
  type DefinitionKind,
  type Library,
  layered,
  libraryOf,
  splitCanonical,
  type ValueSetRow,
} from '../modules/library/index.ts';
import { openRecords } from '../modules/records/index.ts';
import type { ApiContext } from './context.ts';

/** Definitions that one request may bring in from among the records. */
const MAX_STORED = 50;

type Json = { readonly [key: string]: unknown };

/**
 * The node's library, with the CodeSystems and ValueSets among the records that `start` needs and the library has not: found by canonical, under the
 * caller's authority, each search with its entry in the access log. Errors: 403 when they are more than `MAX_STORED`.
 */
export async function withStored(
  api: ApiContext,
  authority: Authority,
  start: readonly (readonly ['ValueSet' | 'CodeSystem', string])[],
  inline: readonly ValueSetRow[] = [],
): Promise<Library> {
  const { library } = api;
  const found = { ValueSet: [...inline], CodeSystem: [] as CodeSystemRow[] };
  if (!authority.actions.has('read')) return layered([library, libraryOf(found)]);
  const reader = openRecords(api.context, authority);
  const waiting: (readonly ['ValueSet' | 'CodeSystem', string])[] = [...start, ...inline.flatMap(neededBy)];
  const seen = new Set<string>();
  for (const [kind, canonical] of waiting) {
    const { url, version } = splitCanonical(canonical);
    if (seen.has(`${kind} ${canonical}`)) continue;
    seen.add(`${kind} ${canonical}`);
    const known = library.find(kind, canonical);
    if (known !== undefined) {
      if (kind === 'ValueSet') waiting.push(...neededBy(known as ValueSetRow));
      continue;
    }
    if (seen.size > MAX_STORED) throw tooCostly('The value set rests on too many others');
    const query = new URLSearchParams({
      url,
      ...(version !== undefined && { version }),
      _sort: '-_lastUpdated',
      _count: '1',
    });
    const page = await reader.search(kind, query.toString());
    const resource = page.entry?.[0]?.resource as Json | undefined;
    if (resource === undefined) continue;
    if (kind === 'ValueSet') {
      const row = compactValueSet(resource);
      found.ValueSet.push(row);
      waiting.push(...neededBy(row));
    } else found.CodeSystem.push(compactCodeSystem(resource));
  }
  return layered([library, libraryOf(found)]);
}

/** What a value set is made of. */
function neededBy({ include = [], exclude = [] }: ValueSetRow): (readonly ['ValueSet' | 'CodeSystem', string])[] {
  return [...include, ...exclude].flatMap(({ system, concept, valueSet = [] }) => [
    ...(system !== undefined && concept === undefined ? [['CodeSystem', system] as const] : []),
    ...valueSet.map((url) => ['ValueSet', url] as const),
  ]);
}

/** A definition's canonical, when a record of it is read by its id. */
export async function storedDefinition(
  api: ApiContext,
  authority: Authority,
  kind: Exclude<DefinitionKind, 'StructureDefinition'>,
  id: string,
): Promise<Json> {
  return (await openRecords(api.context, authority).read(kind, id)) as Json;
}
