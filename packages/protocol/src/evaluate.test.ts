import { describe, expect, test } from 'vitest';
import { type AccessRequest, type ConsentState, type DenialReason, permits } from './evaluate.ts';
import { ANYONE, CARE_OPEN_END, CARE_OPEN_START, type ConsentTerms, recipientOf } from './terms/index.ts';

const SILVA = recipientOf('Practitioner/silva');
const terms: ConsentTerms = {
  subject: '0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf',
  epoch: 2,
  index: 0,
  grantee: 2,
  recipient: SILVA,
  categories: 0b1011,
  sensitive: 0b10,
  purposes: 0b11,
  actions: 0b01,
  careFrom: CARE_OPEN_START,
  careUntil: CARE_OPEN_END,
  validFrom: 1000,
  validUntil: 2000,
  salt: ANYONE,
};
const state: ConsentState = { epoch: 2, revoked: false, controllerMatches: true, granteeActive: true };
const request: AccessRequest = {
  grantee: 2,
  recipient: SILVA,
  categories: 0b0011,
  sensitive: 0,
  purpose: 0b01,
  action: 0b01,
  time: 1000,
};

describe('permits', () => {
  test('default: what the terms cover', () => {
    expect(permits(terms, state, request)).toEqual({ decision: 'permit', reason: null });
    expect(permits(terms, state, { ...request, categories: 0b1011, sensitive: 0b10, time: 1999 }).decision).toBe(
      'permit',
    );
  });

  test('behavior: terms without recipient are for anyone at the grantee', () => {
    const anyone = { ...terms, recipient: ANYONE };
    expect(permits(anyone, state, request).decision).toBe('permit');
    expect(permits(anyone, state, { ...request, recipient: ANYONE }).decision).toBe('permit');
  });

  test('behavior: the top bit of a mask is a bit like others', () => {
    const all = { ...terms, categories: 2 ** 32 - 1, purposes: 2 ** 31 };
    expect(permits(all, state, { ...request, categories: 2 ** 31, purpose: 2 ** 31 }).decision).toBe('permit');
    expect(permits(terms, state, { ...request, categories: 2 ** 31 }).reason).toBe('categories-not-covered');
  });

  test.each<[DenialReason, Partial<AccessRequest>, Partial<ConsentState>]>([
    ['wrong-grantee', { grantee: 3 }, {}],
    ['wrong-recipient', { recipient: ANYONE }, {}],
    ['wrong-recipient', { recipient: recipientOf('Practitioner/other') }, {}],
    ['not-yet-valid', { time: 999 }, {}],
    ['not-yet-valid', { time: Number.NaN }, {}],
    ['expired', { time: 2000 }, {}],
    ['invalid-request', { purpose: 0 }, {}],
    ['invalid-request', { purpose: 0b11 }, {}],
    ['invalid-request', { categories: 0 }, {}],
    ['invalid-request', { action: 0 }, {}],
    ['categories-not-covered', { categories: 0b0111 }, {}],
    ['sensitive-not-covered', { sensitive: 0b11 }, {}],
    ['purpose-not-covered', { purpose: 0b100 }, {}],
    ['action-not-covered', { action: 0b11 }, {}],
    ['revoked', {}, { revoked: true }],
    ['wrong-epoch', {}, { epoch: 3 }],
    ['wrong-epoch', {}, { epoch: 1 }],
    ['inactive-grantee', {}, { granteeActive: false }],
    ['invalid-signature', {}, { controllerMatches: false }],
    // The order of the contract: what the terms say comes first, then the ledger.
    ['expired', { time: 5000 }, { revoked: true, epoch: 9, controllerMatches: false }],
    ['revoked', {}, { revoked: true, epoch: 9, controllerMatches: false }],
  ])('error: %s (%o, %o)', (reason, asked, known) => {
    expect(permits(terms, { ...state, ...known }, { ...request, ...asked })).toEqual({ decision: 'deny', reason });
  });
});
