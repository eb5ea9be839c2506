import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readIntakeSettings } from '../../../config/index.ts';
import { ENGINES } from '../../../testing/databases.ts';
import { ccd } from '../../../testing/intake/ccd.ts';
import { SETTINGS } from '../../../testing/intake/world.ts';
import { IntakeRefusal } from '../refusal.ts';
import { describeCcdaIntake } from './ccda.behavior.ts';
import { readDocument } from './document.ts';

describe.each(ENGINES)('C-CDA on $name', ({ open }) => describeCcdaIntake(open));

describe('C-CDA, whatever comes', () => {
  const settings = readIntakeSettings(SETTINGS, () => '');
  const taken = (text: string): boolean => {
    try {
      readDocument(Buffer.from(text), settings);
      return true;
    } catch (error) {
      if (error instanceof IntakeRefusal) return false;
      throw error;
    }
  };

  test('behavior: a document with elements and attributes taken out or exchanged is read or refused', () => {
    const whole = ccd();
    expect(taken(whole)).toBe(true);
    const tokens = whole.match(/<[^>]+>|[^<]+/g) ?? [];
    const empty = tokens.flatMap((token, at) => (/\/>$/.test(token) ? [at] : []));
    const change = fc.record({
      at: fc.nat(),
      how: fc.constantFrom('drop', 'null', 'value', 'code', 'twice'),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 5 }), (changes) => {
        const changed = [...tokens];
        for (const { at, how } of changes) {
          const place = empty[at % empty.length] as number;
          const token = changed[place] as string;
          if (how === 'drop') changed[place] = '';
          else if (how === 'twice') changed[place] = token + token;
          else if (how === 'null')
            changed[place] = token
              .replace(/ (?:code|value|root)="[^"]*"/, ' nullFlavor="UNK"')
              .replace(/(nullFlavor="[^"]*") .*nullFlavor="[^"]*"/, '$1');
          else changed[place] = token.replace(new RegExp(`${how}="[^"]*"`), `${how}="x&amp;9"`);
        }
        taken(changed.join(''));
      }),
      { numRuns: 150 },
    );
  });
});
