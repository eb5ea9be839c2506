import { BaseError, HttpRequestError } from 'viem';
import type { ChainPolicy } from './policy.ts';

/**
 * Splits a range of blocks into pages of at most `policy.logPage` and hands each to `read`, halving the page while that
 * fails (providers limit blocks, results or time) and doubling it again after a success.
 *
 * @throws whatever `read` throws for a single block, or when nobody answers.
 */
export async function* logPages<T>(
  { policy }: { readonly policy: Pick<ChainPolicy, 'logPage'> },
  from: number,
  to: number,
  read: (from: number, to: number) => Promise<T>,
): AsyncGenerator<T> {
  let page = policy.logPage;
  for (let next = from; next <= to; ) {
    const last = Math.min(to, next + page - 1);
    let result: T;
    try {
      result = await read(next, last);
    } catch (error) {
      if (last === next || isDown(error)) throw error;
      page = Math.max(1, Math.floor((last - next + 1) / 2));
      continue;
    }
    yield result;
    next = last + 1;
    page = Math.min(policy.logPage, page * 2);
  }
}

/** No answer at all, in contrast to a refusal: asking for less will not help. */
function isDown(error: unknown): boolean {
  return (
    error instanceof BaseError && error.walk((at) => at instanceof HttpRequestError && at.status === undefined) !== null
  );
}
