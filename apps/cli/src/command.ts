import type { Environment } from './environment.ts';
import type { Console } from './output/console.ts';

/** What a command is given: how to speak, what the environment says, when to stop. */
export interface Context {
  readonly console: Console;
  readonly environment: Environment;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** True with --json: the result is an object for programs, and the text is not shown. */
  readonly json: boolean;
  /** Asks the person at the terminal for a secret, without showing it; null where there is no terminal. */
  readonly askSecret: (question: string) => Promise<string | null>;
}

/** What a command has found. With --json `result` is printed as one object, otherwise `text`. */
export interface Outcome {
  readonly result: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** Default 0. */
  readonly exitCode?: number;
  /** True when the command has shown its result itself, because it runs on after that. */
  readonly shown?: boolean;
}

/** Version of the --json objects: raised when a field changes its meaning or goes, not when one is added. */
export const SCHEMA_VERSION = 1;
