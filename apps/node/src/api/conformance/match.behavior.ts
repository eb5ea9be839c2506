import { describe, expect, test } from 'vitest';
import { readAccessLog } from '../../modules/audit/index.ts';
import type { Authority } from '../../modules/consent/index.ts';
import { clinician, grantee } from '../../testing/records-world.ts';
import type { Operated } from './operations.fixture.ts';
import { refusal, type Subject } from './suite.fixture.ts';

/** Finding a patient by what is known of her (https://hl7.org/fhir/R4/patient-operation-match.html). */
export function describeMatch(subject: Subject, use: Operated): void {
  const { send, mark, id, operations, entriesAbout } = use;

  describe('$match', () => {
    const match = (resource: object, more: readonly object[] = [], token?: string) =>
      send('POST', '/Patient/$match', {
        body: {
          resourceType: 'Parameters',
          parameter: [{ name: 'resource', resource: { resourceType: 'Patient', ...resource } }, ...more],
        },
        ...(token !== undefined && { token }),
      });
    const graded = (answer: { json: { entry: object[] } }) =>
      (
        answer.json.entry as {
          resource: { id: string };
          search: { score: number; extension: { valueCode: string }[] };
        }[]
      ).map(({ resource, search }) => [
        resource.id.replace(`-${mark}`, ''),
        search.extension[0]?.valueCode,
        search.score,
      ]);
    const FAMILY = `Fam${mark}`;

    test('default: by identifier certain, by name and birth date probable, by less possible', async () => {
      const byIdentifier = await match({ identifier: [{ system: 'urn:mrn', value: id('maria') }] });
      expect(graded(byIdentifier)).toEqual([['maria', 'certain', 1]]);
      const demographics = { name: [{ family: FAMILY, given: ['María'] }], gender: 'female', birthDate: '1980-05-01' };
      expect(graded(await match(demographics))).toEqual([['maria', 'probable', 0.94]]);
      expect(
        graded(await match({ name: [{ family: FAMILY, given: ['M.'] }], birthDate: '1980-01-05' })),
      ).toContainEqual(['maria', 'possible', 0.7]);
      expect(graded(await match({ name: [{ family: FAMILY, given: ['Maria'] }], birthDate: '1955-01-01' }))).toEqual(
        [],
      );
      expect(graded(await match({ identifier: [{ system: 'urn:mrn', value: 'nobody' }] }))).toEqual([]);
    });

    test('behavior: what contradicts counts against an identifier', async () => {
      const answer = await match({
        identifier: [{ system: 'urn:mrn', value: id('maria') }],
        birthDate: '1955-01-01',
        gender: 'male',
      });
      expect(graded(answer)).toEqual([]);
      const one = await match({ identifier: [{ system: 'urn:mrn', value: id('maria') }], gender: 'male' });
      expect(graded(one)).toEqual([['maria', 'probable', 0.8]]);
    });

    test('behavior: onlyCertainMatches and count; the body may be the Patient itself', async () => {
      const demographics = { name: [{ family: FAMILY, given: ['Maria'] }], birthDate: '1980-05-01' };
      const certain = { name: 'onlyCertainMatches', valueBoolean: true };
      expect(graded(await match(demographics, [certain]))).toEqual([]);
      const identifier = [
        { system: 'urn:mrn', value: id('maria') },
        { system: 'urn:mrn', value: id('john') },
      ];
      expect(graded(await match({ identifier })).length).toBe(2);
      expect(graded(await match({ identifier }, [certain]))).toEqual([]);
      expect(graded(await match({ identifier }, [{ name: 'count', valueInteger: 1 }])).length).toBe(1);
      const body = { resourceType: 'Patient', identifier: [identifier[1]] };
      expect(graded(await send('POST', '/Patient/$match', { body }))).toEqual([['john', 'certain', 1]]);
    });

    test('behavior: who was found has it in her access log, without the description', async () => {
      const before = await entriesAbout('maria');
      await match({ identifier: [{ system: 'urn:mrn', value: id('maria') }] });
      expect((await entriesAbout('maria')) - before).toBe(1);
      const { context } = subject();
      const { entries } = await readAccessLog(context, context.database, { patient: id('maria'), count: 1 });
      expect(JSON.stringify(entries)).not.toContain('urn:mrn');
    });

    test('error: for those who may search all patients only; a description that says something', async () => {
      const described = { resourceType: 'Patient', identifier: [{ system: 'urn:mrn', value: id('maria') }] };
      await expect(operations(grantee(id('maria'))).match(described)).rejects.toMatchObject({ status: 403 });
      const own = (patient: string | null, type: string): Authority =>
        clinician({
          scope: {
            kind: 'narrowed',
            within: { kind: 'all' },
            rules: [{ type, actions: 'rs', patient, criteria: null }],
            action: null,
          },
        });
      await expect(operations(own(id('maria'), 'Patient')).match(described)).rejects.toMatchObject({ status: 403 });
      await expect(operations(own(null, 'Observation')).match(described)).rejects.toMatchObject({ status: 403 });
      expect((await operations(own(null, 'Patient')).match(described)).entry.length).toBe(1);
      expect(refusal(await match(described, [], subject().tokens.operator))).toBe('403 forbidden');
      expect(refusal(await match({ gender: 'female' }))).toBe('400 invalid');
      expect(refusal(await send('POST', '/Patient/$match'))).toBe('400 invalid');
      expect(refusal(await match({ birthDate: 'soon' }))).toMatch(/^422 /);
      expect(refusal(await match(described, [{ name: 'count', valueString: 'x' }]))).toBe('400 invalid');
    });
  });
}
