import { RequestError } from '@anamnesis/sdk';

/**
 * Does what can be repeated without doubling, again when the node did not answer, with growing pauses: a node that was restarted meanwhile loses nothing. Returns
 * what came of it and how often it was tried. Throws what the last attempt threw.
 */
export async function patiently<T>(
  { attempts, signal }: { readonly attempts: number; readonly signal: AbortSignal },
  work: () => Promise<T>,
): Promise<{ result: T; tried: number }> {
  for (let tried = 1; ; tried++) {
    try {
      return { result: await work(), tried };
    } catch (error) {
      const passing =
        error instanceof RequestError && ['network', 'unavailable', 'too-many-requests'].includes(error.code);
      if (!passing || tried >= attempts) throw error;
      await pause(Math.min(500 * 2 ** (tried - 1), 10_000), signal);
    }
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(new RequestError('cancelled', 'cancelled'));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
