import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { usage } from '../options.ts';

/** What others refer to comes first: organisations, places and people who treat, then patients, then the rest. */
const FIRST = [
  /^hospitalInformation|^Organization/i,
  /^Location|^Endpoint|^HealthcareService/i,
  /^practitionerInformation|^Practitioner/i,
  /^Medication\b|^Device\b|^Substance/i,
  /^Patient\b|^RelatedPerson|^Group\b/i,
  /^Coverage/i,
  /^Encounter/i,
];

/**
 * The files among the given ones and below the given folders that can be imported, in the order in which they can: FHIR (`.json`, `.ndjson`, `.jsonl`), then HL7 v2
 * (`.hl7`) by name, then C-CDA documents (`.xml`). Throws `usage` for a path that is not there.
 */
export async function findFiles(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    const state = await stat(path).catch(() => null);
    if (!state) throw usage(`there is no ${path}`);
    if (!state.isDirectory()) found.push(path);
    else {
      for (const item of await readdir(path, { recursive: true, withFileTypes: true })) {
        if (item.isFile() && /\.(?:json|ndjson|jsonl|hl7|xml)$/i.test(item.name))
          found.push(join(item.parentPath, item.name));
      }
    }
  }
  return [...new Set(found)].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

function rank(file: string): number {
  const name = basename(file);
  if (/\.hl7$/i.test(name)) return FIRST.length + 1;
  if (/\.xml$/i.test(name)) return FIRST.length + 2;
  const at = FIRST.findIndex((pattern) => pattern.test(name));
  return at < 0 ? FIRST.length : at;
}
