import { expect, test } from 'vitest';
import { errorAbi } from './abi.ts';
import { CONTRACT_ERRORS, LedgerRevert, ledgerError } from './errors.ts';

test('default: every error of the contracts has a message, and no message is left over', () => {
  const names = new Set(errorAbi.map(({ name }) => name as string));
  expect(new Set(Object.keys(CONTRACT_ERRORS))).toEqual(names);
});

test('behavior: codes are kebab-case', () => {
  expect(new LedgerRevert('Consents_WrongEpoch', []).code).toBe('consents-wrong-epoch');
  expect(new LedgerRevert('AccessManagedUnauthorized', []).code).toBe('access-managed-unauthorized');
});

test('behavior: what is not understood is still an AnamnesisError', () => {
  expect(ledgerError(new Error('x')).code).toBe('ledger-error');
  expect(ledgerError({ data: '0xdeadbeef' }).code).toBe('ledger-reverted');
});
