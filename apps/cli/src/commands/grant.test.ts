import { CATEGORIES, maskOf, maskOfAll, PURPOSES, SENSITIVE } from '@anamnesis/protocol';
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { grantCommand, masksOf } from './grant.ts';

/** The terms that a command line leads to, up to the account. */
function parsed(args: readonly string[]) {
  const program = new Command().exitOverride();
  grantCommand(program, async () => undefined);
  program.parse(['grant', '--account', 'x', '--to', '2', ...args], { from: 'user' });
  return masksOf(program.commands[0]?.opts() ?? {});
}

describe('what a grant opens', () => {
  test('default: everything that is not sensitive, to read, for treatment', () => {
    expect(parsed([])).toEqual({ categories: maskOfAll(CATEGORIES), sensitive: 0, purposes: 1, actions: 1 });
    expect(maskOf(PURPOSES, ['TREAT'])).toBe(1);
  });

  test('behavior: what is named, and not the default besides', () => {
    const args = ['--categories', 'laboratory,medications', '--purpose', 'HRESCH', '--sensitive', 'all'];
    expect(parsed(args)).toMatchObject({
      categories: maskOf(CATEGORIES, ['laboratory', 'medications']),
      purposes: maskOf(PURPOSES, ['HRESCH']),
      sensitive: maskOfAll(SENSITIVE),
    });
  });

  test('behavior: an option that is given again adds to what was named', () => {
    expect(parsed(['--categories', 'laboratory', '--categories', 'medications'])).toMatchObject({
      categories: maskOf(CATEGORIES, ['laboratory', 'medications']),
    });
  });

  test.each([
    [['--categories', 'nonsense']],
    [['--categories', 'laboratory,nonsense']],
    [['--categories', 'all,none']],
  ])('error: a name that no table has opens nothing: %j', (args) => {
    expect(() => parsed(args)).toThrow(expect.objectContaining({ code: 'code-unknown' }));
  });

  test('error: an empty choice is no choice', () => {
    expect(() => parsed(['--categories', ','])).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});
