import type { ClientRole } from '@anamnesis/node';

/** Who the benchmarks' requests come from, at every node. */
export const STAFF: readonly { readonly role: ClientRole; readonly name: string; readonly actor: string }[] = [
  { role: 'clinician', name: 'Benchmark clinician', actor: 'Practitioner/bench' },
  { role: 'registrar', name: 'Benchmark desk', actor: 'Practitioner/desk' },
  { role: 'integrator', name: 'Benchmark integration', actor: 'Device/bench' },
];
