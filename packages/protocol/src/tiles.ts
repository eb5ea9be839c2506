/**
 * Addresses of a log's tiles (https://c2sp.org/tlog-tiles): up to 256 hashes of one level in a row, or the entries beneath those of level 0.
 */
export interface Tile {
  /** 0: leaf hashes; each further level stands eight levels of the tree higher. `entries`: what the leaf hashes are of. */
  readonly level: number | 'entries';
  /** Place among the tiles of its level. */
  readonly index: number;
  /** How many it holds: 256, or fewer at the end of a tree. */
  readonly width: number;
}

export const TILE_WIDTH = 256;

/** The path of a tile under its log's prefix, such as `tile/0/x001/234.p/17`. */
export function tilePath({ level, index, width }: Tile): string {
  const groups: string[] = [];
  for (let rest = index, last = true; last || rest > 0; rest = Math.floor(rest / 1000), last = false) {
    groups.unshift(`${last ? '' : 'x'}${String(rest % 1000).padStart(3, '0')}`);
  }
  return `tile/${level}/${groups.join('/')}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

/** Reads what stands after `tile/`. Null for what is no path of a tile: each has one form only, so that caches never hold one twice. */
export function parseTilePath(path: string): Tile | null {
  const [, name = '', digits = '', part] =
    /^(entries|0|[1-9]\d?)\/((?:x\d{3}\/)*\d{3})(?:\.p\/([1-9]\d{0,2}))?$/.exec(path) ?? [];
  const level: Tile['level'] = name === 'entries' ? name : Number(name);
  const index = Number(digits.replaceAll(/[x/]/g, ''));
  const width = part === undefined ? TILE_WIDTH : Number(part);
  if (name === '' || (level !== 'entries' && level > 63) || !Number.isSafeInteger(index)) return null;
  if (part !== undefined && width >= TILE_WIDTH) return null;
  const tile = { level, index, width };
  return tilePath(tile) === `tile/${path}` ? tile : null;
}

/** The tiles of a tree, full ones and the partial one at the end of each level, from level 0 up. Entries are those of level 0. */
export function* tilesOf(size: number): Generator<Tile & { readonly level: number }> {
  for (let level = 0, count = size; count > 0; level++, count = Math.floor(count / TILE_WIDTH)) {
    for (let index = 0; index * TILE_WIDTH < count; index++) {
      yield { level, index, width: Math.min(TILE_WIDTH, count - index * TILE_WIDTH) };
    }
  }
}

/** A bundle of entries: each with its length before it, two bytes, big-endian. */
export function encodeEntries(entries: readonly Uint8Array[]): Uint8Array {
  const bundle = new Uint8Array(entries.reduce((sum, entry) => sum + 2 + entry.length, 0));
  const view = new DataView(bundle.buffer);
  let at = 0;
  for (const entry of entries) {
    view.setUint16(at, entry.length);
    bundle.set(entry, at + 2);
    at += 2 + entry.length;
  }
  return bundle;
}
