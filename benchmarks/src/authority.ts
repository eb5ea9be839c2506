import { randomUUID } from 'node:crypto';
import { ALL, type Authority, type RunningNode } from '@anamnesis/node';

/** The authority of a clinician at a node, for what is measured below HTTP. */
export function clinicianAt(node: RunningNode): Authority {
  return {
    actor: 'Practitioner/bench',
    display: 'Benchmark clinician',
    organization: node.config.organization,
    purpose: 'TREAT',
    basis: { kind: 'staff' },
    scope: ALL,
    actions: new Set(['read', 'write']),
    automatic: false,
    requestId: randomUUID(),
  };
}
