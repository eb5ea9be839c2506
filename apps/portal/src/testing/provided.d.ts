import type { Told } from './stage.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the shared Chromium listens. */
    browser: string;
    stage: Told;
  }
}
