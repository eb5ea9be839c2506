import type { UseMutateFunction } from '@tanstack/react-query';
import { useRef } from 'react';

/** Begins something once, however often the button is pressed until it has come to its end: a second click comes before the page has drawn that the first one is at work. */
export function usePress<T>(mutate: UseMutateFunction<T, Error, void>): () => void {
  const working = useRef(false);
  return () => {
    if (working.current) return;
    working.current = true;
    mutate(undefined, {
      onSettled: () => {
        working.current = false;
      },
    });
  };
}
