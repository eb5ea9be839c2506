import type { PublicClient, TransactionSerializableEIP1559, TransactionSerializableLegacy } from 'viem';
import type { ChainPolicy } from '../policy.ts';

/** What a transaction offers per unit of gas, in wei. `tip` is 0 where the chain knows none. */
export interface Price {
  readonly max: bigint;
  readonly tip: bigint;
}

/** What a transaction should offer now, by the chain's policy. */
export async function estimatePrice(client: PublicClient, policy: ChainPolicy): Promise<Price> {
  if (policy.fees === 'zero') return { max: 0n, tip: 0n };
  if (policy.fees === 'legacy') return { max: await client.getGasPrice(), tip: 0n };
  const { maxFeePerGas, maxPriorityFeePerGas } = await client.estimateFeesPerGas();
  return { max: maxFeePerGas, tip: maxPriorityFeePerGas };
}

/** The least price at which nodes accept a replacement (they ask for a tenth more), and not below what is asked for now. */
export function raisedPrice(last: Price, now: Price): Price {
  const raise = (before: bigint, current: bigint) => {
    const raised = (before * 9n) / 8n + 1n;
    return raised > current ? raised : current;
  };
  return { max: raise(last.max, now.max), tip: last.tip === 0n && now.tip === 0n ? 0n : raise(last.tip, now.tip) };
}

/** Not above a limit, where there is one: better late than at any price. */
export function cappedPrice({ max, tip }: Price, limit: bigint | undefined): Price {
  return limit === undefined || max <= limit ? { max, tip } : { max: limit, tip: tip > limit ? limit : tip };
}

type Priced =
  | (Pick<TransactionSerializableLegacy, 'gasPrice'> & { type: 'legacy' })
  | (Pick<TransactionSerializableEIP1559, 'maxFeePerGas' | 'maxPriorityFeePerGas'> & { type: 'eip1559' });

/** A price in the fields of a transaction. Free chains take the legacy form: every engine accepts a gas price of 0 there. */
export function pricedFields(policy: ChainPolicy, { max, tip }: Price): Priced {
  return policy.fees === 'eip1559'
    ? { type: 'eip1559', maxFeePerGas: max, maxPriorityFeePerGas: tip }
    : { type: 'legacy', gasPrice: max };
}
