import { checks } from '@anamnesis/protocol';
import type { Address } from 'viem';

/** Where the contracts of one consortium are. */
export interface Deployment {
  readonly chainId: number;
  /** No event of ours is in an earlier block. */
  readonly block: number;
  readonly authority: Address;
  readonly council: Address;
  readonly directory: Address;
  readonly subjects: Address;
  readonly consents: Address;
  readonly checkpoints: Address;
}

const { address, object, whole } = checks('deployment-malformed');

const read = object<Deployment>({
  chainId: whole(1, Number.MAX_SAFE_INTEGER),
  block: whole(0, Number.MAX_SAFE_INTEGER),
  authority: address,
  council: address,
  directory: address,
  subjects: address,
  consents: address,
  checkpoints: address,
});

/**
 * A deployment record from outside (a file, a setting), checked.
 *
 * @throws AnamnesisError `deployment-malformed`, naming the field.
 */
export function checkDeployment(value: unknown): Deployment {
  return read(value, 'deployment');
}
