import { canonicalize } from '@anamnesis/protocol';
import { describe, expect, test } from 'vitest';
import { auditEvent, auditEventText } from './audit-event.ts';
import type { AccessAction, AccessEntry } from './entry.ts';
import { entryId } from './entry-id.ts';

const ACTIONS: readonly AccessAction[] = [
  ...(['read', 'search', 'create', 'update', 'delete', 'release', 'refusal', 'grant'] as const),
  ...(['revoke', 'emergency', 'login', 'token', 'erase', 'decision'] as const),
];

const read: AccessEntry = {
  ...{ at: 1_790_000_000_123, action: 'read', outcome: 'success', actor: 'Practitioner/7', display: 'Dr "Ada" é\n' },
  ...{ organization: 3, purpose: 'TREAT', basis: 'staff', automatic: false, requestId: 'request-1' },
  ...{ patients: ['p1'], entities: ['Observation/1/_history/1'] },
};
const SAID: readonly Partial<AccessEntry>[] = [
  {},
  { outcome: 'refused', description: '"entity":[],"id":"","recorded":""' },
  { display: null, automatic: true, basis: 'consent', consentId: '0x01', address: '127.0.0.1' },
  { display: '\\"entity\\":[],\\"id\\":\\"\\"', app: { id: 'app', name: '"recorded":""' }, address: '::1' },
  { query: 'Observation?code=é', message: 'lab|7', entities: [], address: '127.0.0.1' },
  {
    entities: ['Condition/1/_history/2', 'Condition/2/_history/1'],
    organization: 4,
    purpose: 'HPAYMT',
    address: '::1',
  },
];

describe('audit event', () => {
  test('default: the text is the canonical JSON of the event, the first time and again', () => {
    for (const action of ACTIONS) {
      for (const said of SAID) {
        for (const patient of ['p1', null]) {
          for (const observer of [{ organization: 3 }, { organization: 3, base: 'http://node.example/fhir/R4' }]) {
            for (const at of [read.at, read.at + 1]) {
              const entry = { ...read, ...said, action, at, requestId: `request-${at}` };
              const event = auditEvent(entry, `id-${at}`, patient, observer);
              expect(auditEventText(entry, `id-${at}`, patient, observer)).toBe(canonicalize(event));
            }
          }
        }
      }
    }
  });

  test('behavior: ids are UUIDs of version 7 in the order of time, and none comes twice', () => {
    const ids = Array.from({ length: 1000 }, () => entryId(read.at));
    expect(new Set(ids).size).toBe(1000);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(ids.every((id) => id < entryId(read.at + 1))).toBe(true);
    expect(Number.parseInt(entryId(read.at).replace('-', '').slice(0, 12), 16)).toBe(read.at);
  });
});
