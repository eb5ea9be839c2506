import { describe, expect, test } from 'vitest';
import { AnamnesisError } from './errors.ts';
import {
  forbidden,
  gone,
  invalid,
  notFound,
  OutcomeError,
  operationOutcome,
  preconditionFailed,
  tooCostly,
} from './outcomes.ts';

describe('outcomes', () => {
  test('default: status, issue and body', () => {
    const error = notFound();
    expect(error).toBeInstanceOf(OutcomeError);
    expect(error).toBeInstanceOf(AnamnesisError);
    expect(error).toMatchObject({ status: 404, code: 'not-found', message: 'Not found', name: 'OutcomeError' });
    expect(error.outcome).toEqual({
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'error', code: 'not-found', diagnostics: 'Not found' }],
    });
  });

  test('behavior: each has its status; diagnostics, elements and cause can be given', () => {
    expect([gone(), forbidden(), preconditionFailed(), tooCostly()].map((error) => error.status)).toEqual([
      410, 403, 412, 403,
    ]);
    const cause = new Error('inside');
    const error = forbidden('Not for this purpose', { expression: ['Patient'], cause });
    expect(error.issues).toEqual([
      { severity: 'error', code: 'forbidden', diagnostics: 'Not for this purpose', expression: ['Patient'] },
    ]);
    expect(error.cause).toBe(cause);
    expect(JSON.stringify(error.outcome)).not.toContain('inside');
  });

  test('behavior: several issues of an invalid resource', () => {
    const issues = [
      { severity: 'error', code: 'required', diagnostics: 'Missing', expression: ['Patient.name'] },
      { severity: 'warning', code: 'value' },
    ] as const;
    expect(invalid(issues)).toMatchObject({ status: 422, code: 'required', issues });
    expect(invalid('No resource').issues).toEqual([{ severity: 'error', code: 'invalid', diagnostics: 'No resource' }]);
    expect(operationOutcome([]).issue[0]).toMatchObject({ severity: 'information', code: 'informational' });
  });
});
