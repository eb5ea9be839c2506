import { streamEvents } from '@anamnesis/sdk';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useSignedIn } from '../../app/session.ts';

/** After so long without a line to the node, nobody can tell whether a patient has stopped: what is not ours is covered. */
const PATIENCE_MS = 10_000;
const AGAIN_MS = 1_000;

/**
 * Listens to the node while a page is open, and asks anew for what changed: requests that were answered, records that came, records that were locked. False: the line has been
 * gone for a while.
 */
export function useLive(): boolean {
  const { client } = useSignedIn();
  const cache = useQueryClient();
  const [heard, setHeard] = useState(true);
  useEffect(() => {
    const ending = new AbortController();
    let line = new AbortController();
    let patience: ReturnType<typeof setTimeout> | undefined;
    const changed = (...keys: string[]): void => {
      for (const key of keys) void cache.invalidateQueries({ queryKey: [key] });
    };
    const lost = (): void => {
      patience ??= setTimeout(() => setHeard(false), PATIENCE_MS);
    };
    const listen = async (): Promise<void> => {
      while (!ending.signal.aborted) {
        line = new AbortController();
        const signal = AbortSignal.any([ending.signal, line.signal]);
        try {
          for await (const event of streamEvents(client, { signal })) {
            if (event === null) {
              clearTimeout(patience);
              patience = undefined;
              setHeard(true);
            }
            // What happened before the line stood is not told: everything is asked again.
            if (event === null || event.kind === 'received') changed('received', 'asked');
            else if (event.kind === 'request-answered') changed('asked');
          }
        } catch {
          // Begun again below; a session that ended is told by every other question.
        }
        lost();
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    };
    // A line that went dead without an end would stay silent for long: the device knows first.
    const offline = (): void => line.abort();
    addEventListener('offline', offline);
    void listen();
    return () => {
      ending.abort();
      clearTimeout(patience);
      removeEventListener('offline', offline);
    };
  }, [client, cache]);
  return heard;
}
