import { AnamnesisError } from '@anamnesis/protocol';

/**
 * Asks again and again until the answer is not null: for what follows by itself, such as a checkpoint.
 * Throws `verification-failed` with `what` when it does not come within `timeout` milliseconds.
 */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | null>,
  options: { timeout: number; signal: AbortSignal },
): Promise<T> {
  const end = Date.now() + options.timeout;
  for (;;) {
    options.signal.throwIfAborted();
    const answer = await ask();
    if (answer !== null) return answer;
    if (Date.now() > end) {
      throw new AnamnesisError('verification-failed', `${what} did not come within ${options.timeout / 1000} s`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
