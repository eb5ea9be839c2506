import { ST_ALDHELM } from '@anamnesis/population';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { startTestbed, type Testbed, type TestbedNode } from '../testbed.ts';
import { newFolder } from '../testing/hospitals.ts';

/* $validate and terminology over HTTP, as an integrator meets them. */

let folder: Awaited<ReturnType<typeof newFolder>>;
let testbed: Testbed;
let node: TestbedNode;

beforeAll(async () => {
  folder = await newFolder();
  testbed = await startTestbed({
    directory: folder.path,
    databaseTemplate: inject('pglite'),
    organizations: [ST_ALDHELM.key],
  });
  node = testbed.nodes[ST_ALDHELM.key] as TestbedNode;
});
afterAll(async () => {
  await testbed.stop();
  await folder.remove();
});

interface Answer {
  readonly status: number;
  readonly body: {
    readonly resourceType: string;
    readonly id: string;
    readonly issue: readonly { severity: string; code: string; expression?: string[]; diagnostics: string }[];
    readonly parameter: readonly { name: string; valueBoolean?: boolean; valueString?: string }[];
    readonly expansion: { total: number; contains?: readonly { code: string }[] };
    readonly rest: readonly { resource: readonly { type: string; operation: readonly { name: string }[] }[] }[];
  };
}

