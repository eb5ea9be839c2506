import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { AnamnesisError, parseJson } from '@anamnesis/protocol';
import type { Bundle, BundleEntry, Resource } from '@anamnesis/sdk';
import { readText } from '../options.ts';
import { entryOf, type Plan, planBundle } from './plan.ts';

/** Resources of an NDJSON file that go together in one batch. */
const BATCH = 200;

/**
 * The bundles of a file, ready to be posted: a transaction or batch as it is (made repeatable unless `asIs`); the resources of another
 * bundle, of a single-resource file and of NDJSON lines as batches. Decimals keep their digits.
 * Throws `json-malformed` or `import-malformed`, with the place and without quoting the content.
 */
export async function* readBundles(file: string, options: { asIs: boolean }): AsyncGenerator<Plan> {
  const plan = (bundle: Bundle): Plan =>
    options.asIs ? { bundle, byIdentifier: 0, byId: 0, unrepeatable: plainPosts(bundle) } : planBundle(bundle);
  if (/\.(?:ndjson|jsonl)$/i.test(file)) {
    for await (const entry of batches(lines(file))) yield plan({ resourceType: 'Bundle', type: 'batch', entry });
    return;
  }
  const resource = checked(parsed(await readText(file), file, { maxLength: Number.POSITIVE_INFINITY }), file);
  if (resource.resourceType !== 'Bundle') {
    yield plan({ resourceType: 'Bundle', type: 'batch', entry: [entryOf(resource)] });
    return;
  }
  const bundle = bundleOf(resource, file);
  if (bundle.type === 'transaction' || bundle.type === 'batch') {
    yield plan(bundle);
    return;
  }
  if (bundle.type === 'document' || bundle.type === 'message') {
    // What is signed or sent as a whole is one record.
    yield plan({ resourceType: 'Bundle', type: 'batch', entry: [entryOf(bundle)] });
    return;
  }
  const resources = (bundle.entry ?? []).flatMap((entry) => (entry.resource ? [entry.resource] : []));
  for await (const entry of batches(resources)) yield plan({ resourceType: 'Bundle', type: 'batch', entry });
}

async function* lines(file: string): AsyncGenerator<Resource> {
  let number = 0;
  for await (const line of createInterface({
    input: createReadStream(file, 'utf8'),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    number++;
    const place = `${file}, line ${number}`;
    if (line.trim() !== '') yield checked(parsed(line, place), place);
  }
}

async function* batches(resources: Iterable<Resource> | AsyncIterable<Resource>): AsyncGenerator<BundleEntry[]> {
  let entries: BundleEntry[] = [];
  for await (const resource of resources) {
    entries.push(entryOf(resource));
    if (entries.length < BATCH) continue;
    yield entries;
    entries = [];
  }
  if (entries.length > 0) yield entries;
}

/** What cannot be parsed is told with its place: the parser knows of neither file nor line. */
function parsed(text: string, place: string, limits: Parameters<typeof parseJson>[1] = {}): unknown {
  try {
    return parseJson(text, limits);
  } catch (cause) {
    if (!(cause instanceof AnamnesisError)) throw cause;
    throw new AnamnesisError(cause.code, `${place}: ${cause.message}`, { cause });
  }
}

function checked(value: unknown, place: string): Resource {
  const resource = value as Resource | null;
  if (typeof resource !== 'object' || typeof resource?.resourceType !== 'string') {
    throw new AnamnesisError('import-malformed', `${place}: not a FHIR resource`);
  }
  return resource;
}

function bundleOf(resource: Resource, place: string): Bundle {
  const { entry = [] } = resource as { entry?: unknown };
  if (!Array.isArray(entry)) throw new AnamnesisError('import-malformed', `${place}: its entry is not a list`);
  for (const [at, one] of entry.entries()) {
    if (typeof one !== 'object' || one === null)
      throw new AnamnesisError('import-malformed', `${place}, entry ${at + 1}: not an entry of a Bundle`);
    if (one.resource !== undefined) checked(one.resource, `${place}, entry ${at + 1}`);
  }
  return resource as Bundle;
}

function plainPosts(bundle: Bundle): number {
  return (bundle.entry ?? []).filter(({ request }) => request?.method === 'POST' && !request.ifNoneExist).length;
}
