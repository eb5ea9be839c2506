import { forbidden } from '@anamnesis/protocol';
import type { LoggedAccess } from '../modules/audit/index.ts';
import type { Authority } from '../modules/consent/index.ts';
import { seenRecords } from '../modules/records/index.ts';
import type { ApiContext } from './context.ts';

/** Takes out of entries what the caller may not be told. */
export type EntryFilter = (entries: readonly LoggedAccess[]) => Promise<readonly LoggedAccess[]>;

const RECORD = /^([A-Z][A-Za-z]{1,63}\/[A-Za-z0-9.-]{1,64})(?:\/_history\/\d+)?$/;

/**
 * For staff from whom directives withhold records: an entry of the access log that names such a record would tell that it is there, and its query what it says.
 * So it is left out, before anything is counted or paged. Undefined for everybody else: the patient herself, staff without such directives, and auditors, who
 * see all of the log and no record.
 */
export function entriesSeenBy({ context }: ApiContext, { scope, basis }: Authority): EntryFilter | undefined {
  if (scope.kind !== 'ruled' || basis.kind === 'subject') return undefined;
  return async (entries) => {
    const named = entries.map(({ event }) => recordsNamed(event));
    const seen = await seenRecords(context.database, scope, new Set(named.flat()));
    return entries.filter((_, at) => named[at]?.every((one) => seen.has(one)));
  };
}

/** An accounting says that it is whole. Errors: 403 for whom directives of this patient leave parts of it out. */
export function requireWholeLog({ scope }: Authority, patient: string): void {
  if (scope.kind !== 'ruled') return;
  if (scope.policy.length > 0 || scope.directives.some(({ patients }) => patients.includes(patient))) throw forbidden();
}

function recordsNamed(event: object): string[] {
  const { entity = [] } = event as { entity?: readonly { readonly what?: { readonly reference?: string } }[] };
  return entity.flatMap(({ what }) => RECORD.exec(what?.reference ?? '')?.[1] ?? []);
}
