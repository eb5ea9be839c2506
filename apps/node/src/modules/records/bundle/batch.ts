import { notFound } from '@anamnesis/protocol';
import type { Authority } from '../../consent/authority.ts';
import { requireAction } from '../access.ts';
import type { Bundle, BundleEntry } from '../bundle-types.ts';
import { findMatch } from '../conditional.ts';
import type { RecordsContext } from '../context.ts';
import { groupsOf } from '../groups.ts';
import type { Found } from '../read-one.ts';
import { entriesOf } from '../reader.ts';
import { scopeFor } from '../scope-for.ts';
import type { FhirResource } from '../search/index.ts';
import type { RecordWriter, Written } from '../writer.ts';
import { deletedAnswer, failureAnswer, readAnswer, writeAnswer } from './answers.ts';
import { type Entry, type EntryOrRefusal, named, ORDER } from './entries.ts';
import { getRequest } from './get.ts';

/**
 * A batch Bundle: each entry as if it had come alone, in the order DELETE, POST, PUT, GET. Entries of one method are under way together, so that they share
 * transactions (see `Group`). Links between entries are not resolved: FHIR does not allow them in a batch.
 */
export async function processBatch(
  context: RecordsContext,
  authority: Authority,
  writer: RecordWriter,
  entries: readonly EntryOrRefusal[],
  representation: boolean,
): Promise<Bundle> {
  const answers: BundleEntry[] = [];
  const answerOf = async (entry: EntryOrRefusal): Promise<BundleEntry> => {
    if ('refused' in entry) return failureAnswer(entry.refused);
    try {
      return entry.method === 'GET'
        ? await read(context, authority, entry)
        : await write(context, authority, writer, entry, representation);
    } catch (error) {
      return failureAnswer(named(entry.index, error));
    }
  };
  for (const method of ORDER) {
    const group = entries.filter((entry) => entry.method === method);
    const done = await Promise.all(group.map(answerOf));
    for (const [at, entry] of group.entries()) answers[entry.index] = done[at] as BundleEntry;
  }
  return { resourceType: 'Bundle', type: 'batch-response', entry: answers };
}

async function read(context: RecordsContext, authority: Authority, entry: Entry): Promise<BundleEntry> {
  requireAction(authority, 'read');
  const { access, needs, run } = getRequest(entry);
  const scope = scopeFor(authority.scope, needs.action, needs.type);
  const found = (await groupsOf(context).reads.submit(async (tx) => {
    const result = await run(context, tx, scope);
    return { found: result, entries: entriesOf(context, authority, access, result) };
  })) as Found<FhirResource>;
  if ('refused' in found) throw found.refused;
  return readAnswer(found.value);
}

async function write(
  context: RecordsContext,
  authority: Authority,
  writer: RecordWriter,
  entry: Entry,
  representation: boolean,
): Promise<BundleEntry> {
  const { method, path, resource } = entry;
  const [type = ''] = path;
  const ifMatch = entry.ifMatch === null ? {} : { ifMatch: entry.ifMatch };
  if (method === 'POST') {
    const condition = entry.ifNoneExist === null ? {} : { ifNoneExist: entry.ifNoneExist };
    return written(context, await writer.create(resource, condition), representation);
  }
  const id = path[1] ?? (await conditionalId(context, authority, entry));
  if (method === 'DELETE') {
    if (id === null) return deletedAnswer(null);
    return deletedAnswer(await writer.delete(type, id, ifMatch));
  }
  if (resource === null) throw notFound();
  if (id === null && resource.id === undefined) return written(context, await writer.create(resource), representation);
  const identified = id === null ? resource : { ...resource, id };
  return written(context, await writer.update(identified, ifMatch), representation);
}

async function conditionalId(context: RecordsContext, authority: Authority, entry: Entry): Promise<string | null> {
  const [type = ''] = entry.path;
  const row = await context.database.transaction((tx) =>
    findMatch(context, tx, authority.scope, type, entry.query ?? ''),
  );
  return row?.id ?? null;
}

function written(context: RecordsContext, answer: Written, representation: boolean): BundleEntry {
  const { resource, created, version, lastUpdated } = answer;
  const { resourceType: type, id = '' } = resource;
  const applied = { type, id, version: Number(version), lastUpdated, created, resource };
  return writeAnswer(context.base, applied, representation);
}
