import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { AnamnesisError } from '@anamnesis/protocol';
import { compactCodeSystem, compactStructure, compactValueSet, type ElementRow } from './compact.ts';
import { type Definitions, type Library, layered, libraryOf } from './library.ts';
import { r4Constraints, r4Library } from './r4.ts';

type Json = { readonly [key: string]: unknown };

/** What a folder of packages gave. */
export interface LoadedPackages {
  readonly library: Library;
  /** Names of the packages (or folders) that definitions were read from. */
  readonly names: readonly string[];
  /** Canonicals of profiles that cannot be checked because they have no snapshot. */
  readonly withoutSnapshot: readonly string[];
}

/** A package expands to no more than this. */
const MAX_PACKAGE = 1024 * 1024 * 1024;
const WANTED = /^(?:package\/)?(?:StructureDefinition|ValueSet|CodeSystem)-[^/]+\.json$/i;

/**
 * Reads a folder of FHIR packages (https://hl7.org/fhir/packages.html): `.tgz` files as the package registries give them, unpacked packages
 * (a folder with `package/` in it), and plain folders of definitions. A profile takes part when it has a snapshot. Errors: `packages-unreadable`,
 * naming the file.
 */
export function loadPackages(folder: string): LoadedPackages {
  const found = { StructureDefinition: [], ValueSet: [], CodeSystem: [] } as {
    [K in keyof Definitions]: Definitions[K][];
  };
  const names: string[] = [];
  const withoutSnapshot: string[] = [];
  const baseKeys = new Set(Object.keys(r4Constraints()));
  for (const entry of entriesOf(folder)) {
    const path = join(folder, entry);
    const before = found.StructureDefinition.length + found.ValueSet.length + found.CodeSystem.length;
    for (const { name, text } of filesOf(path)) {
      const resource = parse(text, `${entry}/${name}`);
      if (typeof resource.url !== 'string') continue;
      if (resource.resourceType === 'ValueSet') found.ValueSet.push(compactValueSet(resource));
      if (resource.resourceType === 'CodeSystem') found.CodeSystem.push(compactCodeSystem(resource));
      if (resource.resourceType !== 'StructureDefinition' || resource.kind === 'logical') continue;
      if (String(resource.fhirVersion ?? '4').startsWith('4') === false) continue;
      const row = compactStructure(resource, baseKeys, baseRowOf(String(resource.type)));
      if (row) found.StructureDefinition.push(row);
      else withoutSnapshot.push(resource.url);
    }
    const after = found.StructureDefinition.length + found.ValueSet.length + found.CodeSystem.length;
    if (after > before) names.push(entry);
  }
  const has = new Set(found.StructureDefinition.map((one) => one.url));
  return { library: libraryOf(found), names, withoutSnapshot: withoutSnapshot.filter((url) => !has.has(url)) };
}

/**
 * The library of a node: R4, then the packages in a folder. Packages are read at first use, since most nodes are started more often than they are
 * asked to validate. Errors, at once: `packages-unreadable` when the folder cannot be listed.
 */
export function openLibrary(folder?: string): Library {
  if (folder === undefined) return r4Library;
  entriesOf(folder);
  let packages: Library | undefined;
  const loaded = (): Library => {
    packages ??= loadPackages(folder).library;
    return packages;
  };
  return layered([
    r4Library,
    { find: (kind, canonical) => loaded().find(kind, canonical), urls: (kind) => loaded().urls(kind) },
  ]);
}

/** The rows of a base type by id. */
function baseRowOf(type: string): (id: string) => ElementRow | undefined {
  const base = r4Library.find('StructureDefinition', `http://hl7.org/fhir/StructureDefinition/${type}`);
  const rows = new Map(base?.element.map((row) => [row.id, row]));
  return (id) => rows.get(id);
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (cause) {
    throw unreadable(folder, cause);
  }
}

/** The JSON files of a package that may hold definitions. */
function* filesOf(path: string): Generator<{ readonly name: string; readonly text: string }> {
  if (path.endsWith('.tgz')) yield* filesOfArchive(path);
  else if (statSync(path).isDirectory()) yield* filesOfFolder(path);
}

function* filesOfFolder(path: string): Generator<{ readonly name: string; readonly text: string }> {
  for (const name of readdirSync(path).sort()) {
    const file = join(path, name);
    if (name === 'package' && statSync(file).isDirectory()) yield* filesOfFolder(file);
    else if (WANTED.test(name)) yield { name, text: readFileSync(file, 'utf8') };
  }
}

/** The files of a gzipped tar (POSIX.1 ustar): 512-byte headers, each followed by its file in whole blocks. */
function* filesOfArchive(path: string): Generator<{ readonly name: string; readonly text: string }> {
  let tar: Buffer;
  try {
    tar = gunzipSync(readFileSync(path), { maxOutputLength: MAX_PACKAGE });
  } catch (cause) {
    throw unreadable(path, cause);
  }
  for (let at = 0; at + 512 <= tar.length; ) {
    const field = (from: number, length: number) =>
      tar.toString('utf8', at + from, at + from + length).replace(/\0[\s\S]*$/, '');
    const size = Number.parseInt(field(124, 12).trim() || '0', 8);
    const name = [field(345, 155), field(0, 100)].filter((part) => part !== '').join('/');
    if (Number.isNaN(size)) throw unreadable(path, undefined);
    if (WANTED.test(name)) yield { name, text: tar.toString('utf8', at + 512, at + 512 + size) };
    at += 512 + Math.ceil(size / 512) * 512;
  }
}

function parse(text: string, file: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

function unreadable(path: string, cause: unknown): AnamnesisError {
  return new AnamnesisError('packages-unreadable', `${path} is not a readable FHIR package`, { cause });
}
