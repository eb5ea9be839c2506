import type { Hash } from 'viem';
import type { LedgerReader } from '../client.ts';
import { ledgerError } from '../errors.ts';
import { councilAbi } from '../generated/index.ts';

/** In the order of the contract's enumeration. */
const STAGES = ['none', 'open', 'passed', 'queued', 'executed', 'lapsed', 'void'] as const;

/** Where a proposal stands. Times in seconds since 1970. */
export interface ProposalState {
  readonly stage: Exclude<(typeof STAGES)[number], 'none'>;
  readonly yes: number;
  readonly expires: number;
}

/**
 * Reads a proposal at the newest block; null if there is none.
 *
 * @throws AnamnesisError `ledger-unreachable`.
 */
export async function getProposal(
  { client, deployment }: LedgerReader,
  { id }: { readonly id: Hash },
): Promise<ProposalState | null> {
  const asked = { address: deployment.council, abi: councilAbi, args: [id] } as const;
  try {
    const [{ yes, expires }, number] = await Promise.all([
      client.readContract({ ...asked, functionName: 'proposal' }),
      client.readContract({ ...asked, functionName: 'stageOf' }),
    ]);
    const stage = STAGES[number] ?? 'none';
    return stage === 'none' ? null : { stage, yes, expires };
  } catch (error) {
    throw ledgerError(error);
  }
}
