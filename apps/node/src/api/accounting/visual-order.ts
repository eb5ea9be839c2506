import bidiFactory, { type Bidi } from 'bidi-js';

// Its types tell of an ES module; Node loads it as CommonJS, whose export is the function itself.
const bidi = (bidiFactory as unknown as () => Bidi)();

/** A piece of a line: what is drawn as one, its letters in the order in which they are read. */
export interface Piece {
  readonly text: string;
  /** Whether it runs from right to left; then the font's own shaping turns and joins its letters. */
  readonly rtl: boolean;
}

/**
 * The pieces of a line in the order in which they stand on paper, from left to right (Unicode bidirectional algorithm, UAX #9). Words that run from right to
 * left are pieces of their own, because a line of them begins at the right.
 */
export function visualOrder(line: string): Piece[] {
  if (line === '') return [];
  const embedding = bidi.getEmbeddingLevels(line, 'ltr');
  const { levels } = embedding;
  const order = bidi.getReorderedIndices(line, embedding);
  const runs: { from: number; to: number; rtl: boolean }[] = [];
  for (const at of order) {
    const rtl = (levels[at] ?? 0) % 2 === 1;
    const last = runs.at(-1);
    const follows = last?.rtl === rtl && (rtl ? at === last.from - 1 : at === last.to + 1);
    if (last && follows) {
      if (rtl) last.from = at;
      else last.to = at;
    } else runs.push({ from: at, to: at, rtl });
  }
  return runs.flatMap(({ from, to, rtl }) => {
    const text = line.slice(from, to + 1);
    if (!rtl) return [{ text, rtl }];
    const words = text.split(/(\s+)/).filter((word) => word !== '');
    return words.reverse().map((word) => ({ text: mirrored(word), rtl: !/^\s+$/.test(word) }));
  });
}

/** Brackets and the like look the other way in text that runs from right to left. */
function mirrored(word: string): string {
  return [...word].map((letter) => bidi.getMirroredCharacter(letter) ?? letter).join('');
}
