import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseJson } from '@anamnesis/protocol';
import { describe, expect, test } from 'vitest';
import { classify } from './classify.ts';
import { type FhirResource, indexResource } from './search/index.ts';
import { validate } from './validation/index.ts';

/** Official and synthetic resources outside the project; the tests are skipped, with their names in the report, where they are absent. */
const DATA = join(import.meta.dirname, '../../../../../../shared/data');

/** Files that are not valid R4, and why. */
const INVALID: { readonly [file: string]: string } = {
  // A display item without the required linkId.
  'bundle-questionnaire.json': 'Questionnaire.item[0].item[0].linkId',
  // A narrative without the required div.
  'diagnosticreport-cbc.json': 'DiagnosticReport.text.div',
};

function* resourcesIn(folder: string): Generator<{ file: string; resource: FhirResource }> {
  for (const file of readdirSync(join(DATA, folder), { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.json')) continue;
    const resource = parseJson(readFileSync(join(DATA, folder, file), 'utf8')) as FhirResource;
    yield { file, resource };
    const entries = (resource.entry ?? []) as readonly { readonly resource?: FhirResource }[];
    if (resource.resourceType === 'Bundle')
      for (const { resource: inner } of entries) if (inner) yield { file, resource: inner };
  }
}

describe.each([
  'synthea-r4',
  'fhir-r4-examples',
  'hl7-us-core-9.0.0/examples',
  'hl7-ips-2.0.1/examples',
  'us-core-patient',
])('%s', (folder) => {
  test.skipIf(!existsSync(join(DATA, folder)))(
    'behavior: every valid resource is accepted, classified and indexed',
    () => {
      for (const { file, resource } of resourcesIn(folder)) {
        const [issue] = validate(resource);
        expect([file, issue?.expression[0]]).toEqual([file, INVALID[file]]);
        classify(resource);
        indexResource(resource);
      }
    },
  );
});
