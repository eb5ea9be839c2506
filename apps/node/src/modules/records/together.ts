import { lockLog, type Transaction } from '../../storage/index.ts';
import type { Authority } from '../consent/authority.ts';
import { requireAction } from './access.ts';
import { type Applied, applyChanges } from './apply.ts';
import { openContents } from './content.ts';
import { nowOf, type RecordsContext } from './context.ts';
import { checkResource } from './resource.ts';
import { selectCurrent } from './rows.ts';
import { scopeFor } from './scope-for.ts';
import { type FhirResource, runSearch } from './search/index.ts';

/** An identifier of FHIR with both its parts. */
export interface FullIdentifier {
  readonly system: string;
  readonly value: string;
}

/** Records inside one transaction of the caller's, for those who bring them in another form than FHIR's. */
export interface RecordsTogether {
  /** For rows of the caller's own, which stand or fall with the records. */
  readonly tx: Transaction;
  /** The stored records of a type that carry one of these identifiers. What is put afterwards is logged; what is only looked at must be put too. */
  find(type: string, identifiers: readonly FullIdentifier[]): Promise<FhirResource[]>;
  /** A stored record, or null where there is none, or it was deleted. */
  read(type: string, id: string): Promise<FhirResource | null>;
  /**
   * Stores these resources, each under its id, as the next version of its record; one that is stored so already makes no version and is logged as
   * read. Errors: 422 with an issue for each fault that validation finds.
   */
  put(resources: readonly FhirResource[]): Promise<Applied[]>;
}

/** Identifiers in one search: the text of a query has a limit. */
const AT_ONCE = 20;

/**
 * Runs work on records in one transaction, all or nothing; it holds the record log, so that what is found cannot change before it is written.
 * On stable storage when this resolves. Errors: 403, and those of the work.
 */
export function changeTogether<T>(
  context: RecordsContext,
  authority: Authority,
  work: (records: RecordsTogether) => Promise<T>,
): Promise<T> {
  requireAction(authority, 'write');
  requireAction(authority, 'read');
  const { scope } = authority;
  return context.database.transaction(async (tx) => {
    await lockLog(tx, 'records');
    return work({
      tx,
      async find(type, identifiers) {
        const found = new Map<string, FhirResource>();
        const tokens = [...new Set(identifiers.map(tokenOf))];
        for (let at = 0; at < tokens.length; at += AT_ONCE) {
          const criterion = `identifier=${tokens.slice(at, at + AT_ONCE).join(',')}`;
          let next: string | undefined = `${criterion}&_count=500`;
          while (next !== undefined) {
            const searched = scopeFor(scope, 's', type);
            const page = await runSearch(tx, { type, query: next, scope: searched, base: context.base, strict: true });
            for (const { resource } of await openContents(context.keys, tx, page.rows)) {
              found.set(resource.id as string, resource);
            }
            next = page.next;
          }
        }
        return [...found.values()];
      },
      async read(type, id) {
        const row = await selectCurrent(tx, type, id);
        if (row === undefined || row.deleted) return null;
        const [opened] = await openContents(context.keys, tx, [row]);
        return opened?.resource ?? null;
      },
      async put(resources) {
        const requests = resources.map((value) => {
          const resource = checkResource(value);
          const { resourceType: type, id } = resource;
          return { change: { kind: 'update', type, id: id as string, resource } as const, authority };
        });
        const applied = await applyChanges(context, tx, requests, { at: nowOf(context), refuse: (error) => error });
        return applied as Applied[];
      },
    });
  });
}

/** `system|value` with what search would misread escaped (https://hl7.org/fhir/R4/search.html#escaping). */
function tokenOf({ system, value }: FullIdentifier): string {
  const escaped = (text: string): string => text.replace(/[\\,$|]/g, '\\$&');
  return encodeURIComponent(`${escaped(system)}|${escaped(value)}`);
}
