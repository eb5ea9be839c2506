import { expect, test } from 'vitest';
import { coding, except, ICD, person, TYPES } from './directives.fixture.ts';
import type { ProbeWorld } from './world.fixture.ts';

/** A clinician from whom a directive withholds Maria's conditions: neither a condition on a write nor $match tells of them. */
export function describeStaff(world: () => ProbeWorld): void {
  const barred = (more: object = { class: [coding(TYPES, 'Condition')] }) =>
    except({ actor: [person('Practitioner/clinician')], ...more });
  const body = (id?: string) => ({
    ...{ resourceType: 'Condition', ...(id !== undefined && { id }), subject: { reference: 'Patient/john' } },
    code: { coding: [{ system: ICD, code: 'Z00.0' }] },
  });
  const patch = [{ op: 'add', path: '/recordedDate', value: '2024-01-01' }];
  const PATCH = { 'content-type': 'application/json-patch+json' };
  const bundle = (reference: string) => ({
    ...{ resourceType: 'Bundle', type: 'transaction' },
    entry: [
      {
        resource: { ...body(), evidence: [{ detail: [{ reference }] }] },
        request: { method: 'POST', url: 'Condition' },
      },
    ],
  });

  test.each<[string, (id: string) => [string, string, unknown?, Record<string, string>?]]>([
    ['create if none exists', (id) => ['POST', '/Condition', body(), { 'if-none-exist': `_id=${id}` }]],
    ['update by a condition', (id) => ['PUT', `/Condition?_id=${id}`, body()]],
    ['patch by a condition', (id) => ['PATCH', `/Condition?_id=${id}`, JSON.stringify(patch), PATCH]],
    ['delete by a condition', (id) => ['DELETE', `/Condition?_id=${id}`]],
    ['delete', (id) => ['DELETE', `/Condition/${id}`]],
    ['delete of a version', (id) => ['DELETE', `/Condition/${id}`, undefined, { 'if-match': 'W/"1"' }]],
    ['patch', (id) => ['PATCH', `/Condition/${id}`, JSON.stringify(patch), PATCH]],
    [
      'patch of a version',
      (id) => ['PATCH', `/Condition/${id}`, JSON.stringify(patch), { ...PATCH, 'if-match': 'W/"1"' }],
    ],
    ['update of a version', (id) => ['PUT', `/Condition/${id}`, body(id), { 'if-match': 'W/"1"' }]],
    [
      'labels added',
      (id) => [
        'POST',
        `/Condition/${id}/$meta-add`,
        { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: { tag: [{ code: 'x' }] } }] },
      ],
    ],
    ['conditional reference in a transaction', (id) => ['POST', '/', bundle(`Condition?_id=${id}`)]],
    [
      'conditional read in a batch',
      (id) => [
        'POST',
        '/',
        {
          resourceType: 'Bundle',
          type: 'batch',
          entry: [{ request: { method: 'GET', url: `Condition/${id}`, ifNoneMatch: 'W/"1"' } }],
        },
      ],
    ],
  ])('behavior: %s is answered alike for what is withheld and what is not there', async (_name, asked) => {
    const at = world();
    await at.direct([barred()]);
    const caller = at.callerOf(at.node.tokens.clinician);
    const answers = [];
    for (const id of ['depression', 'nothing-here']) {
      const [method, path, content, headers = {}] = asked(id);
      const { status, text } = await caller.send(method, path, content, { ...headers, 'x-request-id': 'r' });
      // What was made has an id and a time of its own.
      const plain = status === 201 ? '' : text.replaceAll(id, '…');
      answers.push({ status, text: plain });
      if (status === 201) await at.node.send('DELETE', `/Condition/${(JSON.parse(text) as { id: string }).id}`);
    }
    expect(answers[0]).toEqual(answers[1]);
    await at.undirect();
    const { json } = await at.node.send('GET', '/Condition/depression');
    expect([json.meta.versionId, json.recordedDate]).toEqual([json.meta.versionId, undefined]);
  });

  test('behavior: $match does not find whose Patient is withheld', async () => {
    const at = world();
    const match = {
      resourceType: 'Parameters',
      parameter: [
        {
          name: 'resource',
          resource: { resourceType: 'Patient', name: [{ family: 'Probe', given: ['Maria'] }], birthDate: '1980-01-02' },
        },
      ],
    };
    const patient = {
      resourceType: 'Patient',
      id: 'maria',
      name: [{ family: 'Probe', given: ['Maria'] }],
      birthDate: '1980-01-02',
    };
    await at.put({ ...patient, link: [{ other: { reference: 'Patient/john' }, type: 'seealso' }] });
    const caller = at.callerOf(at.node.tokens.clinician);
    expect((await caller.send('POST', '/Patient/$match', match)).text).toContain('Patient/maria');
    await at.direct([barred({})]);
    const { status, text } = await caller.send('POST', '/Patient/$match', match);
    expect([status, text.includes('maria')]).toEqual([200, false]);
  });
}
