/** MLLP block characters (HL7 transport specification, MLLP release 1): start, end, and the carriage return behind it. */
const START = 0x0b;
const END = 0x1c;
const CR = 0x0d;

/** Bytes that may come between messages before a connection is taken for something else than MLLP. */
const MAX_BETWEEN = 64 * 1024;

/** What `take` finds: whole messages, in order; `fault` where nothing that follows can be trusted. */
export interface Taken {
  readonly messages: readonly Uint8Array[];
  readonly fault: 'too-large' | 'not-mllp' | null;
  /** Of a message that is too large: how it begins. */
  readonly head?: Uint8Array;
}

/**
 * Puts the pieces of a TCP stream together to MLLP messages. What stands between messages is passed over; a start inside a message begins a new one,
 * because what came before was broken off and never acknowledged.
 */
export class Frames {
  readonly #maxBytes: number;
  #pieces: Uint8Array[] = [];
  #size = 0;
  #inside = false;
  #between = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** True while a message has begun and not ended. */
  get isInside(): boolean {
    return this.#inside;
  }

  take(chunk: Uint8Array): Taken {
    const messages: Uint8Array[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (!this.#inside) {
        const start = chunk.indexOf(START, at);
        const skipped = chunk.subarray(at, start < 0 ? chunk.length : start);
        this.#between += skipped.reduce((sum, byte) => sum + (byte === CR ? 0 : 1), 0);
        if (this.#between > MAX_BETWEEN) return { messages, fault: 'not-mllp' };
        if (start < 0) break;
        this.#begin();
        at = start + 1;
        continue;
      }
      const end = chunk.indexOf(END, at);
      const again = chunk.indexOf(START, at);
      const isAgain = again >= 0 && (end < 0 || again < end);
      const stop = isAgain ? again : end < 0 ? chunk.length : end;
      this.#add(chunk.subarray(at, stop));
      if (isAgain) this.#begin();
      else if (this.#size > this.#maxBytes) return { messages, fault: 'too-large', head: Buffer.concat(this.#pieces) };
      else if (end >= 0) {
        messages.push(Buffer.concat(this.#pieces));
        this.#inside = false;
        this.#between = 0;
        this.#pieces = [];
      }
      at = stop + 1;
    }
    return { messages, fault: null };
  }

  #begin(): void {
    this.#inside = true;
    this.#pieces = [];
    this.#size = 0;
  }

  #add(piece: Uint8Array): void {
    this.#size += piece.length;
    // A copy: the stream may use its buffer again.
    if (piece.length > 0 && this.#size - piece.length <= this.#maxBytes) this.#pieces.push(Uint8Array.from(piece));
  }
}

/** A message in its MLLP block. */
export function frame(message: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(START), message, Uint8Array.of(END, CR)]);
}
