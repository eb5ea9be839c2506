import { parseArgs } from 'node:util';
import { openRecordWriter } from '../modules/records/index.ts';
import { type DatabaseLocation, openDatabase } from '../storage/index.ts';
import { clinician, testContext } from './records-world.ts';

/**
 * A process that writes records as fast as it can until it is killed, and prints the reference of each version that was acknowledged, a line
 * each, `ready` first. Creates, updates and transactions run side by side.
 */
const { values } = parseArgs({ options: { location: { type: 'string' } } });
const database = await openDatabase(JSON.parse(values.location ?? '{}') as DatabaseLocation);
const writer = openRecordWriter(testContext(database), clinician());
// Straight to the pipe: what is printed must have left the process when it is killed.
const acknowledge = (reference: string): void => void process.stdout.write(`${reference}\n`);

acknowledge('ready');

async function createAndUpdate(): Promise<never> {
  for (;;) {
    const { resource } = await writer.create({ resourceType: 'Patient', active: true });
    acknowledge(`Patient/${resource.id}/_history/1`);
    await writer.update({ ...resource, active: false });
    acknowledge(`Patient/${resource.id}/_history/2`);
  }
}

async function transact(): Promise<never> {
  const request = { method: 'POST', url: 'Organization' };
  const entry = Array.from({ length: 7 }, () => ({
    resource: { resourceType: 'Organization', name: 'Meridian' },
    request,
  }));
  for (;;) {
    const answer = await writer.process({ resourceType: 'Bundle', type: 'transaction', entry });
    for (const { response } of answer.entry) acknowledge(response?.location?.split('/R4/')[1] ?? '');
  }
}

await Promise.all([createAndUpdate(), createAndUpdate(), createAndUpdate(), transact()]);
