import { styleText } from 'node:util';

/** Where output goes: process.stdout and process.stderr, or what a test collects. */
export interface Stream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
}

/** How a run speaks: what was asked for to stdout, everything about it to stderr. */
export interface Console {
  /** A message to the person at the terminal; not with --quiet. */
  say(message: string): void;
  /** A warning or error, with --quiet as well. */
  warn(message: string): void;
  /** Text that is the result itself. */
  result(text: string): void;
  /**
   * Shows what is going on once it has gone on for a second, on a terminal only; with `lines` elsewhere too, each message in a line of its own.
   * Ends with the function.
   */
  during<T>(work: (progress: (message: string) => void) => Promise<T>, options?: { lines?: boolean }): Promise<T>;
  paint(style: 'green' | 'red' | 'yellow' | 'bold' | 'dim', text: string): string;
}

export interface ConsoleOptions {
  readonly stdout: Stream;
  readonly stderr: Stream;
  readonly quiet: boolean;
  readonly color: boolean;
}

/** Seconds after which a person begins to wonder. */
const PATIENCE = 1000;
const CLEAR_LINE = '\r\u001b[K';

/** A console over two streams. Colours only repeat what the words say. */
export function createConsole({ stdout, stderr, quiet, color }: ConsoleOptions): Console {
  return {
    say(message) {
      if (!quiet) stderr.write(`${message}\n`);
    },
    warn(message) {
      stderr.write(`${message}\n`);
    },
    result(text) {
      stdout.write(text.endsWith('\n') ? text : `${text}\n`);
    },
    async during(work, { lines = false } = {}) {
      if (quiet) return work(() => undefined);
      if (!stderr.isTTY) return work((message) => (lines ? stderr.write(`${message}\n`) : undefined));
      const started = Date.now();
      let latest = '';
      let shown = false;
      const timer = setInterval(() => {
        if (latest === '' || Date.now() - started < PATIENCE) return;
        shown = true;
        stderr.write(`${CLEAR_LINE}${Math.round((Date.now() - started) / 1000)} s  ${latest}`);
      }, 250);
      try {
        return await work((message) => {
          latest = message;
        });
      } finally {
        clearInterval(timer);
        if (shown) stderr.write(CLEAR_LINE);
      }
    },
    paint: (style, text) => (color ? styleText(style, text, { validateStream: false }) : text),
  };
}
