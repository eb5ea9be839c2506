import { notFound } from '@anamnesis/protocol';
import type { Authority } from '../../consent/authority.ts';
import { requireAction } from '../access.ts';
import type { Bundle, BundleEntry } from '../bundle-types.ts';
import type { RecordsContext } from '../context.ts';
import { groupsOf } from '../groups.ts';
import { entriesOf } from '../logged-reads.ts';
import type { Found } from '../read-one.ts';
import { scopeFor } from '../scope-for.ts';
import type { FhirResource } from '../search/index.ts';
import type { RecordWriter, Written } from '../writer.ts';
import { deletedAnswer, failureAnswer, type Returned, writeAnswer } from './answers.ts';
import { type Entry, type EntryOrRefusal, isRead, named, ORDER } from './entries.ts';
import { getRequest, readAnswer } from './get.ts';

/**
 * A batch Bundle: each entry as if it had come alone, in the order DELETE, POST, PUT, PATCH, GET. Entries of one method are under way together, so that they share
 * transactions (see `Group`). Links between entries are not resolved: FHIR does not allow them in a batch.
 */
export async function processBatch(
  context: RecordsContext,
  authority: Authority,
  writer: RecordWriter,
  entries: readonly EntryOrRefusal[],
  returns: Returned,
): Promise<Bundle> {
  const answers: BundleEntry[] = [];
  const answerOf = async (entry: EntryOrRefusal): Promise<BundleEntry> => {
    if ('refused' in entry) return failureAnswer(entry.refused);
    try {
      return isRead(entry.method)
        ? await read(context, authority, entry)
        : await write(context, writer, entry, returns);
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
  return readAnswer(entry, found.value);
}

async function write(
  context: RecordsContext,
  writer: RecordWriter,
  entry: Entry,
  returns: Returned,
): Promise<BundleEntry> {
  const { method, path, resource, patch } = entry;
  const [type = '', id] = path;
  const condition = entry.query ?? '';
  const ifMatch = entry.ifMatch === null ? {} : { ifMatch: entry.ifMatch };
  const answer = (done: Written): BundleEntry => written(context, done, returns);
  switch (method) {
    case 'POST':
      return answer(
        await writer.create(resource, entry.ifNoneExist === null ? {} : { ifNoneExist: entry.ifNoneExist }),
      );
    case 'DELETE':
      if (id !== undefined) return deletedAnswer(await writer.delete(type, id, ifMatch), returns);
      await writer.deleteMatching(type, condition, ifMatch);
      return deletedAnswer(null, returns);
    case 'PATCH':
      if (patch === null) throw notFound();
      return answer(await writer.patch(id === undefined ? { type, condition } : { type, id }, patch, ifMatch));
    default:
      if (id === undefined) return answer(await writer.update(resource, { condition, ...ifMatch }));
      return answer(
        await writer.update(resource, {
          ...ifMatch,
          ...(entry.ifNoneMatch !== null && { ifNoneMatch: entry.ifNoneMatch }),
        }),
      );
  }
}

function written(context: RecordsContext, answer: Written, returns: Returned): BundleEntry {
  const { resource, created, version, lastUpdated } = answer;
  const { resourceType: type, id = '' } = resource;
  const applied = { type, id, version: Number(version), lastUpdated, created, resource };
  return writeAnswer(context.base, applied, returns);
}
