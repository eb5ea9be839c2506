import { type Log, streamOf } from '@anamnesis/protocol';
import type { Address, Hex } from 'viem';
import type { LogState } from './post.ts';

/** Whose log. */
export interface LogOf {
  readonly organization: number;
  readonly log: Log;
}

/** A checkpoint with the signature of an operator key over `checkpointTypedData`. */
export interface SignedLogState extends LogState {
  readonly signature: Hex;
}

/** What an operator signs to state its log off the ledger (EIP-712), for viem's `signTypedData`. */
export function checkpointTypedData(
  { organization, log, root, size }: LogOf & LogState,
  domain: { readonly chainId: number; readonly checkpoints: Address },
) {
  return {
    domain: {
      name: 'Anamnesis Checkpoints',
      version: '1',
      chainId: domain.chainId,
      verifyingContract: domain.checkpoints,
    },
    types: {
      Checkpoint: [
        { name: 'organization', type: 'uint32' },
        { name: 'stream', type: 'uint8' },
        { name: 'root', type: 'bytes32' },
        { name: 'size', type: 'uint64' },
      ],
    },
    primaryType: 'Checkpoint',
    message: { organization, stream: streamOf(log), root, size: BigInt(size) },
  } as const;
}

/** As the contract takes it. */
export const signedArgument = ({ root, size, signature }: SignedLogState) => ({ root, size: BigInt(size), signature });
