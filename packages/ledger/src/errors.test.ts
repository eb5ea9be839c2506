import { type AbiParameter, encodeErrorResult, zeroAddress, zeroHash } from 'viem';
import { describe, expect, test } from 'vitest';
import { errorAbi } from './abi.ts';
import { CONTRACT_ERRORS, LedgerRevert, ledgerError, sayError, toldError } from './errors.ts';
import { ERROR_FORMS, PLACEHOLDER } from './errorsFormat.ts';

/** What Solidity itself answers, besides the errors of the contracts. */
const BUILT_IN = ['Error', 'Panic'];

/** Any value of a type. */
function sampleOf({ type }: AbiParameter): unknown {
  if (type === 'address') return zeroAddress;
  if (type === 'bool') return true;
  if (type === 'string') return 'text';
  if (type.startsWith('bytes')) return zeroHash.slice(0, 2 + 2 * Number(type.slice(5)));
  return Number(type.replace(/\D/g, '')) > 48 ? 1n : 1;
}

describe('the table', () => {
  test('default: every error of the contracts has a text, and no text is left over', () => {
    const names = new Set([...errorAbi.map(({ name }) => name as string), ...BUILT_IN]);
    expect(new Set(Object.keys(CONTRACT_ERRORS))).toEqual(names);
  });

  test.each(errorAbi.map((item) => [item.name, item] as const))(
    'behavior: %s is decoded with its values',
    (name, item) => {
      const { message, hint } = CONTRACT_ERRORS[name] ?? { message: '', hint: '' };
      for (const [, argument, form] of message.matchAll(PLACEHOLDER)) {
        const input = item.inputs.find((one) => one.name === argument);
        expect(input, `${name} has no ${argument}`).toBeDefined();
        if (form !== undefined) expect(ERROR_FORMS).toContain(form);
        // A number of seconds is always said as a date, and only that.
        expect(form === 'time', `${name}.${argument}`).toBe(input?.type === 'uint48' || isTime(input));
      }
      const args = item.inputs.map(sampleOf);
      const data = encodeErrorResult({ abi: [item], errorName: name, args } as never);
      const error = ledgerError({ data });
      expect(error).toBeInstanceOf(LedgerRevert);
      expect(error).toMatchObject({ reason: name, args, hint });
      expect(error.message).toMatch(/^[A-Z{0-9].*\.$/);
      expect(error.message).not.toMatch(/[{}?]|undefined|Invalid/);
      expect(hint).toMatch(/^[A-Z].*\.$/);
    },
  );

  test('behavior: no text names a mask: it would say what kind of care somebody asked about', () => {
    const masks = [
      'categories',
      'sensitive',
      'purposes',
      'purpose',
      'actions',
      'action',
      'missing',
      'mask',
      'recipient',
    ];
    for (const { message } of Object.values(CONTRACT_ERRORS)) {
      for (const [, argument] of message.matchAll(PLACEHOLDER)) expect(masks).not.toContain(argument);
    }
  });
});

/** Times of emergencies take 32 bits. */
const isTime = (input: AbiParameter | undefined): boolean =>
  input?.type === 'uint32' && ['declaredAt', 'until', 'freeAt', 'time', 'judged'].includes(input.name ?? '');

describe('messages', () => {
  test('default: times are dates, durations and states are words', () => {
    const held = { until: 1_790_000_000, id: `0x${'ab'.repeat(32)}` };
    expect(new LedgerRevert('Consents_Expired', [held.id, held.until, held.until + 60]).message).toBe(
      `The consent ${held.id} held until 2026-09-21 14:13:20 UTC; the request is of 2026-09-21 14:14:20 UTC.`,
    );
    expect(new LedgerRevert('AccessManagedRequiredDelay', [zeroAddress, 172_800]).message).toContain('2 days');
    expect(new LedgerRevert('Directory_WrongStatus', [7, 2, 1]).message).toBe(
      'The organisation 7 is suspended, and this needs one that is active.',
    );
    expect(new LedgerRevert('Proxies_Longer', ['0x1', '0x2', 0, 2 ** 48 - 1]).message).toContain('to no end');
  });

  test('behavior: what is kept of an error is code, message and hint', () => {
    const told = toldError(new LedgerRevert('Directory_UnknownOrganization', [9]));
    expect(told).toEqual({
      code: 'directory-unknown-organization',
      message: 'No organisation has the identifier 9.',
      hint: 'Look the identifier up in the Directory; the first organisation has 1.',
    });
    expect(sayError(told)).toBe(`${told.message} ${told.hint}`);
    expect(sayError({ message: 'x.' })).toBe('x.');
  });

  test('behavior: codes are kebab-case', () => {
    expect(new LedgerRevert('Consents_WrongEpoch', []).code).toBe('consents-wrong-epoch');
    expect(new LedgerRevert('AccessManagedUnauthorized', []).code).toBe('access-managed-unauthorized');
  });

  test('behavior: what Solidity itself answers is understood', () => {
    const panic = `0x4e487b71${'11'.padStart(64, '0')}`;
    expect(ledgerError({ data: panic })).toMatchObject({
      reason: 'Panic',
      message: expect.stringContaining('code 17'),
    });
  });

  test('error: what is not understood is still an AnamnesisError', () => {
    expect(ledgerError(new Error('x')).code).toBe('ledger-error');
    expect(ledgerError({ data: '0xdeadbeef' })).toMatchObject({ code: 'ledger-reverted', hint: undefined });
  });
});
