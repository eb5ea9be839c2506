/**
 * Makes mutants of a Solidity source: one small change each, of the kinds in which guards are forgotten or mistaken.
 *
 * It works on text whose comments and strings are blanked out, not on a syntax tree: the sources are formatted by
 * `forge fmt`, so one statement looks like every other. What does not compile afterwards is told apart by the compiler.
 */
import { createHash } from 'node:crypto';

export interface Mutant {
  /** Stays the same as long as the line does, wherever the line goes. */
  readonly id: string;
  readonly file: string;
  readonly line: number;
  readonly kind: string;
  readonly from: string;
  readonly to: string;
  /** Where `from` stands in the source. */
  readonly offset: number;
}

/** The source with comments, strings and imports blanked out, of the same length. */
function blank(source: string): string {
  const skipped = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\]|\\.)*"|hex"[^"]*"|^(?:import|pragma)[^;]*;/gm;
  return source.replaceAll(skipped, (text) => text.replaceAll(/[^\n]/g, ' '));
}

/** Position after the bracket that closes the one at `open`. */
function closing(code: string, open: number): number {
  let depth = 0;
  for (let i = open; i < code.length; i++) {
    if ('([{'.includes(code[i] ?? '')) depth++;
    if (')]}'.includes(code[i] ?? '') && --depth === 0) return i + 1;
  }
  throw new Error('unbalanced brackets');
}

interface Change {
  kind: string;
  offset: number;
  length: number;
  to: string;
}

/** Operator → what it is mistaken for. Spaces keep `<` apart from `<<` and from type arguments. */
const OPERATORS: readonly (readonly [kind: string, from: string, to: string])[] = [
  ['comparison', ' < ', ' <= '],
  ['comparison', ' <= ', ' < '],
  ['comparison', ' > ', ' >= '],
  ['comparison', ' >= ', ' > '],
  ['comparison', ' == ', ' != '],
  ['comparison', ' != ', ' == '],
  ['boolean', ' && ', ' || '],
  ['boolean', ' || ', ' && '],
  ['arithmetic', ' + ', ' - '],
  ['arithmetic', ' - ', ' + '],
  ['arithmetic', ' * ', ' / '],
  ['arithmetic', ' << ', ' >> '],
  ['arithmetic', ' >> ', ' << '],
  ['arithmetic', ' & ', ' | '],
  ['arithmetic', ' | ', ' & '],
  ['arithmetic', ' += ', ' -= '],
  ['arithmetic', ' >>= ', ' <<= '],
  ['arithmetic', ' |= ', ' &= '],
  ['arithmetic', ' ^= ', ' |= '],
];

function operators(code: string): Change[] {
  return OPERATORS.flatMap(([kind, from, to]) =>
    [...code.matchAll(new RegExp(from.replaceAll(/[|+*^]/g, '\\$&').replaceAll(/^ | $/g, '(?:\\s)'), 'g'))].map(
      ({ index, 0: text }) => ({
        kind,
        offset: index + 1,
        length: text.length - 2,
        to: to.trim(),
      }),
    ),
  );
}

