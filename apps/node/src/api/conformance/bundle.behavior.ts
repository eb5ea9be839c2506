import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { replacing } from './patch.behavior.ts';
import { created, identifierOf, patient, refusal, type Subject } from './suite.fixture.ts';

const bundle = (type: string, ...entry: object[]): object => ({ resourceType: 'Bundle', type, entry });
const entry = (method: string, url: string, resource?: object, over: object = {}): object => ({
  ...(resource && { resource }),
  request: { method, url, ...over },
});
const jsonPatch = (...operations: object[]): object => ({
  resourceType: 'Binary',
  contentType: 'application/json-patch+json',
  data: Buffer.from(JSON.stringify(operations)).toString('base64'),
});

/** https://hl7.org/fhir/R4/http.html#transaction. */
export function describeBundles(subject: Subject): void {
  const send: ReturnType<Subject>['send'] = (...request) => subject().send(...request);
  const post = (body: object, headers: Record<string, string> = {}) => send('POST', '', { body, headers });
  const statuses = (answer: { json: { entry: { response: { status: string } }[] } }): string[] =>
    answer.json.entry.map(({ response }) => response.status);

  describe('transaction', () => {
    test('default: every interaction in one, with links between them', async () => {
      const [known, doomed, patched] = [patient(), patient(), patient()];
      const ids = [
        await created(subject(), known),
        await created(subject(), doomed),
        await created(subject(), patched),
      ];
      const urn = `urn:uuid:${randomUUID()}`;
      const observation = {
        resourceType: 'Observation',
        status: 'final',
        code: { text: 'x' },
        subject: { reference: urn },
      };
      const answer = await post(
        bundle(
          'transaction',
          entry('GET', `Patient?identifier=${identifierOf(patched)}`),
          entry('POST', 'Observation', observation),
          { ...entry('POST', 'Patient', patient()), fullUrl: urn },
          entry('DELETE', `Patient?identifier=${identifierOf(doomed)}`),
          entry('PUT', `Patient?identifier=${identifierOf(known)}`, { ...known, active: true }),
          entry('PATCH', `Patient/${ids[2]}`, replacing('Patient.birthDate', { valueDate: '1999-09-09' })),
          entry('POST', 'Patient', known, { ifNoneExist: `identifier=${identifierOf(known)}` }),
          entry('HEAD', `Patient/${ids[2]}`),
          entry('GET', `Patient/${ids[0]}`, undefined, { ifNoneMatch: 'W/"2"' }),
        ),
      );
      expect([answer.status, answer.json.type]).toEqual([200, 'transaction-response']);
      expect(statuses(answer)).toEqual(['200', '201', '201', '204', '200', '200', '200', '200', '304']);
      expect(answer.json.entry[0].resource.entry[0].resource.birthDate).toBe('1999-09-09');
      expect([answer.json.entry[7].resource, answer.json.entry[8].resource]).toEqual([undefined, undefined]);
      const location: string = answer.json.entry[1].response.location.replace('https://aldhelm.example/fhir/R4', '');
      const stored = (await send('GET', location)).json;
      expect(answer.json.entry[2].response.location).toContain(`/${stored.subject.reference}/_history/1`);
      expect((await send('GET', `/Patient/${ids[1]}`)).status).toBe(410);
      expect((await send('GET', `/Patient/${ids[0]}`)).json.active).toBe(true);
    });

    test('behavior: JSON Patch inside a Binary, by condition, may name what the same transaction makes', async () => {
      const observation = {
        resourceType: 'Observation',
        status: 'final',
        code: { text: 'x' },
        identifier: patient().identifier,
        subject: { reference: 'Patient/before' },
      };
      const id = await created(subject(), observation);
      const urn = `urn:uuid:${randomUUID()}`;
      const answer = await post(
        bundle(
          'transaction',
          { ...entry('POST', 'Patient', patient()), fullUrl: urn },
          entry(
            'PATCH',
            `Observation?identifier=${identifierOf(observation)}`,
            jsonPatch(
              { op: 'replace', path: '/subject/reference', value: urn },
              { op: 'add', path: '/focus', value: [{ reference: urn }] },
            ),
          ),
        ),
      );
      expect(statuses(answer)).toEqual(['201', '200']);
      const { subject: about, focus } = (await send('GET', `/Observation/${id}`)).json;
      expect(answer.json.entry[0].response.location).toContain(about.reference);
      expect(focus).toEqual([about]);
    });

    test('behavior: Prefer decides what the entries hold', async () => {
      const body = () => bundle('transaction', entry('POST', 'Patient', patient()));
      const [minimal, whole, outcome] = await Promise.all(
        ['return=minimal', 'return=representation', 'return=OperationOutcome'].map((prefer) =>
          post(body(), { prefer }),
        ),
      );
      expect(Object.keys(minimal?.json.entry[0])).toEqual(['response']);
      expect(whole?.json.entry[0].resource.resourceType).toBe('Patient');
      expect(outcome?.json.entry[0].response.outcome.resourceType).toBe('OperationOutcome');
    });

    test.each<[string, object, string]>([
      ['an invalid resource', entry('POST', 'Patient', patient({ birthDate: 'May' })), '422'],
      [
        'a version that is another',
        entry('PUT', 'Patient/known', patient({ id: 'known' }), { ifMatch: 'W/"99"' }),
        '412',
      ],
      [
        'a patch of nothing',
        entry('PATCH', 'Patient/nobody', replacing('Patient.active', { valueBoolean: true })),
        '404',
      ],
      ['a patch that is none', entry('PATCH', 'Patient/nobody', patient()), '400'],
      [
        'a Binary that is no patch',
        entry('PATCH', 'Patient/nobody', { resourceType: 'Binary', contentType: 'text/plain', data: 'AAAA' }),
        '400',
      ],
      [
        'a condition that finds nothing to patch',
        entry('PATCH', 'Patient?identifier=urn:suite|none', replacing('Patient.active', { valueBoolean: true })),
        '404',
      ],
      [
        'a conditional reference that finds nothing',
        entry('POST', 'Observation', {
          resourceType: 'Observation',
          status: 'final',
          code: { text: 'x' },
          subject: { reference: 'Patient?identifier=urn:suite|none' },
        }),
        '412',
      ],
      ['a condition that is none', entry('DELETE', 'Patient?_count=5'), '400'],
      ['a read of nothing', entry('GET', 'Patient/nobody'), '404'],
      ['an unknown method', entry('MOVE', 'Patient/nobody'), '400'],
    ])('error: all or nothing: %s', async (_name, bad, status) => {
      const good = patient();
      const answer = await post(bundle('transaction', entry('POST', 'Patient', good), bad));
      expect(refusal(answer).slice(0, 3)).toBe(status);
      expect(answer.json.issue[0].expression[0]).toContain('Bundle.entry[1]');
      expect((await send('GET', `/Patient?identifier=${identifierOf(good)}&_summary=count`)).json.total).toBe(0);
    });
  });

  describe('batch', () => {
    test('default: each entry on its own', async () => {
      const body = patient();
      const id = await created(subject(), body);
      const answer = await post(
        bundle(
          'batch',
          entry('GET', 'Patient/nobody'),
          entry('POST', 'Patient', patient()),
          entry('PATCH', `Patient/${id}`, jsonPatch({ op: 'add', path: '/active', value: true })),
          entry('PATCH', `Patient?identifier=${identifierOf(body)}`, jsonPatch({ op: 'remove', path: '/photo' })),
          entry('PUT', `Patient?identifier=${identifierOf(body)}`, body),
          entry('DELETE', `Patient?identifier=urn:suite|none`),
          entry('GET', `Patient/${id}?_elements=birthDate`),
          entry('GET', `Patient/${id}/_history`),
          entry('GET', `Patient/${id}/Observation`),
          entry('GET', '_history?_count=1'),
          entry('PATCH', `Patient/${id}`, {
            resourceType: 'Binary',
            contentType: 'application/json-patch+json',
            data: 'bm8=',
          }),
        ),
      );
      expect(answer.json.type).toBe('batch-response');
      expect(statuses(answer)).toEqual(['404', '201', '200', '422', '200', '204', '200', '200', '200', '200', '400']);
      expect(answer.json.entry[6].resource.meta.tag[0].code).toBe('SUBSETTED');
    });

    test('error: what is no Bundle to process', async () => {
      for (const body of [patient(), bundle('collection'), { resourceType: 'Bundle', type: 'batch', entry: {} }]) {
        expect(refusal(await post(body))).toBe('400 invalid');
      }
    });
  });
}
