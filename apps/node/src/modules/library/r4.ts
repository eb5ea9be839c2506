import { readFileSync } from 'node:fs';
import type { ConstraintRow } from './compact.ts';
import { type DefinitionKind, type Definitions, isVersion, type Library, splitCanonical } from './library.ts';

const FILES: Readonly<Record<DefinitionKind, string>> = {
  StructureDefinition: 'structure-definitions',
  ValueSet: 'value-sets',
  CodeSystem: 'code-systems',
};

/** Canonicals without a version of their own in the definitions are those of this release. */
const R4 = '4.0.1';

/** A generated table: one key and its JSON to a line. Lines are found at first use and parsed one by one, when they are asked for. */
function openTable(name: string): { keys(): readonly string[]; get(key: string): unknown } {
  let text = '';
  let lines: Map<string, readonly [number, number]> | undefined;
  const parsed = new Map<string, unknown>();
  const index = (): Map<string, readonly [number, number]> => {
    if (lines) return lines;
    text = readFileSync(new URL(`./generated/${name}.json`, import.meta.url), 'utf8');
    lines = new Map();
    for (let start = 2; start < text.length; ) {
      const end = text.indexOf('\n', start);
      const colon = text.indexOf('":', start);
      if (colon < 0 || end < 0) break;
      lines.set(text.slice(start + 1, colon), [colon + 2, text[end - 1] === ',' ? end - 1 : end]);
      start = end + 1;
    }
    return lines;
  };
  return {
    keys: () => [...index().keys()],
    get(key) {
      if (parsed.has(key)) return parsed.get(key);
      const at = index().get(key);
      if (at === undefined) return undefined;
      const value: unknown = JSON.parse(text.slice(...at));
      parsed.set(key, value);
      return value;
    },
  };
}

const tables: Readonly<Record<DefinitionKind, ReturnType<typeof openTable>>> = {
  StructureDefinition: openTable(FILES.StructureDefinition),
  ValueSet: openTable(FILES.ValueSet),
  CodeSystem: openTable(FILES.CodeSystem),
};

/**
 * The definitions of FHIR R4: types, the profiles and extensions that it publishes, code systems and value sets (with v2 and v3). Made by
 * `scripts/generate-fhir.ts`; nothing is read before it is needed.
 */
export const r4Library: Library = {
  find: <K extends DefinitionKind>(kind: K, canonical: string) => {
    const { url, version } = splitCanonical(canonical);
    const found = tables[kind].get(url) as Definitions[K] | undefined;
    if (found?.url === undefined) return undefined;
    return isVersion(version, found.version ?? R4) || isVersion(version, R4) ? found : undefined;
  },
  urls: (kind) => tables[kind].keys().filter((key) => key.includes('/') || key.includes(':')),
};

/** The invariants of R4's types, by key. */
export function r4Constraints(): Readonly<Record<string, ConstraintRow>> {
  return tables.StructureDefinition.get('constraints') as Record<string, ConstraintRow>;
}
