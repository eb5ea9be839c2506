import { type Address, encodeFunctionData } from 'viem';
import type { Call } from '../call.ts';
import type { Deployment } from '../deployment.ts';
import { authorityAbi } from '../generated/index.ts';
import { AUTHORITY_ROLES } from '../inspect.ts';

/**
 * Takes the council's three roles from an account: one call for each, its administration last. For the council, each after the
 * delay of its administration; make sure that somebody else holds the roles.
 *
 * Reverts: AccessManagerUnauthorizedAccount.
 */
export function dismissCouncil({ authority }: Deployment, { account }: { readonly account: Address }): Call[] {
  const { admin, council, councilAtOnce } = AUTHORITY_ROLES;
  return [council, councilAtOnce, admin].map((role) => {
    const args = [role, account] as const;
    return { to: authority, data: encodeFunctionData({ abi: authorityAbi, functionName: 'revokeRole', args }) };
  });
}
