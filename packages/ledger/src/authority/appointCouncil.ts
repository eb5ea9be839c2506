import { type Address, encodeFunctionData } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { authorityAbi } from '../generated/index.ts';
import { AUTHORITY_ROLES } from '../inspect.ts';

/** Who is to hold the council's roles, with which delays in seconds. */
export interface CouncilAppointment {
  readonly account: Address;
  readonly councilDelay: number;
  readonly adminDelay: number;
}

/**
 * Gives the council's three roles to another account, such as the Council contract: one call for each. For the present council,
 * each after the delay of its administration (`schedule`); afterwards it gives up its own with `dismissCouncil`.
 *
 * Reverts: AccessManagerUnauthorizedAccount.
 *
 * @example
 * const appointment = { account: deployment.council, councilDelay: 172_800, adminDelay: 432_000 };
 * for (const call of appointCouncil(deployment, appointment)) await writer.submit(…, schedule(deployment, call));
 */
export function appointCouncil({ authority }: Deployment, appointment: CouncilAppointment): Call[] {
  const { account, councilDelay, adminDelay } = appointment;
  const grant = (role: bigint, delay: number): Call => {
    const args = [role, account, delay] as const;
    return { to: authority, data: encodeFunctionData({ abi: authorityAbi, functionName: 'grantRole', args }) };
  };
  const { admin, council, councilAtOnce } = AUTHORITY_ROLES;
  return [grant(council, councilDelay), grant(councilAtOnce, 0), grant(admin, adminDelay)];
}
