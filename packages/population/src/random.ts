/**
 * Randomness that comes back the same: sfc32 (Chris Doty-Humphrey's small fast counter) on a 128-bit state that SHA-256 makes from a name.
 * Every patient has a stream of her own, named by seed and index, so patient i does not depend on how many others are made.
 * Not for keys or salts: those come from the operating system.
 */
import { hash } from 'node:crypto';

/** One named stream of pseudo-random draws. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** A number in [low, high). */
  between(low: number, high: number): number;
  /** A whole number, both ends included. */
  integer(low: number, high: number): number;
  /** True with the given probability. */
  chance(probability: number): boolean;
  /** Normally distributed (Box and Muller), cut at three deviations so that no vital sign leaves the possible. */
  normal(mean: number, deviation: number): number;
  /** One element of a list that is not empty. */
  pick<T>(list: readonly T[]): T;
  /** One value, each as likely as its weight says. */
  weighted<T>(choices: readonly (readonly [value: T, weight: number])[]): T;
  /** A UUID of version 4's shape from this stream. */
  uuid(): string;
}

/** Opens the stream with this name. The same name always gives the same draws. */
export function openRandom(name: string): Random {
  const state = new Uint32Array(new Uint8Array(hash('sha256', name, 'buffer')).buffer.slice(0, 16));
  let a = state[0] ?? 0;
  let b = state[1] ?? 0;
  let c = state[2] ?? 0;
  let counter = state[3] ?? 0;

  function word(): number {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  }

  const next = () => word() / 4294967296;

  return {
    next,
    between: (low, high) => low + next() * (high - low),
    integer: (low, high) => low + Math.floor(next() * (high - low + 1)),
    chance: (probability) => next() < probability,
    normal(mean, deviation) {
      const radius = Math.sqrt(-2 * Math.log(1 - next()));
      const draw = radius * Math.cos(2 * Math.PI * next());
      return mean + deviation * Math.max(-3, Math.min(3, draw));
    },
    pick(list) {
      const chosen = list[Math.floor(next() * list.length)];
      if (chosen === undefined) throw new RangeError('cannot pick from an empty list');
      return chosen;
    },
    weighted(choices) {
      let rest = next() * choices.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [value, weight] of choices) {
        rest -= weight;
        if (rest < 0) return value;
      }
      const last = choices.at(-1);
      if (last === undefined) throw new RangeError('cannot pick from an empty list');
      return last[0];
    },
    uuid: () => uuidOf([word(), word(), word(), word()]),
  };
}

/** The UUID (version 4's shape) that belongs to a name: for ids that must not depend on how much was drawn before. */
export function namedUuid(name: string): string {
  return openRandom(name).uuid();
}

function uuidOf(words: readonly [number, number, number, number]): string {
  const hex = words.map((word) => word.toString(16).padStart(8, '0')).join('');
  const variant = ((words[2] >>> 28) & 0x3) | 0x8;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant.toString(16)}${hex.slice(17, 20)}-${hex.slice(20)}`;
}
