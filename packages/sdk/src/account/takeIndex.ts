import type { Relation } from './accountFile.ts';

/** A word of the ledger's refusals holds so many numbers, and one transaction refuses any of them. */
const IN_WORD = 256;
/** A word that is fuller than this is left for another: were it used to the end, the last numbers would not be random. */
const FULL = 192;
const WORDS = 2 ** 24;

/** What is known of the numbers that a relation used up. */
type Numbered = Pick<Relation, 'nextIndex' | 'spent'> & {
  readonly consents: readonly { readonly terms: { readonly index: number } }[];
};

/**
 * Takes a number for the next consent. None is ever taken twice, since refusing one is for good; keep the relation that comes back before the consent
 * leaves the device.
 *
 * Numbers are drawn at random, because a refusal shows its number to whoever watches the ledger: counted up, it would tell how many consents were signed
 * at least. They are drawn within one word of 256, itself drawn at random, so that one transaction still refuses all of them (`RevokeMany`).
 */
export function takeIndex<R extends Numbered>(relation: R): { readonly index: number; readonly relation: R } {
  const spent = relation.spent ?? [];
  const used = new Set([...spent, ...relation.consents.map(({ terms }) => terms.index)]);
  const last = spent.at(-1);
  const current = last === undefined ? null : Math.floor(last / IN_WORD);
  const word =
    current !== null && free(current, relation, used).length > IN_WORD - FULL ? current : newWord(relation, used);
  const open = free(word, relation, used);
  const index = open[random(open.length)] as number;
  return { index, relation: { ...relation, spent: [...spent, index] } };
}

function newWord(relation: Pick<Relation, 'nextIndex'>, used: ReadonlySet<number>): number {
  for (;;) {
    const word = random(WORDS);
    if (free(word, relation, used).length === IN_WORD) return word;
  }
}

/** What is not used in a word. Numbers below `nextIndex` were counted off by an earlier version. */
function free(word: number, { nextIndex }: Pick<Relation, 'nextIndex'>, used: ReadonlySet<number>): number[] {
  const all = Array.from({ length: IN_WORD }, (_, bit) => word * IN_WORD + bit);
  return all.filter((index) => index >= nextIndex && !used.has(index));
}

/** A whole number below a limit of at most 2^32, each as likely. */
function random(limit: number): number {
  const most = 2 ** 32 - (2 ** 32 % limit);
  for (;;) {
    const [value = 0] = crypto.getRandomValues(new Uint32Array(1));
    if (value < most) return value % limit;
  }
}
