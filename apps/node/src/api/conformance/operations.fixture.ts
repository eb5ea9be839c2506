import { randomUUID } from 'node:crypto';
import { beforeAll } from 'vitest';
import { readAccessLog } from '../../modules/audit/index.ts';
import type { Authority } from '../../modules/consent/index.ts';
import { openOperations } from '../../modules/records/index.ts';
import type { Subject } from './suite.fixture.ts';

const LAB = { system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' };

/** Two patients with who treats them, under names of their own, stored before the tests run. */
export type Operated = ReturnType<typeof operated>;

export function operated(subject: Subject) {
  const send: ReturnType<Subject>['send'] = (...request) => subject().send(...request);
  const put = async (resource: { resourceType: string; id: string; [element: string]: unknown }): Promise<void> => {
    const answer = await send('PUT', `/${resource.resourceType}/${resource.id}`, { body: resource });
    if (answer.status >= 300) throw new Error(`not stored: ${answer.text}`);
  };
  const mark = randomUUID().slice(0, 8);
  const id = (name: string): string => `${name}-${mark}`;
  const ref = (type: string, name: string) => ({ reference: `${type}/${id(name)}` });
  const observation = (name: string, patient: string, day: string, code: string, over: object = {}) =>
    put({
      resourceType: 'Observation',
      id: id(name),
      status: 'final',
      category: [{ coding: [LAB] }],
      code: { coding: [{ system: 'http://loinc.org', code }] },
      subject: ref('Patient', patient),
      effectiveDateTime: day,
      ...over,
    });
  const operations = (authority: Authority) => openOperations(subject().context, authority);
  const entriesAbout = async (name: string): Promise<number> =>
    (await readAccessLog(subject().context, subject().context.database, { patient: id(name), count: 1000 })).entries
      .length;

  beforeAll(async () => {
    await put({ resourceType: 'Organization', id: id('trust'), name: 'Trust' });
    await put({
      resourceType: 'Organization',
      id: id('ward'),
      name: 'Ward',
      partOf: ref('Organization', 'trust'),
      meta: { tag: [{ system: 'urn:tag', code: id('tag') }] },
    });
    await put({
      resourceType: 'Practitioner',
      id: id('hale'),
      name: [{ family: 'Hale' }],
    });
    for (const name of ['maria', 'john']) {
      await put({
        resourceType: 'Patient',
        id: id(name),
        name: [{ family: `Fam${mark}`, given: [name] }],
        gender: name === 'maria' ? 'female' : 'male',
        birthDate: '1980-05-01',
        identifier: [{ system: 'urn:mrn', value: id(name) }],
        managingOrganization: ref('Organization', 'ward'),
      });
    }
    await observation('old', 'maria', '2020-01-01', '718-7', { performer: [ref('Practitioner', 'hale')] });
    await observation('new', 'maria', '2024-01-01', '718-7');
    await observation('other', 'maria', '2023-01-01', '2345-7');
    await observation('hiv', 'maria', '2023-02-01', '7917-8', {
      meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'HIV' }] },
    });
    await observation('johns', 'john', '2024-02-01', '718-7');
    await put({
      resourceType: 'Group',
      id: id('cohort'),
      type: 'person',
      actual: true,
      member: [{ entity: ref('Patient', 'maria') }],
    });
  });

  return { send, mark, id, ref, observation, operations, entriesAbout, put };
}
