import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Official and synthetic resources outside the project: absent on other machines, where tests of them are skipped. */
export const SHARED_DATA: string = join(import.meta.dirname, '../../../../../shared/data');

export const hasSharedData: boolean = existsSync(join(SHARED_DATA, 'hl7-us-core-9.0.0/snapshots'));

interface Element {
  readonly id: string;
  readonly sliceName?: string;
  min?: number;
}

interface Definition {
  readonly resourceType: string;
  readonly id: string;
  readonly url: string;
  readonly baseDefinition?: string;
  readonly snapshot?: { readonly element: Element[] };
  readonly differential?: { readonly element: Element[] };
}

function definitionsIn(folder: string): Definition[] {
  return readdirSync(join(SHARED_DATA, folder)).flatMap((file) => {
    if (!file.endsWith('.json')) return [];
    const one = JSON.parse(readFileSync(join(SHARED_DATA, folder, file), 'utf8')) as Definition;
    return one.resourceType === 'StructureDefinition' ? [one] : [];
  });
}

/**
 * A folder of packages: US Core 9.0.0 and IPS 2.0.1. The snapshots of US Core there are derived and not official: where a differential makes a slice
 * without saying `min`, they give it that of the element, while HL7's are 0. That is put right here.
 */
export async function sharedPackages(): Promise<{ readonly folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'anamnesis-packages-'));
  await symlink(join(SHARED_DATA, 'hl7-ips-2.0.1/definitions'), join(folder, 'ips'));
  await symlink(join(SHARED_DATA, 'hl7-us-core-9.0.0/resources'), join(folder, 'us-core-codes'));
  const unpacked = join(folder, 'us-core', 'package');
  await mkdir(unpacked, { recursive: true });
  const differentials = new Map(definitionsIn('hl7-us-core-9.0.0/resources').map((one) => [one.url, one]));
  const snapshots = new Map(definitionsIn('hl7-us-core-9.0.0/snapshots').map((one) => [one.url, one]));
  for (const one of snapshots.values()) {
    const said = new Map(differentials.get(one.url)?.differential?.element.map((element) => [element.id, element]));
    const inherited = new Set(snapshots.get(one.baseDefinition ?? '')?.snapshot?.element.map((element) => element.id));
    for (const element of one.snapshot?.element ?? []) {
      const own = said.get(element.id);
      if (element.sliceName && own && own.min === undefined && !inherited.has(element.id)) element.min = 0;
    }
    await writeFile(join(unpacked, `StructureDefinition-${one.id}.json`), JSON.stringify(one));
  }
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
