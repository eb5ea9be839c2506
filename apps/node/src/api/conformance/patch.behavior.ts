import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { created, identifierOf, patient, refusal, type Subject } from './suite.fixture.ts';

const JSON_PATCH = { 'content-type': 'application/json-patch+json' };

/** A FHIRPath Patch of one operation that replaces an element. */
export const replacing = (path: string, value: object): object => ({
  resourceType: 'Parameters',
  parameter: [
    {
      name: 'operation',
      part: [
        { name: 'type', valueCode: 'replace' },
        { name: 'path', valueString: path },
        { name: 'value', ...value },
      ],
    },
  ],
});

/** https://hl7.org/fhir/R4/http.html#patch and fhirpatch.html. */
export function describePatch(subject: Subject): void {
  const send: ReturnType<Subject>['send'] = (...request) => subject().send(...request);
  const jsonPatch = (path: string, operations: object[], headers: Record<string, string> = {}) =>
    send('PATCH', path, { body: JSON.stringify(operations), headers: { ...JSON_PATCH, ...headers } });

  describe('patch', () => {
    test('default: JSON Patch makes a version, with history', async () => {
      const id = await created(subject(), patient());
      const answer = await jsonPatch(`/Patient/${id}`, [
        { op: 'test', path: '/name/0/family', value: 'Costa' },
        { op: 'replace', path: '/name/0/family', value: 'Silva' },
        { op: 'add', path: '/name/0/given/-', value: 'Ana' },
      ]);
      expect([answer.status, answer.headers.get('etag'), answer.json.name]).toEqual([
        200,
        'W/"2"',
        [{ family: 'Silva', given: ['Maria', 'Ana'] }],
      ]);
      expect((await send('GET', `/Patient/${id}/_history/1`)).json.name[0].family).toBe('Costa');
    });

    test('default: FHIRPath Patch', async () => {
      const id = await created(subject(), patient());
      const body = replacing("Patient.name.where(family = 'Costa').given[0]", { valueString: 'Ana' });
      expect((await send('PATCH', `/Patient/${id}`, { body })).json.name).toEqual([
        { family: 'Costa', given: ['Ana'] },
      ]);
    });

    test('behavior: a decimal that a patch brings keeps its digits', async () => {
      const quantity = { value: 5, unit: 'kg' };
      const id = await created(subject(), {
        resourceType: 'Observation',
        status: 'final',
        code: { text: 'x' },
        valueQuantity: quantity,
      });
      const body = '[{"op":"replace","path":"/valueQuantity/value","value":5.00}]';
      await send('PATCH', `/Observation/${id}`, { body, headers: JSON_PATCH });
      expect((await send('GET', `/Observation/${id}`)).text).toContain('"value":5.00');
    });

    test('behavior: If-Match, Prefer and a patch that changes nothing', async () => {
      const id = await created(subject(), patient());
      const replace = [{ op: 'replace', path: '/birthDate', value: '1981-01-01' }];
      expect((await jsonPatch(`/Patient/${id}`, replace, { 'if-match': 'W/"3"' })).status).toBe(412);
      const done = await jsonPatch(`/Patient/${id}`, replace, { 'if-match': 'W/"1"', prefer: 'return=minimal' });
      expect([done.status, done.text, done.headers.get('etag')]).toEqual([200, '', 'W/"2"']);
      expect((await jsonPatch(`/Patient/${id}`, replace)).headers.get('etag')).toBe('W/"2"');
    });

    test('behavior: patches at the same time all count', async () => {
      const id = await created(subject(), patient());
      await jsonPatch(`/Patient/${id}`, [{ op: 'add', path: '/telecom', value: [{ value: '0' }] }]);
      await Promise.all(
        ['1', '2', '3', '4', '5'].map((value) =>
          jsonPatch(`/Patient/${id}`, [{ op: 'add', path: '/telecom/-', value: { value } }]),
        ),
      );
      const { json } = await send('GET', `/Patient/${id}`);
      expect(json.telecom.map(({ value }: { value: string }) => value).sort()).toEqual(['0', '1', '2', '3', '4', '5']);
      expect(json.meta.versionId).toBe('7');
    });

    test('behavior: a conditional patch changes the one that matches', async () => {
      const body = patient();
      const id = await created(subject(), body);
      const replace = [{ op: 'replace', path: '/birthDate', value: '1981-01-01' }];
      const path = `/Patient?identifier=${identifierOf(body)}`;
      expect((await jsonPatch(path, replace)).json).toMatchObject({ id, birthDate: '1981-01-01' });
      expect(refusal(await jsonPatch('/Patient?identifier=urn:suite|none', replace))).toBe('404 not-found');
      await created(subject(), body);
      expect(refusal(await jsonPatch(path, replace))).toBe('412 conflict');
      expect(refusal(await jsonPatch('/Patient', replace))).toBe('400 invalid');
    });

    test('error: what cannot be applied, or would not be valid, changes nothing', async () => {
      const id = await created(subject(), patient());
      const refused: [object[], string][] = [
        [
          [
            { op: 'test', path: '/birthDate', value: '1900-01-01' },
            { op: 'remove', path: '/birthDate' },
          ],
          '422',
        ],
        [
          [
            { op: 'remove', path: '/birthDate' },
            { op: 'remove', path: '/photo' },
          ],
          '422',
        ],
        [[{ op: 'replace', path: '/birthDate', value: 'May' }], '422'],
        [[{ op: 'replace', path: '/id', value: 'x' }], '422'],
        [[{ op: 'replace', path: '/resourceType', value: 'Group' }], '422'],
        [[{ op: 'dance', path: '/id' }], '400'],
      ];
      for (const [operations, status] of refused) {
        expect([operations, refusal(await jsonPatch(`/Patient/${id}`, operations)).slice(0, 3)]).toEqual([
          operations,
          status,
        ]);
      }
      expect(refusal(await send('PATCH', `/Patient/${id}`, { body: patient({ id }) }))).toBe('400 invalid');
      const xml = { body: '<diff/>', headers: { 'content-type': 'application/xml-patch+xml' } };
      expect(refusal(await send('PATCH', `/Patient/${id}`, xml))).toBe('415 not-supported');
      expect((await send('GET', `/Patient/${id}`)).headers.get('etag')).toBe('W/"1"');
    });

    test('error: 404 and 410 for what is not there', async () => {
      const replace = [{ op: 'add', path: '/active', value: true }];
      expect(refusal(await jsonPatch(`/Patient/${randomUUID()}`, replace))).toBe('404 not-found');
      const id = await created(subject(), patient());
      await send('DELETE', `/Patient/${id}`);
      expect(refusal(await jsonPatch(`/Patient/${id}`, replace))).toBe('410 deleted');
    });
  });
}
