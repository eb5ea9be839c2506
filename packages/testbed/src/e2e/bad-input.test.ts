import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CANARY, output, startAttacked, stopAttacked } from './bad-input/asking.fixture.ts';
import { describeLiar } from './bad-input/liar.behavior.ts';
import { describeOutage } from './bad-input/outage.behavior.ts';
import { describeBadRequests } from './bad-input/requests.behavior.ts';
import { describeStrangers } from './bad-input/strangers.behavior.ts';

/* What must not hurt: nonsense, lies and outages, over HTTP against a real node. Bad input never makes a 5xx, every error is told in the
 * form of its side, and what the input said is in no error and no log line. */

beforeAll(startAttacked);
afterAll(stopAttacked);

describeBadRequests();
describeStrangers();
describeLiar();
describeOutage();

describe('the log', () => {
  test('behavior: none of it was said in a log line', () => {
    expect(output.text()).not.toContain(CANARY);
    expect(output.text()).not.toContain('"level":"error"');
  });
});
