import { encodeFunctionData } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { authorityAbi } from '../generated/index.ts';

/**
 * Schedules a call of the council, as early as its delay allows; when that is over, `executeScheduled` with the same call carries
 * it out within a week. For the holder of the role, where it has a delay.
 *
 * Reverts: AccessManagerUnauthorizedCall, AccessManagerAlreadyScheduled.
 *
 * @example
 * await writer.submit('admit-9', schedule(deployment, admit(deployment, admission)));
 */
export function schedule({ authority }: Deployment, { to, data }: Call): Call {
  return {
    to: authority,
    data: encodeFunctionData({ abi: authorityAbi, functionName: 'schedule', args: [to, data, 0] }),
  };
}