function unary(code: string): Change[] {
  const steps = [...code.matchAll(/\+\+|--/g)].map(({ index, 0: text }) => ({
    kind: 'arithmetic',
    offset: index,
    length: 2,
    to: text === '++' ? '--' : '++',
  }));
  const negations = [...code.matchAll(/!(?=[\w(])|~(?=[\w(])/g)].map(({ index }) => ({
    kind: 'boolean',
    offset: index,
    length: 1,
    to: '',
  }));
  return [...steps, ...negations];
}

/** Numbers become the next one; names of constants are declared with a number, so they are covered. */
function literals(code: string): Change[] {
  const numbers = [...code.matchAll(/(?<![\w."])(0x[0-9a-fA-F]+|\d[\d_]*)(?![\w"])/g)].map(({ index, 0: text }) => ({
    kind: 'constant',
    offset: index,
    length: text.length,
    to: text.startsWith('0x')
      ? `0x${(BigInt(text) + 1n).toString(16).padStart(text.length - 2, '0')}`
      : String(BigInt(text.replaceAll('_', '')) + 1n),
  }));
  const truths = [...code.matchAll(/\b(true|false)\b/g)].map(({ index, 0: text }) => ({
    kind: 'constant',
    offset: index,
    length: text.length,
    to: text === 'true' ? 'false' : 'true',
  }));
  return [...numbers, ...truths];
}

/** `if (…) revert …;` and `if (…) return …;`, with or without braces, are left out. */
function guards(code: string): Change[] {
  const found: Change[] = [];
  for (const { index } of code.matchAll(/\bif \(/g)) {
    const after = closing(code, index + 3);
    const rest = code.slice(after);
    const statement = /^\s*(?:revert|return|continue)\b[^;]*;/.exec(rest);
    const block = /^\s*\{\s*revert\b[^;]*;\s*\}(?!\s*else)/.exec(rest);
    const body = statement ?? block;
    if (body) found.push({ kind: 'guard', offset: index, length: after + body[0].length - index, to: '' });
    else found.push({ kind: 'condition', offset: index + 3, length: after - index - 3, to: '(true)' });
  }
  for (const { index, 0: text } of code.matchAll(/(?<= )(restricted|pausable|onlyAuthorized)(?=[ \n])(?!\()/g)) {
    if (!/modifier $/.test(code.slice(0, index))) {
      found.push({ kind: 'guard', offset: index, length: text.length, to: '' });
    }
  }
  return found;
}

/** What is left of a statement: behind a condition there must be one. */
function nothing(code: string, at: number): string {
  return /(?:\)|\belse)\s*$/.test(code.slice(Math.max(0, at - 200), at)) ? '{}' : '';
}

/** Assignments, calls for their effect and events are left out. */
function statements(code: string): Change[] {
  const found: Change[] = [];
  const assignment = /(?<=[;{})]\s*)(?:[a-z_][\w.[\]() ,]*?|\([^=;]*\)) (?:[-+|&^]|<<|>>)?= [^;]*;/g;
  for (const { index, 0: text } of code.matchAll(assignment)) {
    // A declaration is not an assignment: without it nothing compiles.
    if (/\bconstant\b|^(?:\w+(?: (?:memory|storage|calldata))? \w+|\((?:,|\s)*\w+ \w+.*\)) =/.test(text)) continue;
    found.push({ kind: 'assignment', offset: index, length: text.length, to: nothing(code, index) });
  }
  for (const { index, 0: text } of code.matchAll(
    /(?<=[;{})]\s*)(?:emit |delete |(?:--|\+\+))?[A-Za-z_][\w.]*(?:\(\)\.\w+)?\([^;]*\);/g,
  )) {
    if (/^(?:revert|return|function|error|event|if|for|while|constructor)\b/.test(text)) continue;
    found.push({ kind: 'call', offset: index, length: text.length, to: nothing(code, index) });
  }
  for (const { index, 0: text } of code.matchAll(/(?<=[;{})]\s*)(?:delete |--|\+\+)[^;(]*;/g)) {
    found.push({ kind: 'call', offset: index, length: text.length, to: nothing(code, index) });
  }
  return found;
}

/** All mutants of a source, in the order of the source. */
export function mutantsOf(file: string, source: string): Mutant[] {
  const code = blank(source);
  const changes = [...operators(code), ...unary(code), ...literals(code), ...guards(code), ...statements(code)].sort(
    (a, b) => a.offset - b.offset || a.length - b.length,
  );
  const seen = new Map<string, number>();
  return changes.map(({ kind, offset, length, to }) => {
    const from = source.slice(offset, offset + length);
    const start = source.lastIndexOf('\n', offset) + 1;
    const text = source.slice(start, source.indexOf('\n', offset)).trim();
    const same = [kind, from, to, text].join('\0');
    const nth = seen.get(same) ?? 0;
    seen.set(same, nth + 1);
    const hash = createHash('sha256').update(`${same}\0${nth}`).digest('hex').slice(0, 8);
    const line = source.slice(0, offset).split('\n').length;
    return { id: `${file}:${kind}:${hash}`, file, line, kind, from, to, offset };
  });
}

/** The source with the change made. */
export function applied(mutant: Mutant, source: string): string {
  return source.slice(0, mutant.offset) + mutant.to + source.slice(mutant.offset + mutant.from.length);
}
