import { expect, test } from 'vitest';
import { addSearchParameters } from '../definitions.ts';
import { indexResource } from './index.ts';
import { parameterId, parametersOf } from './parameters.ts';

test("default: a package's search parameters are indexed and found like R4's; a code that a type has already stays as it is", () => {
  addSearchParameters([
    { code: 'nickname', type: 'string', base: ['Patient'], expression: "Patient.name.where(use = 'nickname').given" },
    { code: 'gender', type: 'string', base: ['Patient'], expression: 'Patient.name.family' },
  ]);
  expect(parametersOf('Patient').get('gender')?.kind).toBe('token');
  expect(parametersOf('Patient').get('nickname')?.kind).toBe('string');
  const rows = indexResource({
    resourceType: 'Patient',
    name: [
      { use: 'official', given: ['Margarida'] },
      { use: 'nickname', given: ['Guida'] },
    ],
  });
  const param = parameterId('Patient', 'nickname');
  expect(rows.strings.filter((row) => row.param === param).map((row) => row.folded)).toEqual(['guida']);
});
