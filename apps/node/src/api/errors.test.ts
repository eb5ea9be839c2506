import { describe, expect, test } from 'vitest';
import { ConsentError } from '../modules/consent/index.ts';
import { ExchangeError } from '../modules/exchange/index.ts';
import { httpFailure } from './errors.ts';

describe('what an error is over HTTP', () => {
  test('default: a refusal of consent is told as one', () => {
    const refused = new ExchangeError('received-refused', 'no', { detail: 'revoked' });
    expect(httpFailure(refused)).toMatchObject({ status: 403, code: 'consent-refused', unexpected: false });
    const denied = new ConsentError('consent-refused', 'no', { reason: 'revoked' });
    expect(httpFailure(denied)).toMatchObject({ status: 403, code: 'consent-refused' });
  });

  test('behavior: an old view of the ledger is not told as if the patient had refused', () => {
    const detail = 'ledger-stale';
    for (const error of [
      new ConsentError('consent-refused', 'no', { reason: detail }),
      new ExchangeError('received-refused', 'no', { detail }),
      new ExchangeError('invalid-grant', 'no', { detail }),
    ]) {
      expect(httpFailure(error)).toMatchObject({ status: 503, code: 'ledger-stale', unexpected: false });
    }
  });

  test('error: what nobody expected says nothing', () => {
    expect(httpFailure(new TypeError('a secret'))).toMatchObject({ status: 500, code: 'exception', unexpected: true });
    expect(JSON.stringify(httpFailure(new TypeError('a secret')))).not.toContain('secret');
  });
});
