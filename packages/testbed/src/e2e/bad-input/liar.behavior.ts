import { CATEGORIES, type Grant, maskOf } from '@anamnesis/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../../testing/hospitals.ts';
import { type Liar, type Lie, startLiar } from '../../testing/liar.ts';

import { CANARY, expectRefusal, grantOf, world } from './asking.fixture.ts';

/** What another hospital's node says is not believed. */
export function describeLiar(): void {
  describe('a custodian that lies, is silent, or is gone', () => {
    let liar: Liar;
    let grant: Grant;
    let honest: number;

    beforeAll(async () => {
      grant = await grantOf({ index: 200, categories: maskOf(CATEGORIES, ['laboratory', 'allergies']) });
      const { released, verified } = await settled();
      expect(verified).toBe(released);
      honest = released;
      liar = await startLiar(world.aldhelm);
    });
    afterAll(() => liar.stop());

    const ask = () => world.silva.fetchFromPeer({ ...grant, custodian: world.aldhelm.organization, purpose: 'TREAT' });
    /** Once everything is under a checkpoint and the view of the ledger is fresh. */
    const settled = () =>
      eventually('a release that is sealed', async () => {
        const outcome = await ask();
        return outcome.verified === outcome.released ? outcome : null;
      });
    const at =
      (place: string, change: (body: string) => string | null): Lie =>
      (path, body) =>
        path.endsWith(place) ? change(body) : body;

    /** The clinician is told by the node, in its form, and the node of hers keeps nothing of it unmarked. */
    async function expectFailure(status: number | readonly number[]): Promise<void> {
      const answer = await fetch(`${world.luzNova.url}/api/v1/exchange/fetch`, {
        method: 'POST',
        headers: { authorization: `Bearer ${world.luzNova.tokens.clinician}`, 'content-type': 'application/json' },
        body: JSON.stringify({ ...grant, custodian: world.aldhelm.organization, purpose: 'TREAT' }),
      });
      await expectRefusal(answer, status, '/api');
    }

    test('default: an honest one behind the same address is believed', async () => {
      expect(honest).toBeGreaterThan(0);
      expect(await ask()).toMatchObject({ released: honest, verified: honest, failed: [] });
    });

    test('error: altered content, forged roots, denied checkpoints and missing proofs are named, record by record', async () => {
      const lies: [Lie, string][] = [
        [at('/AllergyIntolerance', (body) => body.replace('"active"', `"inactive"`)), 'not-included'],
        [at('/proofs/records', (body) => body.replaceAll(/"root":"0x(..)/g, '"root":"0xee')), 'not-included'],
        [
          at('/proofs/records', (body) => body.replaceAll(/"checkpoint":\{[^}]*\}/g, '"checkpoint":null')),
          'denies-checkpoint',
        ],
        [
          at('/proofs/records', (body) => JSON.stringify({ proofs: JSON.parse(body).proofs.map(() => null) })),
          'no-proof',
        ],
      ];
      for (const [lie, reason] of lies) {
        liar.lie = lie;
        const outcome = await ask();
        expect(outcome.verified, lie.toString()).toBeLessThan(honest);
        expect(outcome.failed.length).toBe(honest - outcome.verified);
        expect(outcome.failed[0]).toMatchObject({ reason });
        const { entry = [] } = await world.silva.getReceived({
          ...{ custodian: world.aldhelm.organization, subject: world.maria.signer.address },
        });
        const marks = entry
          .map(({ resource }) => JSON.stringify(resource?.meta))
          .filter((meta) => meta?.includes('"unverified"'));
        expect(marks).toHaveLength(outcome.failed.length);
      }
      liar.lie = (_path, body) => body;
      expect(await ask()).toMatchObject({ verified: honest, failed: [] });
    });

    test.each([
      ['half an answer', at('/AllergyIntolerance', (body) => body.slice(0, body.length / 2) + CANARY)],
      ['no Bundle', at('/AllergyIntolerance', () => `{"resourceType":"${CANARY}"}`)],
      [
        'resources of another type',
        at(
          '/AllergyIntolerance',
          () => `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"${CANARY}"}}]}`,
        ),
      ],
      [
        'a page that lies elsewhere',
        at(
          '/AllergyIntolerance',
          () => `{"resourceType":"Bundle","link":[{"relation":"next","url":"https://${CANARY}.example/"}]}`,
        ),
      ],
      [
        'a page that leads to itself',
        at('/AllergyIntolerance', () => '{"resourceType":"Bundle","link":[{"relation":"next","url":"?again"}]}'),
      ],
      ['a token that is none', at('/auth/token', () => `{"access_token":["${CANARY}"]}`)],
      ['something deep', at('/AllergyIntolerance', () => '['.repeat(100_000))],
      ['bytes without end', at('/AllergyIntolerance', () => `"${CANARY.repeat(2_200_000)}"`)],
    ])('error: it answers with %s', async (_, lie) => {
      liar.lie = lie;
      await expectFailure(502);
    });

    test('error: it never answers, and then is gone', async () => {
      // A node waits for 15 seconds; here there is nothing else to wait for.
      const { limits } = world.luzNova.running.context;
      Object.assign(limits, { timeoutMs: 700 });
      liar.lie = at('/auth/token', () => null);
      await expectFailure(504);
      Object.assign(limits, { timeoutMs: 15_000 });
      await liar.hangUp();
      await expectFailure([502, 503]);
      // Her own node goes on, with what it has.
      expect(
        (await world.silva.getReceived({ custodian: world.aldhelm.organization, subject: world.maria.signer.address }))
          .entry,
      ).toBeDefined();
    });
  });
}
