import { describe, expect, it } from 'vitest';
import { applied, mutantsOf } from './mutants.ts';
import { treeFaults } from './trees.ts';

const SOURCE = `
contract A {
    // if (a < b) is only a comment
    uint256 private constant LIMIT = 10;

    function f(uint256 a, uint256 b) external restricted {
        if (a < b || a == 0) revert Wrong("a < b");
        if (b > LIMIT) emit Large(b);
        total = a + b;
    }
}
`;

describe('mutantsOf', () => {
  const mutants = mutantsOf('A.sol', SOURCE);
  const changes = mutants.map(({ kind, from, to }) => `${kind}: ${from} -> ${to}`);

  it('finds guards, comparisons, operators, constants and statements', () => {
    expect(changes).toEqual(
      expect.arrayContaining([
        'constant: 10 -> 11',
        'guard: restricted -> ',
        'guard: if (a < b || a == 0) revert Wrong("a < b"); -> ',
        'comparison: < -> <=',
        'comparison: == -> !=',
        'boolean: || -> &&',
        'condition: (b > LIMIT) -> (true)',
        'call: emit Large(b); -> {}',
        'arithmetic: + -> -',
        'assignment: total = a + b; -> ',
      ]),
    );
  });

  it('leaves comments, strings and declarations alone', () => {
    expect(mutants.filter(({ line }) => line === 3)).toEqual([]);
    expect(changes.filter((change) => change === 'comparison: < -> <=')).toHaveLength(1);
    expect(changes.some((change) => change.startsWith('assignment: uint256'))).toBe(false);
  });

  it('gives every mutant a name of its own that does not depend on the line number', () => {
    expect(new Set(mutants.map(({ id }) => id)).size).toBe(mutants.length);
    expect(mutantsOf('A.sol', `\n\n${SOURCE}`).map(({ id }) => id)).toEqual(mutants.map(({ id }) => id));
  });

  it('changes one place', () => {
    for (const mutant of mutants) {
      const changed = applied(mutant, SOURCE);
      expect(changed.length).toBe(SOURCE.length - mutant.from.length + mutant.to.length);
      expect(changed).not.toBe(SOURCE);
    }
  });
});

describe('treeFaults', () => {
  it('finds the trees complete', () => {
    expect(treeFaults()).toEqual([]);
  });
});
