import { encodeFunctionData, type Hex, stringToHex } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { authorityAbi } from '../generated/index.ts';
import type { ContractName } from '../setup.ts';

/** Everything of a contract that can be paused. */
export const WHOLE: Hex = '0x00000000';

export interface Pause {
  readonly target: ContractName;
  /** Selector of the one verb (viem's `toFunctionSelector`); default all that can be paused. */
  readonly scope?: Hex;
  /** A short code for why: at most 31 characters. Everybody can read it. */
  readonly reason: string;
}

/**
 * Pauses a verb of a contract, or all that can be, for 72 hours. For the guardian, who can do so again only seven days after
 * the end. Refusing, changing keys and posting checkpoints can never be paused.
 *
 * Reverts: Authority_NotPausable, Authority_CoolingDown, AccessManagerUnauthorizedAccount.
 *
 * @example
 * await writer.submit('pause-1', pause(deployment, { target: 'directory', reason: 'operator key leaked' }));
 */
export function pause(deployment: Deployment, pausing: Pause): Call {
  return { to: deployment.authority, data: encodePause('pause', deployment, pausing) };
}

/** The call data of `pause` and `renewPause`, which take the same. */
export function encodePause(
  functionName: 'pause' | 'renewPause',
  deployment: Deployment,
  { target, scope = WHOLE, reason }: Pause,
): Hex {
  const args = [deployment[target], scope, stringToHex(reason, { size: 32 })] as const;
  return encodeFunctionData({ abi: authorityAbi, functionName, args });
}
