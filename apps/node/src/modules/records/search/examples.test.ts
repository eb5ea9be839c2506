import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseJson } from '@anamnesis/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestPostgres } from '../../../testing/databases.ts';
import type { SearchParameter } from '../definitions.ts';
import { isResourceType, searchParametersOf } from '../definitions.ts';
import { compileExpression, walk } from './expression.ts';
import type { FhirResource } from './index.ts';
import { openShelf, type Shelf } from './search.fixture.ts';

/**
 * Every example is found by each search parameter that extracts a value from it. What to search for is taken from the example by the definitions, and
 * not by the rows of the index; the tests are skipped, with their names in the report, where the examples are absent.
 */
const DATA = join(import.meta.dirname, '../../../../../../../shared/data');
const FOLDERS = [
  'hl7-us-core-9.0.0/examples',
  'us-core-patient',
  'hl7-ips-2.0.1/examples',
  'synthea-r4',
  'fhir-r4-examples',
];

function examplesIn(folder: string): FhirResource[] {
  const found: FhirResource[] = [];
  const add = (resource: FhirResource): void => {
    if (isResourceType(resource.resourceType)) found.push({ ...resource, id: `e${found.length}` });
    const entries = (resource.entry ?? []) as readonly { readonly resource?: FhirResource }[];
    if (resource.resourceType === 'Bundle') for (const { resource: inner } of entries) if (inner) add(inner);
  };
  for (const file of readdirSync(join(DATA, folder), { recursive: true, encoding: 'utf8' }))
    if (file.endsWith('.json')) add(parseJson(readFileSync(join(DATA, folder, file), 'utf8')) as FhirResource);
  return found;
}

type Json = { readonly [key: string]: unknown };
const escaped = (text: unknown): string => String(text).replace(/[\\,|$]/g, '\\$&');
const listed = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);
const first = (value: unknown): unknown => listed(value)[0];

/** One search value for what a definition finds, by FHIR type; null where its type is searched by nothing that this value has. */
function searchedFor(kind: string, type: string, value: unknown): string | null {
  const json = (typeof value === 'object' && value !== null ? value : {}) as Json;
  const coding = (one: Json): string | null =>
    one.code === undefined
      ? null
      : one.system === undefined
        ? `|${escaped(one.code)}`
        : `${escaped(one.system)}|${escaped(one.code)}`;
  if (kind === 'token') {
    if (type === 'CodeableConcept') return coding((first(json.coding) ?? {}) as Json);
    if (type === 'Coding') return coding(json);
    if (type === 'Identifier') return coding({ code: json.value, system: json.system });
    if (type === 'ContactPoint') return json.value === undefined ? null : escaped(json.value);
    return typeof value === 'object' ? null : escaped(value);
  }
  if (kind === 'string') {
    const text =
      type === 'HumanName'
        ? (json.family ?? first(json.given) ?? json.text)
        : (json.city ?? json.country ?? first(json.line) ?? json.text);
    const string = typeof value === 'string' ? value : text;
    return typeof string === 'string' && string.trim() !== '' ? escaped(string.slice(0, 40)) : null;
  }
  if (kind === 'uri') return typeof value === 'string' ? escaped(value) : null;
  if (kind === 'date') {
    if (type === 'Period') return json.start === undefined ? null : `ge${String(json.start)}`;
    return typeof value === 'string' && type !== 'Timing' ? value : null;
  }
  if (kind === 'number') return typeof value === 'number' ? String(value) : null;
  if (kind === 'quantity') {
    if (type !== 'Quantity' || typeof json.value !== 'number' || json.comparator !== undefined) return null;
    return json.code === undefined || json.system === undefined
      ? String(json.value)
      : `${json.value}|${escaped(json.system)}|${escaped(json.code)}`;
  }
  if (kind === 'reference') {
    const target = typeof value === 'string' ? value : (json.reference ?? json.url);
    return typeof target === 'string' && target !== '' && !target.startsWith('#') ? escaped(target) : null;
  }
  return null;
}

/** What to search by for one parameter of one example. */
function queriesFor(resource: FhirResource, { code, kind, expression }: SearchParameter): string[] {
  if (expression === '' || code === '_lastUpdated' || code === '_id') return [];
  const compiled = compileExpression(resource.resourceType, expression);
  if (!('paths' in compiled)) return [];
  const queries = new Set<string>();
  for (const path of compiled.paths)
    walk(resource, path, (value) => {
      if (path.target !== undefined && !String((value as Json).reference).startsWith(`${path.target}/`)) return;
      const wanted = searchedFor(kind, path.type, value);
      if (wanted !== null) queries.add(`${code}=${encodeURIComponent(wanted)}`);
    });
  return [...queries].slice(0, 3);
}

describe.each(FOLDERS)('%s', (folder) => {
  const missing = !existsSync(join(DATA, folder));
  let shelf: Shelf;
  beforeAll(async () => {
    if (!missing) shelf = await openShelf(await openTestPostgres());
  });
  afterAll(async () => {
    if (!missing) await shelf.close();
  });

  test.skipIf(missing)(
    'behavior: every example is found by every search parameter that has a value in it',
    async () => {
      const examples = examplesIn(folder);
      await shelf.put(...examples);
      const asked = new Map<string, Promise<Set<string>>>();
      const lost: string[] = [];
      let searched = 0;
      const perParameter = new Map<string, number>();
      for (const example of examples) {
        const type = example.resourceType;
        for (const parameter of ['Resource', 'DomainResource', type].flatMap(searchParametersOf)) {
          for (const query of queriesFor(example, parameter)) {
            const key = `${type}?${query}`;
            // Of a thousand measurements with the same code, one search finds all; of their thousand dates, fifty are tried.
            const tried = perParameter.get(`${type}.${parameter.code}`) ?? 0;
            if (!asked.has(key)) {
              if (tried >= 50) continue;
              perParameter.set(`${type}.${parameter.code}`, tried + 1);
              asked.set(
                key,
                shelf.hits(type, `${query}&_count=1000&_total=none`).then((hits) => {
                  const ids = new Set(hits.rows.map((row) => row.id));
                  return hits.next === undefined ? ids : new Set<string>();
                }),
              );
            }
            const ids = await asked.get(key);
            searched++;
            // A search of more than a page finds it on some page.
            if (ids && ids.size > 0 && !ids.has(example.id ?? '')) lost.push(`${key} (${example.id})`);
            if (ids && ids.size === 0 && (await shelf.hits(type, `${query}&_id=${example.id}`)).rows.length !== 1)
              lost.push(`${key} (${example.id})`);
          }
        }
      }
      expect(lost).toEqual([]);
      expect(searched).toBeGreaterThan(examples.length);
    },
    240_000,
  );
});
