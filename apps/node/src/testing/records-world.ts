import { randomUUID } from 'node:crypto';
import type { Authority } from '../modules/consent/authority.ts';
import { ALL, type Scope } from '../modules/consent/scope.ts';
import type { RecordsContext } from '../modules/records/index.ts';
import { ContentKeys, type Database } from '../storage/index.ts';

/** The master key of the tests' organisation: known, so that a reopened database can be read. */
export const TEST_MASTER_KEY: Uint8Array = new Uint8Array(32).fill(7);

/** Records of St. Aldhelm Hospital (organisation 1) in a database, with no checkpoint on a ledger yet. */
export function testContext(database: Database): RecordsContext {
  return {
    database,
    base: 'https://aldhelm.example/fhir/R4',
    keys: new ContentKeys(TEST_MASTER_KEY),
    ledger: { chainId: 31337, checkpoints: '0x00000000000000000000000000000000000c4ec5', organization: 1 },
    covering: async () => null,
  };
}

/** The authority of a clinician at the hospital. */
export function clinician(over: Partial<Authority> = {}): Authority {
  return {
    actor: 'Practitioner/hale',
    display: 'Dr Hale',
    organization: 1,
    purpose: 'TREAT',
    basis: { kind: 'staff' },
    scope: ALL,
    actions: new Set(['read', 'write']),
    automatic: false,
    requestId: randomUUID(),
    ...over,
  };
}

/** What a consent of a patient's opens to the hospital abroad (organisation 2): everything of hers that is not sensitive, if not said otherwise. */
export function grantee(patient: string, over: Partial<Extract<Scope, { kind: 'limited' }>> = {}): Authority {
  return clinician({
    actor: 'Practitioner/silva',
    display: 'Dr Silva',
    organization: 2,
    basis: {
      kind: 'consent',
      id: `0x${'c5'.repeat(32)}`,
      subject: '0x00000000000000000000000000000000000000aa',
      grantee: 2,
    },
    scope: {
      kind: 'limited',
      patients: [patient],
      categories: 0x1ffff,
      sensitive: 0,
      careFrom: Number.NEGATIVE_INFINITY,
      careUntil: Number.POSITIVE_INFINITY,
      ...over,
    },
    actions: new Set(['read']),
  });
}