async function call(
  method: string,
  path: string,
  body?: unknown,
  token = node.tokens.clinician ?? '',
): Promise<Answer> {
  const answer = await fetch(`${node.url}/fhir/R4/${path}`, {
    method,
    headers: { 'content-type': 'application/fhir+json', ...(token !== '' && { authorization: `Bearer ${token}` }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Answer['body'] };
}

const errors = ({ body }: Answer) =>
  body.issue.filter((issue) => issue.severity === 'error').map((issue) => issue.code);
const result = ({ body }: Answer) => body.parameter.find((one) => one.name === 'result')?.valueBoolean;
const encoded = (query: Record<string, string>) => new URLSearchParams(query).toString();

const observation = {
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'Weight' },
  valueQuantity: { value: 3, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
};
const VITALS = 'http://hl7.org/fhir/StructureDefinition/vitalsigns';

describe('$validate', () => {
  test('default', async () => {
    const answer = await call('POST', 'Observation/$validate', observation);
    expect([answer.status, answer.body.resourceType, errors(answer)]).toEqual([200, 'OperationOutcome', []]);
  });

  test('behavior: what is wrong, 200 all the same', async () => {
    const wrong = { ...observation, valueQuantity: { value: 3, code: 'kg' }, status: 'done' };
    const answer = await call('POST', 'Observation/$validate', wrong);
    expect([answer.status, errors(answer).sort()]).toEqual([200, ['code-invalid', 'invariant']]);
  });

  test('behavior: a profile, in the query or in Parameters', async () => {
    const inQuery = await call('POST', `Observation/$validate?${encoded({ profile: VITALS })}`, observation);
    const parameter = [
      { name: 'resource', resource: observation },
      { name: 'profile', valueUri: VITALS },
      { name: 'mode', valueCode: 'profile' },
    ];
    const inBody = await call('POST', 'Observation/$validate', { resourceType: 'Parameters', parameter });
    expect(errors(inQuery)).toEqual(errors(inBody));
    expect(errors(inQuery)).toContain('required');
    const unknown = await call(
      'POST',
      `Observation/$validate?${encoded({ profile: 'http://no.where/p' })}`,
      observation,
    );
    expect(errors(unknown)).toEqual(['not-found']);
  });

  test('behavior: what is stored, and whether it could be deleted', async () => {
    const created = await call('POST', 'Observation', observation);
    const path = `Observation/${created.body.id}/$validate`;
    expect(errors(await call('GET', path))).toEqual([]);
    expect((await call('POST', `${path}?mode=delete`)).status).toBe(200);
    expect((await call('POST', `${path}?mode=update`, { ...observation, id: 'other' })).body.issue[0]?.code).toBe(
      'invalid',
    );
    expect((await call('GET', 'Observation/none/$validate')).status).toBe(404);
  });

  test('error: no token, no resource, no such mode', async () => {
    expect((await call('POST', 'Observation/$validate', observation, '')).status).toBe(401);
    expect((await call('POST', 'Observation/$validate')).status).toBe(400);
    expect((await call('POST', 'Observation/$validate?mode=guess', observation)).status).toBe(400);
    expect((await call('POST', 'Observation/$validate?mode=delete', observation)).status).toBe(400);
    expect((await call('POST', 'Observation/$validate', [1])).status).toBe(400);
    expect(errors(await call('POST', 'Patient/$validate', observation))).toEqual(['invalid']);
  });
});

describe('terminology', () => {
  const gender = 'http://hl7.org/fhir/ValueSet/administrative-gender';

  test('default', async () => {
    const expanded = await call('GET', `ValueSet/$expand?${encoded({ url: gender, filter: 'male', count: '1' })}`);
    expect([expanded.status, expanded.body.expansion]).toMatchObject([200, { total: 2, contains: [{ code: 'male' }] }]);
    const system = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
    const found = await call('GET', `CodeSystem/$lookup?${encoded({ system, code: 'AMB' })}`);
    expect(found.body.parameter).toContainEqual({ name: 'display', valueString: 'ambulatory' });
    expect(result(await call('GET', `CodeSystem/$validate-code?${encoded({ url: system, code: 'AMB' })}`))).toBe(true);
    expect(result(await call('GET', `ValueSet/$validate-code?${encoded({ url: gender, code: 'woman' })}`))).toBe(false);
  });

  test('behavior: what is stored, by canonical and by id', async () => {
    const system = {
      resourceType: 'CodeSystem',
      url: 'urn:wards',
      status: 'active',
      content: 'complete',
      concept: [{ code: 'a', display: 'Ward A' }],
    };
    const set = {
      resourceType: 'ValueSet',
      url: 'urn:all-wards',
      status: 'active',
      compose: { include: [{ system: 'urn:wards' }] },
    };
    await call('POST', 'CodeSystem', system);
    const { body } = await call('POST', 'ValueSet', set);
    for (const path of [`ValueSet/${body.id}/$expand`, `ValueSet/$expand?${encoded({ url: 'urn:all-wards' })}`]) {
      expect((await call('GET', path)).body.expansion.contains?.map((one) => one.code)).toEqual(['a']);
    }
    const coding = { name: 'coding', valueCoding: { system: 'urn:wards', code: 'b' } };
    const asked = { resourceType: 'Parameters', parameter: [coding] };
    expect(result(await call('POST', `ValueSet/${body.id}/$validate-code`, asked))).toBe(false);
  });

  test('error: not known here is neither right nor wrong', async () => {
    const sent = {
      resourceType: 'ValueSet',
      status: 'active',
      compose: { include: [{ system: 'http://snomed.info/sct' }] },
    };
    const parameter = [
      { name: 'valueSet', resource: sent },
      { name: 'coding', valueCoding: { system: 'http://snomed.info/sct', code: '22298006' } },
    ];
    const validated = await call('POST', 'ValueSet/$validate-code', { resourceType: 'Parameters', parameter });
    expect([validated.status, validated.body.issue[0]?.code]).toEqual([422, 'not-found']);
    expect((await call('POST', 'ValueSet/$expand', sent)).status).toBe(422);
    expect(
      (await call('GET', `CodeSystem/$lookup?${encoded({ system: 'http://loinc.org', code: '1-8' })}`)).status,
    ).toBe(404);
    expect((await call('GET', `ValueSet/$expand?${encoded({ url: 'urn:none' })}`)).status).toBe(404);
    expect((await call('GET', 'ValueSet/$expand')).status).toBe(400);
    expect((await call('GET', `ValueSet/$expand?${encoded({ url: gender, count: 'x' })}`)).status).toBe(400);
  });
});

test('behavior: the CapabilityStatement names them', async () => {
  const { body } = await call('GET', 'metadata');
  const named = (type: string) =>
    body.rest[0]?.resource.find((one) => one.type === type)?.operation.map((one) => one.name);
  expect(named('Patient')).toContain('validate');
  expect(named('ValueSet')).toEqual(expect.arrayContaining(['validate', 'expand', 'validate-code']));
});
