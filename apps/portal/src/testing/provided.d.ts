import type { Lane } from './lane.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** By the number of the worker, from one. */
    lanes: readonly Lane[];
  }
}
