import type { CodeSystemRow, StructureRow, ValueSetRow } from './compact.ts';

/** The kinds of definitions that a library has. */
export interface Definitions {
  readonly StructureDefinition: StructureRow;
  readonly ValueSet: ValueSetRow;
  readonly CodeSystem: CodeSystemRow;
}

export type DefinitionKind = keyof Definitions;

/** Definitions by canonical. */
export interface Library {
  /** The definition of a canonical `url` or `url|version`; the newest where no version is named and several are there. */
  find<K extends DefinitionKind>(kind: K, canonical: string): Definitions[K] | undefined;
  /** Canonicals of all definitions of a kind. */
  urls(kind: DefinitionKind): readonly string[];
}

/** Splits `url|version`; a fragment falls away. */
export function splitCanonical(canonical: string): { readonly url: string; readonly version: string | undefined } {
  const [url = '', version] = canonical.split('|');
  return { url: url.split('#')[0] ?? '', version: version === '' ? undefined : version };
}

/** True when a definition of version `has` may stand for one of version `asked`: `4.0` asks for any 4.0.x. */
export function isVersion(asked: string | undefined, has: string | undefined): boolean {
  return asked === undefined || has === asked || (has?.startsWith(`${asked}.`) ?? false);
}

/** Several libraries as one: the first that has a definition gives it. */
export function layered(libraries: readonly Library[]): Library {
  const [only] = libraries;
  if (libraries.length === 1 && only) return only;
  return {
    find: (kind, canonical) => {
      for (const library of libraries) {
        const found = library.find(kind, canonical);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    urls: (kind) => [...new Set(libraries.flatMap((library) => library.urls(kind)))],
  };
}

/** A library of definitions at hand. Of several versions of one canonical the newest comes first. */
export function libraryOf(given: { readonly [K in DefinitionKind]?: Iterable<Definitions[K]> }): Library {
  const tables = new Map<DefinitionKind, Map<string, Definitions[DefinitionKind][]>>();
  for (const kind of ['StructureDefinition', 'ValueSet', 'CodeSystem'] as const) {
    const table = Map.groupBy(given[kind] ?? [], (one: Definitions[DefinitionKind]) => one.url);
    for (const versions of table.values()) versions.sort((a, b) => compareVersions(b.version, a.version));
    tables.set(kind, table);
  }
  return {
    find: <K extends DefinitionKind>(kind: K, canonical: string) => {
      const { url, version } = splitCanonical(canonical);
      const versions = tables.get(kind)?.get(url);
      return versions?.find((one) => isVersion(version, one.version)) as Definitions[K] | undefined;
    },
    urls: (kind) => [...(tables.get(kind)?.keys() ?? [])],
  };
}

/** Orders versions such as 4.0.1 and 6.1.0-ballot: by numbers, a pre-release before its release. */
export function compareVersions(a = '', b = ''): number {
  const [left, right] = [a, b].map((text) => text.split(/[.-]/));
  for (let at = 0; at < Math.max(left?.length ?? 0, right?.length ?? 0); at++) {
    const [x, y] = [left?.[at], right?.[at]];
    if (x === y) continue;
    if (x === undefined) return /^\d/.test(y as string) ? -1 : 1;
    if (y === undefined) return /^\d/.test(x) ? 1 : -1;
    const difference = Number(x) - Number(y);
    return Number.isNaN(difference) ? (x < y ? -1 : 1) : difference;
  }
  return 0;
}
