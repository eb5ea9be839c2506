import { AnamnesisError } from '@anamnesis/protocol';

/**
 * What differs between EVM chains for us.
 *
 * - `finality`: when a block counts as irrevocable. `immediate`: BFT consensus, or one process. `tag`: the chain says so
 *   (`finalized`, proof of stake). `{depth}`: that many blocks on top (proof of authority without finality).
 * - `fees`: `zero` where the consortium's chain charges nothing, else how a price is named.
 * - `logPage`: blocks per log query to begin with; halved when a provider refuses.
 */
export interface ChainPolicy {
  readonly name: string;
  readonly finality: 'immediate' | 'tag' | { readonly depth: number };
  readonly fees: 'zero' | 'legacy' | 'eip1559';
  readonly logPage: number;
  /** How often a follower or sender looks, in milliseconds. */
  readonly pollMs: number;
}

const PRESETS = {
  embedded: { name: 'embedded', finality: 'immediate', fees: 'zero', logPage: 10_000, pollMs: 250 },
  // Blocks of a second: looking four times in each, a node refuses within a second of a refusal's block.
  'besu-qbft': { name: 'besu-qbft', finality: 'immediate', fees: 'zero', logPage: 2_000, pollMs: 250 },
  'ethereum-pos': { name: 'ethereum-pos', finality: 'tag', fees: 'eip1559', logPage: 1_000, pollMs: 2_000 },
  // A Clique chain may reorganise as long as a minority of signers has not been heard; 12 blocks are more than the
  // signer sets that it is used with.
  clique: { name: 'clique', finality: { depth: 12 }, fees: 'legacy', logPage: 2_000, pollMs: 1_000 },
} as const satisfies Record<string, ChainPolicy>;

export type ChainPolicyName = keyof typeof PRESETS;

/**
 * A policy by name: `embedded`, `besu-qbft`, `ethereum-pos` or `clique`.
 *
 * @throws AnamnesisError `unknown-chain-policy`.
 */
export function chainPolicy(name: string): ChainPolicy {
  if (!Object.hasOwn(PRESETS, name)) {
    const known = Object.keys(PRESETS).join(', ');
    throw new AnamnesisError('unknown-chain-policy', `There is no chain policy of this name; known are ${known}.`);
  }
  return PRESETS[name as ChainPolicyName];
}
