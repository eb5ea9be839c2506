import type { Resource } from '@anamnesis/sdk';

/** How far a record of another organisation can be relied on. `unchecked`: the ledger could not be asked. */
export type Verification = 'verified' | 'unsealed' | 'unchecked' | 'unverified';

/** Where a record came from: the Directory id of the organisation that keeps it. */
export interface Origin {
  readonly custodian: number;
  readonly verification: Verification;
}

/** Beside the records and not in them, so that nothing which a record says can be taken for it. */
const origins = new WeakMap<Resource, Origin>();

export function setOrigin(resource: Resource, origin: Origin): void {
  origins.set(resource, origin);
}

/** Of a record of another organisation; undefined for one of the organisation whose page this is. */
export function originOf(resource: Resource): Origin | undefined {
  return origins.get(resource);
}
