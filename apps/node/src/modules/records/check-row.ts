import { classify } from './classify.ts';
import type { RecordsContext } from './context.ts';
import { labelled } from './labels.ts';
import { type FhirResource, indexResource } from './search/index.ts';
import { indexLines } from './search/write.ts';

/** What the columns beside an encrypted version say about it. */
export interface VersionColumns {
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly last_updated: Date;
  readonly patient: string | null;
  readonly category: number;
  readonly sensitive: number;
  readonly care_at: number | null;
}

/**
 * Names the columns that say something else than the content, which the log commits to. A deletion has no content to tell: its columns are those of
 * the version before (`before`). Of POST and PUT of a first version the content says nothing either: the difference is shown in history and decides nothing.
 */
export function wrongColumns(row: VersionColumns, resource: FhirResource, before: VersionColumns | null): string[] {
  const { resourceType, id, meta } = resource as { resourceType: string; id?: string; meta?: Meta };
  const wrong: string[] = [];
  const same = (name: string, holds: boolean): void => void (holds || wrong.push(name));
  same('type', row.type === resourceType);
  same('id', row.id === id);
  same('version', String(row.version) === meta?.versionId);
  same('last_updated', row.last_updated.getTime() === Date.parse(meta?.lastUpdated ?? ''));
  const isDeletion = (resource as { deleted?: unknown }).deleted === true;
  same('method', (row.method === 'DELETE') === isDeletion && (row.method !== 'POST' || row.version === 1));
  const { patient, category, sensitive, careAt } =
    isDeletion && before !== null ? { ...before, careAt: before.care_at } : classify(resource);
  same('patient', row.patient === patient);
  same('category', row.category === category);
  same('sensitive', row.sensitive === sensitive);
  same('care_at', row.care_at === careAt);
  return wrong;
}

interface Meta {
  readonly versionId?: string;
  readonly lastUpdated?: string;
}

/** The search rows that a current record ought to have, as `readIndexLines` gives those that it has. */
export function expectedIndex(context: RecordsContext, resource: FhirResource, sensitive: number): string[] {
  return indexLines(indexResource(labelled(resource, sensitive), context.base));
}
