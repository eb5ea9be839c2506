import { expect, test } from 'vitest';
import { creatinineFor, filtrationFor } from './body.ts';

test('default: CKD-EPI 2021 gives the published value', () => {
  // A woman of 50 with 1.0 mg/dL: 69 mL/min/1.73 m²; a man of 60 with 1.5 mg/dL: 53.
  expect(Math.round(filtrationFor(88.42, 50, 'female'))).toBe(69);
  expect(Math.round(filtrationFor(1.5 * 88.42, 60, 'male'))).toBe(53);
});

test('behavior: the formula turned round leads back', () => {
  for (const sex of ['female', 'male'] as const) {
    for (const filtration of [18, 45, 75, 105]) {
      expect(filtrationFor(creatinineFor(filtration, 61, sex), 61, sex)).toBeCloseTo(filtration, 6);
    }
  }
});
