import type { Path } from './expression.ts';
import type { TypedParameter } from './parameters.ts';

/** A parameter that is indexed, and what it looks at. */
export interface Source {
  readonly parameter: TypedParameter;
  readonly paths: readonly string[];
  readonly target: string;
}

/** The parameters of a table that have rows of their own, those with the fewest paths first. */
export function sourcesOf(table: ReadonlyMap<string, TypedParameter>): Source[] {
  const sources = [...table.values()].flatMap((parameter) => {
    const shape = shapeOf(parameter);
    return shape ? [{ parameter, ...shape }] : [];
  });
  return sources.sort((a, b) => a.paths.length - b.paths.length);
}

/** Parameters whose paths are together exactly these, without overlap; null when there are none. */
export function coverOf(paths: readonly string[], sources: readonly Source[]): Source[] | null {
  const open = new Set(paths);
  const cover: Source[] = [];
  for (const source of sources) {
    if (!source.paths.every((path) => open.has(path))) continue;
    for (const path of source.paths) open.delete(path);
    cover.push(source);
  }
  return open.size === 0 ? cover : null;
}

/** A path by which two parameters are seen to look at the same. */
export function pathKey(path: Path): string {
  return JSON.stringify([path.steps, path.type]);
}

/** What a parameter looks at, and to which one type its references are limited ('' for none); null where nothing is indexed. */
export function shapeOf({
  expression,
}: TypedParameter): { readonly paths: readonly string[]; readonly target: string } | null {
  if (!expression || !('paths' in expression)) return null;
  const targets = new Set(expression.paths.map((path) => path.target ?? ''));
  if (targets.size !== 1) return null;
  return { paths: expression.paths.map(pathKey), target: [...targets][0] ?? '' };
}
